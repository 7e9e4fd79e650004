"""A payout leaves a wallet once, leaves the books at most once, and comes back exactly once;
whatever else is written is found."""

from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from db import audit, payouts, wallets
from db.errors import InsufficientFunds
from db.payouts import NewRow, Payout
from db.wallets import Uncleared
from domain.ledger import AccountKind
from domain.payments import PayoutState
from domain.policy import Policy
from domain.vocabulary import State
from providers.protocol import FoundPayout
from tests.db.crowd import at_once
from tests.db.market import Market, Owner, cancellation, completion

SELLER, PROVIDER = "sam", "paper"
ENDED = (PayoutState.FAILED, PayoutState.RETURNED, PayoutState.CANCELLED)


async def asked(
    market: Market, amount: int = 700, state: PayoutState = PayoutState.PENDING
) -> UUID:
    """A payout of somebody who holds 10.00 EUR or more."""
    one = uuid4()
    async with market.pool.acquire() as connection:
        new = NewRow(one, SELLER, amount, "EUR", PROVIDER, "account-1", state)
        await payouts.add(connection, new)
    return one


async def said(market: Market, one: UUID, state: PayoutState) -> PayoutState | None:
    """What becomes of a payout of which the provider says this."""
    async with market.pool.acquire() as connection:
        return await payouts.settle(connection, one, FoundPayout("out-1", state, "Why."), 0)


async def read(market: Market, one: UUID) -> Payout:
    """A payout as it stands."""
    async with market.pool.acquire() as connection:
        found = await payouts.get(connection, one)
    assert found is not None
    return found


async def held(market: Market) -> int:
    """What is in the wallet, in minor units."""
    async with market.pool.acquire() as connection:
        return sum(one.amount for one in await wallets.balances(connection, SELLER))


async def sums(owner: Owner) -> dict[str, int]:
    """What each kind of account holds."""
    rows = await owner.fetch("SELECT kind, amount FROM ledger.sums WHERE currency = 'EUR'")
    return {row["kind"]: row["amount"] for row in rows}


async def test_it_leaves_the_wallet_at_once_and_the_books_when_it_is_paid(
    market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market)
    assert await held(market) == 300
    assert (await sums(owner))[AccountKind.PAYOUT_PENDING] == 700
    assert await said(market, one, PayoutState.PAID) is PayoutState.PAID
    assert (await sums(owner))[AccountKind.PAYOUT_PENDING] == 0
    assert (await sums(owner))[AccountKind.WORLD] == -300
    assert (await read(market, one)).ended_at is not None
    assert await audit.findings(owner) == []


@pytest.mark.parametrize("end", ENDED)
@pytest.mark.parametrize("first", [PayoutState.PENDING, PayoutState.PAID])
async def test_what_does_not_arrive_is_in_the_wallet_again_once_however_often_it_is_said(
    first: PayoutState, end: PayoutState, market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market)
    await said(market, one, first)
    expected = PayoutState.RETURNED if first is PayoutState.PAID else end
    assert {await said(market, one, end) for _ in range(3)} == {expected}
    assert await held(market) == 1_000
    assert (await read(market, one)).reason == "Why."
    assert await audit.findings(owner) == []
    notices = await owner.fetchval("SELECT count(*) FROM wallet_notices WHERE user_id = $1", SELLER)
    assert notices == 1


@pytest.mark.parametrize("late", [PayoutState.PAID, PayoutState.PENDING])
@pytest.mark.parametrize("end", ENDED)
async def test_what_is_back_never_leaves_again(
    end: PayoutState, late: PayoutState, market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market)
    ended = await said(market, one, end)
    assert await said(market, one, late) is ended
    assert await held(market) == 1_000
    assert await audit.findings(owner) == []


async def test_many_who_say_it_at_once_do_it_once(market: Market, owner: Owner) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market)
    states = (PayoutState.PAID, PayoutState.FAILED)
    await at_once(said(market, one, states[n % 2]) for n in range(20))
    assert (await read(market, one)).state in (PayoutState.FAILED, PayoutState.RETURNED)
    assert await held(market) == 1_000
    assert await audit.findings(owner) == []


async def test_of_two_at_once_that_the_wallet_holds_one_of_one_leaves(
    market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    results = await at_once(asked(market) for _ in range(5))
    assert sum(isinstance(one, UUID) for one in results) == 1
    assert sum(isinstance(one, InsufficientFunds) for one in results) == 4
    assert await held(market) == 300
    assert await audit.findings(owner) == []


async def test_the_same_again_is_no_other(market: Market, owner: Owner) -> None:
    await market.top_up(SELLER, 1_000)
    new = NewRow(uuid4(), SELLER, 400, "EUR", PROVIDER, "account-1", PayoutState.PENDING)
    async with market.pool.acquire() as connection:
        for _ in range(2):
            await payouts.add(connection, new)
    assert await held(market) == 600
    assert await audit.findings(owner) == []


async def test_whoever_takes_it_back_is_before_whoever_hands_it_over_or_after(
    market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    for _ in range(10):
        one = await asked(market, 100)
        called, cancelled = await at_once([begun(market, one), taken_back(market, one)])
        assert called is not cancelled
    assert await audit.findings(owner) == []


async def begun(market: Market, one: UUID) -> bool:
    async with market.pool.acquire() as connection:
        return await payouts.begin_call(connection, one)


async def taken_back(market: Market, one: UUID, by: str = SELLER) -> bool:
    async with market.pool.acquire() as connection:
        return await payouts.cancel(connection, one, by, None if by == SELLER else "No.")


async def test_what_waits_for_approval_is_not_handed_over(market: Market, owner: Owner) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market, state=PayoutState.REQUESTED)
    assert not await begun(market, one)
    async with market.pool.acquire() as connection:
        assert await payouts.approve(connection, one, "fiona")
        assert not await payouts.approve(connection, one, "fiona")
    assert (await read(market, one)).approved_by == "fiona"
    assert not await taken_back(market, one, by="fiona")
    assert await begun(market, one)
    assert await audit.findings(owner) == []


async def test_nobody_approves_their_own(market: Market) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market, state=PayoutState.REQUESTED)
    async with market.pool.acquire() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="by_a_second_person"):
            await payouts.approve(connection, one, SELLER)


async def test_what_was_told_and_has_moved_on_is_told_again(market: Market) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market, state=PayoutState.REQUESTED)
    async with market.pool.acquire() as connection:
        assert await payouts.untold(connection, 10) == {one: PayoutState.REQUESTED}
        await payouts.approve(connection, one, "fiona")
        await payouts.mark_told(connection, one, PayoutState.REQUESTED)
        assert await payouts.untold(connection, 10) == {one: PayoutState.PENDING}
        await payouts.mark_told(connection, one, PayoutState.PENDING)
        assert await payouts.untold(connection, 10) == {}


async def test_a_posting_of_a_payout_is_not_taken_back_by_hand(
    market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    await asked(market)
    rows = await owner.fetch("SELECT id FROM ledger.outside WHERE kind = 'payout_hold'")
    taken = await owner.fetchval("SELECT ledger.reverse($1, 'So.', 'olga')", rows[0]["id"])
    assert taken == {"status": "reversal", "of": "payout"}
    assert await held(market) == 300


_AGAIN = """
    SELECT ledger.post('{kind}:' || id || '{more}', '{kind}', NULL, 'EUR', jsonb_build_array(
        jsonb_build_object('debit', jsonb_build_object('kind', '{debit}', 'owner', '{of_debit}'),
                           'credit', jsonb_build_object('kind', '{credit}', 'owner', '{of_credit}'),
                           'amount', {amount})), false) FROM payouts
"""


def posted(kind: str, debit: tuple[str, str], credit: tuple[str, str], **more: object) -> str:
    """SQL that posts for a payout what nothing of ours posts."""
    sides = {"debit": debit[0], "of_debit": debit[1], "credit": credit[0], "of_credit": credit[1]}
    return _AGAIN.format(kind=kind, **sides, **{"more": "", "amount": 700, **more})


WALLET, ASIDE = ("wallet", SELLER), ("payout_pending", SELLER)
OUTSIDE = ("world", "payment-provider")
ANY_KEY = "ALTER TABLE ledger.tx DROP CONSTRAINT key_of_payout;"
TAMPERINGS: dict[str, tuple[PayoutState, str, str]] = {
    "it came back twice": (
        PayoutState.FAILED,
        ANY_KEY + posted("payout_return", OUTSIDE, WALLET, more=":2"),
        "differing-payout",
    ),
    "it left the books twice": (
        PayoutState.PAID,
        ANY_KEY + posted("payout_done", WALLET, OUTSIDE, more=":2", amount=100),
        "differing-payout",
    ),
    "it came back and is paid": (
        PayoutState.PAID,
        posted("payout_return", OUTSIDE, WALLET),
        "differing-payout",
    ),
    "it is on its way and has left": (
        PayoutState.PENDING,
        posted("payout_done", ASIDE, OUTSIDE),
        "differing-payout",
    ),
    "less came back": (
        PayoutState.PENDING,
        posted("payout_return", ASIDE, WALLET, amount=699)
        + "; UPDATE payouts SET state = 'failed', ended_at = now(), return_id = hold_id",
        "differing-payout",
    ),
    "another has it": (
        PayoutState.PENDING,
        posted("payout_return", ASIDE, ("wallet", "thief"))
        + "; UPDATE payouts SET state = 'failed', ended_at = now(), return_id = hold_id",
        "differing-payout",
    ),
    "it came back from where it was not": (
        PayoutState.PENDING,
        posted("payout_return", OUTSIDE, WALLET)
        + "; UPDATE payouts SET state = 'failed', ended_at = now(), return_id = hold_id",
        "differing-payout",
    ),
    "it is of another amount": (
        PayoutState.PENDING,
        "UPDATE payouts SET amount = 701",
        "differing-payout",
    ),
    "it is gone": (
        PayoutState.PENDING,
        "ALTER TABLE payouts DISABLE TRIGGER ALL; DELETE FROM payouts",
        "posting-without-payout",
    ),
    "what is under way is more": (
        PayoutState.PENDING,
        "UPDATE ledger.balance SET balance = 701 WHERE balance = 700",
        "differing-payout-pending",
    ),
    "what is under way is nobody's": (
        PayoutState.PENDING,
        "UPDATE payouts SET state = 'failed', ended_at = now(), return_id = hold_id",
        "differing-payout-pending",
    ),
}


@pytest.mark.parametrize(("state", "sql", "check"), TAMPERINGS.values(), ids=TAMPERINGS)
async def test_it_is_found_that(
    state: PayoutState, sql: str, check: str, market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    await said(market, await asked(market), state)
    assert await audit.findings(owner) == []
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute(sql)
    found = await audit.findings(owner)
    await transaction.rollback()
    assert check in {one.check for one in found}


@pytest.mark.parametrize(
    "key",
    ["payout_return:{id}:2", "payout_return:{other}x", "Payout_return:{id}", "payout_hold:{id}"],
)
async def test_a_second_key_for_the_same_way_cannot_be_spelt(
    key: str, market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market)
    sql = posted("payout_return", ASIDE, WALLET).replace(
        "'payout_return:' || id || ''", f"'{key.format(id=one, other=uuid4())}'"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="key_of_payout"):
        await owner.execute(sql)


async def test_the_list_is_of_somebody_and_of_a_state_newest_first(market: Market) -> None:
    await market.top_up(SELLER, 1_000)
    made = [await asked(market, 100) for _ in range(3)]
    await said(market, made[1], PayoutState.PAID)
    wanted = payouts.WantedPayouts
    async with market.pool.acquire() as connection:
        whole = await payouts.page(connection, wanted(SELLER), None, 10)
        paid = await payouts.page(connection, wanted(SELLER, PayoutState.PAID), None, 10)
        rest = await payouts.page(connection, wanted(), (whole[0].created_at, whole[0].id), 10)
        assert await payouts.page(connection, wanted("nobody"), None, 10) == []
    assert [one.id for one in whole] == made[::-1]
    assert [one.id for one in paid] == [made[1]]
    assert [one.id for one in rest] == made[1::-1]


CLEARING = Policy(clearing_window=timedelta(days=14))


async def earned(market: Market, policy: Policy) -> str:
    """Who has earned 16.00 EUR with an order under this policy."""
    step = await market.record(completion(await market.order(State.DELIVERED, policy=policy)))
    return step.order.seller_id


async def of_theirs(market: Market, seller: str, amount: int) -> UUID:
    """A payout of somebody's."""
    new = NewRow(uuid4(), seller, amount, "EUR", PROVIDER, "account-1", PayoutState.PENDING)
    async with market.pool.acquire() as connection:
        await payouts.add(connection, new)
    return new.id


async def test_what_was_earned_clears_that_long_after_the_end(market: Market, owner: Owner) -> None:
    seller = await earned(market, CLEARING)
    async with market.pool.acquire() as connection:
        found = await wallets.clearing(connection, seller)
    (row,) = await owner.fetch(
        "SELECT t.created_at, clears_at FROM uncleared JOIN ledger.tx t ON t.id = tx_id"
    )
    assert row["clears_at"] - row["created_at"] == timedelta(days=14)
    assert found == {"EUR": Uncleared(1_600, row["clears_at"])}
    assert await audit.findings(owner) == []


async def test_what_is_not_cleared_is_not_paid_out(market: Market, owner: Owner) -> None:
    seller = await earned(market, CLEARING)
    await market.top_up(seller, 500)
    with pytest.raises(InsufficientFunds):
        await of_theirs(market, seller, 501)
    await of_theirs(market, seller, 500)
    with pytest.raises(InsufficientFunds):
        await of_theirs(market, seller, 1)
    await owner.execute("ALTER TABLE uncleared DISABLE TRIGGER append_only")
    await owner.execute("UPDATE uncleared SET clears_at = now()")
    await owner.execute("ALTER TABLE uncleared ENABLE ALWAYS TRIGGER append_only")
    await of_theirs(market, seller, 1_600)


async def test_without_a_window_it_is_there_at_once(market: Market, owner: Owner) -> None:
    seller = await earned(market, Policy())
    async with market.pool.acquire() as connection:
        assert await wallets.clearing(connection, seller) == {}
    await of_theirs(market, seller, 1_600)
    assert await audit.findings(owner) == []


async def test_what_comes_back_to_the_buyer_is_there_at_once(market: Market, owner: Owner) -> None:
    step = await market.record(cancellation(await market.order(State.PENDING, policy=CLEARING)))
    assert await owner.fetchval("SELECT count(*) FROM uncleared") == 0
    await of_theirs(market, step.order.buyer_id, 2_000)
    assert await audit.findings(owner) == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM uncleared",
        "UPDATE uncleared SET clears_at = clears_at - interval '1 second'",
        "UPDATE uncleared SET amount = 1599",
        "UPDATE uncleared SET user_id = 'another'",
        "UPDATE orders SET doc = doc #- '{policy,clearing_window}'",
    ],
)
async def test_clearing_that_is_not_as_the_order_says_is_found(
    sql: str, market: Market, owner: Owner
) -> None:
    await earned(market, CLEARING)
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("SET LOCAL session_replication_role = replica")
    for table in ("uncleared", "orders"):
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    await owner.execute(sql)
    found = await audit.findings(owner)
    await transaction.rollback()
    assert "differing-clearing" in {one.check for one in found}
