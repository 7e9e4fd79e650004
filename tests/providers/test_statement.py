"""What the provider has booked, line by line, and what it holds."""

import inspect
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from domain.money import Money
from domain.payments import StatementKind
from providers.protocol import ProviderAway, StatementLine, Unreadable
from providers.stripe import statement
from tests.providers.acts import Json, Till, euros, pay_in_of

EVER = datetime(2020, 1, 1, tzinfo=UTC)
Line = tuple[StatementKind, int, str | None]


async def told(till: Till, since: datetime = EVER) -> list[StatementLine | Unreadable]:
    """What was booked since an instant, and what of it could not be read."""
    until = datetime.now(UTC) + timedelta(minutes=1)
    return [line async for line in till.provider.statement(since, until)]


async def lines(till: Till, since: datetime = EVER) -> list[StatementLine]:
    """What was booked since an instant, all of which can be read."""
    found = await told(till, since)
    readable = [line for line in found if isinstance(line, StatementLine)]
    assert readable == found
    return readable


async def said(till: Till) -> Counter[Line]:
    """As what, how much, and of what of ours."""
    return Counter((line.kind, line.amount, line.ours) for line in await lines(till))


async def test_each_movement_is_a_line_that_names_what_it_belongs_to(till: Till) -> None:
    paid = await till.paid(euros(2000))
    await till.gives_back(paid.reference, 500)
    sent = await till.sent(await till.ready())
    await till.fake.does(f"payouts/{sent.reference}/failed")
    await till.provider.find_payout(await till.seller(), sent.reference)
    assert await said(till) == Counter[Line](
        [
            (StatementKind.PAY_IN, 2000, "pay-in-1"),
            (StatementKind.REFUND, -500, None),
            (StatementKind.PAY_IN, 10_000, "pay-in-of-payout"),
            (StatementKind.PAYOUT, -10_000, "payout-1"),
            (StatementKind.PAYOUT, 10_000, "payout-1"),
        ]
    )


async def test_a_dispute_is_a_line_of_the_payment(till: Till) -> None:
    paid = await till.paid(euros(2000))
    dispute = await till.fake.does(f"disputes/of/{paid.reference}")
    await till.fake.does(f"disputes/{dispute['id']}/won")
    assert await said(till) == Counter[Line](
        [
            (StatementKind.PAY_IN, 2000, "pay-in-1"),
            (StatementKind.DISPUTE, -2000, "pay-in-1"),
            (StatementKind.DISPUTE, 2000, "pay-in-1"),
        ]
    )


async def test_a_fee_is_a_line_of_its_own(till: Till) -> None:
    await till.fake.does("ways", fee_bps=150)
    await till.paid(euros(2000))
    assert await said(till) == Counter[Line](
        [(StatementKind.PAY_IN, 2000, "pay-in-1"), (StatementKind.FEE, -30, "pay-in-1")]
    )
    assert await till.provider.held() == (euros(1970),)


async def test_what_is_held_is_what_was_booked(till: Till) -> None:
    await till.fake.does("ways", fee_bps=150, settles_later=True)
    await till.paid(euros(2000))
    await till.paid(Money(amount=500, currency="JPY"), "pay-in-2")
    await till.fake.does("settled")
    await till.paid(euros(300), "pay-in-3")
    held = Counter[str]()
    for line in await lines(till):
        held[line.currency] += line.amount
    money = [Money(amount=amount, currency=code) for code, amount in sorted(held.items())]
    assert list(await till.provider.held()) == money


async def test_a_period_begins_with_its_first_instant_and_ends_before_its_last(till: Till) -> None:
    await till.paid(euros(2000))
    [line] = await lines(till)
    second = timedelta(seconds=1)
    for since, until, is_in in (
        (line.at, line.at + second, True),
        (line.at - second, line.at, False),
        (line.at + timedelta(microseconds=1), line.at + second, False),
        (line.at - second, line.at + timedelta(microseconds=1), True),
    ):
        found = [one async for one in till.provider.statement(since, until)]
        assert found == ([line] if is_in else [])


async def test_a_long_statement_is_read_to_its_end(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement, "PAGE", 2)
    for number in range(5):
        await till.paid(euros(100 + number), f"pay-in-{number}")
    assert {line.ours for line in await lines(till)} == {f"pay-in-{number}" for number in range(5)}


async def test_a_statement_that_breaks_off_is_no_statement(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement, "PAGE", 2)
    for number in range(5):
        await till.paid(euros(100 + number), f"pay-in-{number}")
    found: list[StatementLine | Unreadable] = []

    async def read() -> None:
        async for line in till.provider.statement(EVER, datetime.now(UTC) + timedelta(minutes=1)):
            found.append(line)
            await till.fake.fails(outage=True)

    with pytest.raises(ProviderAway):
        await read()
    assert len(found) == 2


async def test_coins_that_no_books_have_stop_no_statement(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def holds() -> stripe.Balance:
        parts = [{"amount": 5, "currency": "usdc"}, {"amount": 700, "currency": "eur"}]
        return stripe.Balance.construct_from({"available": parts, "pending": []}, None)

    monkeypatch.setattr(till.provider._stripe.balance, "retrieve_async", holds)
    assert await till.provider.held() == (euros(700),)
    booked = {"id": "txn_1", "type": "charge", "amount": 5, "fee": 0, "currency": "usdc"}
    row = stripe.BalanceTransaction.construct_from({**booked, "created": 1, "source": None}, None)
    assert await till.provider._lines(row) == []


async def test_nothing_is_booked_of_what_nobody_paid(till: Till) -> None:
    await till.provider.start_pay_in(pay_in_of(euros(2000)))
    assert await lines(till) == []
    assert await till.provider.held() == ()


BOOKED: Json = {
    "id": "txn_1",
    "type": "charge",
    "amount": 2000,
    "fee": 0,
    "currency": "eur",
    "created": 1_700_000_000,
    "source": None,
}
OF_OURS: Json = {"id": "ch_1", "object": "charge", "metadata": {"sequestre_pay_in": "pay-in-1"}}
SHAPE = "it is of no shape that is read here"
UNKNOWN = "which nobody here knows"
WHOLE = "an amount of it is no whole number"
ODD: dict[str, tuple[Json, str]] = {
    "a kind that nobody knows": (
        {"type": "gift"},
        f"it is booked as 'gift', {UNKNOWN}",
    ),
    "a kind that is no name": ({"type": ["charge"]}, SHAPE),
    "no kind": ({"type": None}, f"it is booked as 'None', {UNKNOWN}"),
    "a currency that Stripe does not have": ({"currency": "clf"}, "Stripe has no CLF"),
    "less than a whole krona": (
        {"currency": "isk", "amount": 550},
        "Stripe tells 550 of ISK, which is no whole minor unit",
    ),
    "a coin of a payment of ours": (
        {"currency": "usdc", "source": OF_OURS},
        "Stripe tells of USDC, which is no currency",
    ),
    "a currency without a name": (
        {"currency": ""},
        "Stripe tells of , which is no currency",
    ),
    "no currency": ({"currency": None}, SHAPE),
    "no amount": ({"amount": None}, WHOLE),
    "part of a cent": ({"amount": 20.5}, WHOLE),
    "an amount in words": ({"amount": "2000"}, WHOLE),
    "no fee": ({"fee": None}, WHOLE),
    "no instant": ({"created": None}, SHAPE),
    "an instant beyond the calendar": ({"created": 10**20}, SHAPE),
    "notes that are none": ({"source": {"id": "ch_1", "metadata": ["one"]}}, SHAPE),
    "a dispute of what is no name": (
        {"source": {"object": "dispute", "payment_intent": ["pi_1"]}},
        SHAPE,
    ),
}


def row(said: Json) -> stripe.BalanceTransaction:
    """What Stripe's client makes of a row."""
    return stripe.BalanceTransaction.construct_from(said, None)


@pytest.mark.parametrize(("odd", "why"), ODD.values(), ids=ODD)
async def test_what_cannot_be_read_of_a_row_is_told_and_why(
    odd: Json, why: str, till: Till
) -> None:
    (found,) = await till.provider._lines(row({**BOOKED, **odd}))
    assert isinstance(found, Unreadable)
    assert (found.reference, found.why.startswith(why)) == ("txn_1", True), found


@pytest.mark.parametrize("missing", BOOKED)
async def test_a_row_of_which_something_is_missing_ends_nothing(missing: str, till: Till) -> None:
    left = {name: value for name, value in BOOKED.items() if name != missing}
    (found,) = await till.provider._lines(row(left))
    assert isinstance(found, StatementLine if missing == "source" else Unreadable)


@pytest.mark.parametrize("odd", [None, "txn_1", 7, ["txn_1"]], ids=repr)
async def test_what_is_no_row_is_told_too(odd: Any, till: Till) -> None:
    (found,) = await till.provider._lines(odd)
    assert isinstance(found, Unreadable)
    assert found.reference == "without an id"


@pytest.mark.parametrize("kind", ["adjustment", "payment_reversal"])
async def test_what_is_booked_otherwise_of_a_payment_of_ours_is_not_passed_over(
    kind: str, till: Till
) -> None:
    (of_ours,) = await till.provider._lines(row({**BOOKED, "type": kind, "source": OF_OURS}))
    why = f"it is booked as '{kind}', which nobody here knows of a payment of ours"
    assert of_ours == Unreadable("txn_1", why, "pay-in-1")
    (of_others,) = await till.provider._lines(row({**BOOKED, "type": kind}))
    assert isinstance(of_others, StatementLine)
    assert of_others.kind is StatementKind.OTHER


async def test_one_row_that_cannot_be_read_ends_no_statement(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement, "PAGE", 2)
    monkeypatch.delitem(statement.KINDS, "transfer")
    await till.paid(euros(2000))
    await till.sent(await till.ready(500))
    await till.paid(euros(300), "pay-in-2")
    found = await told(till)
    (unread,) = [one for one in found if isinstance(one, Unreadable)]
    assert unread.ours == "payout-1"
    assert "it is booked as 'transfer'" in unread.why
    readable = {one.ours: one.amount for one in found if isinstance(one, StatementLine)}
    assert readable == {"pay-in-1": 2000, "pay-in-of-payout": 500, "pay-in-2": 300}


async def test_a_dispute_of_what_cannot_be_found_ends_no_statement_and_an_outage_does(
    till: Till,
) -> None:
    source = {"id": "dp_1", "object": "dispute", "payment_intent": "pi_of_nobody"}
    of_nobody = row({**BOOKED, "type": "adjustment", "source": source})
    (found,) = await till.provider._lines(of_nobody)
    assert isinstance(found, Unreadable)
    await till.fake.fails(outage=True)
    with pytest.raises(ProviderAway):
        await till.provider._lines(of_nobody)


async def test_an_answer_that_is_no_statement_is_as_none(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answers(*_: Any) -> Any:
        said = {"object": "list", "data": None, "has_more": False, "url": "/v1/none"}
        return stripe.ListObject.construct_from(said, None)

    monkeypatch.setattr(till.provider._stripe.balance_transactions, "list_async", answers)
    with pytest.raises(ProviderAway, match="of no shape that is read here"):
        await told(till)


async def test_what_cannot_be_read_of_the_balance_is_told_by_its_currency(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of(available: Any, pending: Any) -> None:
        async def answers() -> stripe.Balance:
            said = {"available": available, "pending": pending}
            return stripe.Balance.construct_from(said, None)

        monkeypatch.setattr(till.provider._stripe.balance, "retrieve_async", answers)

    euro = {"amount": 700, "currency": "eur"}
    of([euro, {"amount": 550, "currency": "isk"}], [{"amount": None, "currency": "usd"}, {}, euro])
    nameless, euros_held, krona, dollars = await till.provider.held()
    assert euros_held == euros(1400)
    told = [one for one in (nameless, krona, dollars) if isinstance(one, Unreadable)]
    assert [(one.reference, one.currency) for one in told] == [
        ("balance in no currency", None),
        ("balance in ISK", "ISK"),
        ("balance in USD", "USD"),
    ]
    of(None, [])
    with pytest.raises(ProviderAway, match="of no shape that is read here"):
        await till.provider.held()


def test_every_kind_of_which_the_client_knows_is_known() -> None:
    told = inspect.getsource(stripe.BalanceTransaction).partition("Transaction type: ")[2]
    documented = re.findall(r"`(\w+)`", told.partition("Learn more")[0])
    assert set(documented) == {*statement.KINDS, *statement.OTHERS}
