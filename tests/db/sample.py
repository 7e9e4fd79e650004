"""A small database with at least one row in every table."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from db import (
    confirmations,
    display_names,
    endpoint_tests,
    feed,
    figures,
    idempotency,
    last_checks,
    messages,
    operator_journal,
    pay_ins,
    payout_accounts,
    payouts,
    people,
    provider_events,
    repairs,
    sessions,
    transfers,
    wallets,
    watermark,
    webhooks,
    worker_heartbeats,
)
from db.audit import Proof
from db.idempotency import KeptAnswer, Key
from domain.actions import OpenDispute
from domain.ledger import PostingKind
from domain.money import Money
from domain.operator_deeds import Deed, OperatorDeed, Subject
from domain.order import Order
from domain.payments import AccountState, PayoutState, ProviderEventKind
from domain.policy import Policy
from domain.vocabulary import Action, State
from providers.protocol import FoundPayout, PayoutAccount, ProviderEvent
from tests.db.disputed import BUYER, LOST, OPENED, Payments
from tests.db.market import Market, act_of, buyer_of, completion


@dataclass(frozen=True)
class Sample:
    """The orders in the sample, as they stand."""

    open: Order
    """Delivered, 20.00 EUR in escrow; an undecided request of its buyer's waits."""
    final: Order
    """Completed: 16.00 EUR to the seller, 4.00 EUR commission."""
    disputed: Order
    """Every mediator has been told."""


async def fill(market: Market) -> Sample:
    """Writes the sample."""
    await somebody_is_told(market)
    opened = await market.order(State.DELIVERED)
    await market.ask(opened, Action.COMPLETE, buyer_of(opened), "waiting")
    final = await market.record(completion(await market.order(State.DELIVERED), "content"))
    refused = await market.order(State.REVISION_REFUSED)
    reason = OpenDispute(reason="It is not blue.")
    dispute = act_of(refused, Action.OPEN_DISPUTE, buyer_of(refused), reason)
    disputed = await market.record(dispute)
    async with market.pool.acquire() as connection:
        key = Key("a-caller", "a-key", b"print")
        await idempotency.claim(connection, key)
        answer = KeptAnswer(201, "{}", {}, "application/json")
        await idempotency.keep(connection, key, answer)
        await messages.write(connection, opened, buyer_of(opened), "Thanks!", (), 60)
        await messages.mark_read(connection, UUID(opened.id), opened.seller_id, 1)
        await worker_heartbeats.beat(connection, "a-worker")
        await last_checks.note(connection, "nightly", Proof(3, [], []))
        await figures.add_up_states(connection, 5)
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE NONE")  # the owner, who alone may
            await connection.execute("INSERT INTO test_clock DEFAULT VALUES")
            # Before every order: it is a restoration of none of them.
            await connection.execute(
                "INSERT INTO restorations VALUES (1, '2000-01-01', 2000000000, 0)"
            )
        for deed, subject in (("cancel", Subject.ORDER), ("top_up", Subject.TRANSFER)):
            done = OperatorDeed(
                "olga", ("operator",), deed, subject, opened.id, request_id="a-call"
            )
            await operator_journal.write(connection, done)
        begun = OperatorDeed("olga", (), Deed.REPAIR, Subject.ORDER, opened.id)
        number = await operator_journal.begin(connection, begun)
        finding = "its workflow is missing"
        await repairs.write(connection, UUID(opened.id), "olga", finding, "start it", number)
        await operator_journal.note_outcome(connection, number, "It is full.")
        await connection.execute(
            "INSERT INTO notice_reads (notice_id, user_id) SELECT id, user_id FROM notices"
            " WHERE user_id = $1",
            final.order.buyer_id,
        )
        await connection.execute(
            "INSERT INTO notice_reads (notice_id, user_id) SELECT id, 'a-mediator' FROM notices"
            " WHERE user_id IS NULL AND role = 'mediator'"
        )
    await money_passes(market)
    await somebody_pays(market)
    await money_is_paid_out(market)
    await money_is_taken_back(market)
    async with market.pool.acquire() as connection:
        await feed.give_numbers(connection, 1_000)
    await market.top_up("dollars", 500, "USD")
    await market.top_up("euros", 500)
    async with market.pool.acquire() as connection:
        left = await watermark.unproved(connection)
        await watermark.note_orders(connection, left.orders)
        await watermark.note_accounts(connection, left.accounts)
    return Sample(opened, final.order, disputed.order)


async def money_passes(market: Market) -> None:
    """1.00 EUR of the commission is taken out, and a top-up of 3.00 EUR is taken back."""
    async with market.pool.acquire() as connection:
        kinds = PostingKind.COMMISSION_PAYOUT, PostingKind.TOP_UP
        await wallets.move(connection, "commission-out", kinds[0], None, 100, "EUR", "may")
        made = await wallets.move(connection, "wrong-one", kinds[1], "returned", 300, "EUR", "pi")
        await transfers.reverse(connection, made, "By mistake.", "the-operator")


async def somebody_pays(market: Market) -> None:
    """5.00 EUR come in through a payment provider."""
    one, money = uuid4(), Money(amount=500, currency="EUR")
    new = pay_ins.NewRow(
        one, "payer", 500, "EUR", "paper", "https://shop.example.org", b"print", None
    )
    paid = ProviderEvent(
        id=f"event-{one}",
        kind=ProviderEventKind.PAY_IN_PAID,
        name="paid",
        at=datetime.now(UTC),
        reference="pi",
        ours=str(one),
        money=money,
    )
    async with market.pool.acquire() as connection:
        await pay_ins.add(connection, new)
        await provider_events.note(connection, "paper", paid)
        await pay_ins.settle(connection, one)


async def money_is_paid_out(market: Market) -> None:
    """Of one person a payout is under way, one was paid, one failed, and one was returned."""
    await market.top_up("paid-out", 4_000)
    account = PayoutAccount("account-1", AccountState.ACTIVE)
    async with market.pool.acquire() as connection:
        await payout_accounts.note(connection, "paper", "paid-out", account, datetime.now(UTC))
        kept = Policy(clearing_window=timedelta(days=14), commission_bps=0)
        await market.record(completion(await market.order(State.DELIVERED, policy=kept)))
        for ends in ((), (PayoutState.PAID,), (PayoutState.FAILED,), (PayoutState.RETURNED,)):
            new = payouts.NewRow(
                uuid4(), "paid-out", 500, "EUR", "paper", "account-1", PayoutState.PENDING
            )
            await payouts.add(connection, new)
            for end in ends:
                found = FoundPayout(f"out-{new.id}", end, "None.")
                await payouts.settle(connection, new.id, found, 0)


async def money_is_taken_back(market: Market) -> None:
    """A bank takes 7.00 EUR back, of which 2.00 EUR are not in the wallet any more; 3.00 EUR more
    are disputed."""
    payments, money = Payments(market), Money(amount=700, currency="EUR")
    one = await payments.pay_in(700)
    async with market.pool.acquire() as connection:
        await wallets.move(connection, "spent-before", PostingKind.PAYOUT, BUYER, 200, "EUR")
    await payments.say(LOST, one, money=money, evidence_until=datetime.now(UTC))
    await payments.carry()
    await payments.say(
        OPENED, await payments.pay_in(300), "dispute-2", money.model_copy(update={"amount": 300})
    )
    await payments.carry()


async def somebody_is_told(market: Market) -> None:
    """A mediator wants e-mails, and an endpoint everything."""
    async with market.pool.acquire() as connection:
        await people.put(
            connection,
            "a-mediator",
            language="fr",
            email="mediator@example.test",
            by_email=True,
            time_zone="Europe/Paris",
            roles=["mediator"],
            is_confirmed=True,
        )
        await display_names.give(connection, "a-mediator", "Mia")
        await confirmations.ask(connection, "a-mediator", "mediator@example.test")
        url, secret = "https://shop.example/orders", "whsec_c2VjcmV0"
        endpoint = await webhooks.add(
            connection, uuid4(), url, None, secret, "the-operator", "hooks"
        )
        await endpoint_tests.add(connection, endpoint.id)
        day = timedelta(days=1)
        await sessions.begin(connection, "a-secret", "a-mediator", ["mediator"], day, day)
        await sessions.spend(connection, "a-token", 4_102_444_800)
