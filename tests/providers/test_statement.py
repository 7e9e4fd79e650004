"""What the provider has booked, line by line, and what it holds."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from domain.money import Money
from domain.payments import StatementKind
from providers.protocol import ProviderAway, StatementLine
from providers.stripe import statement
from tests.providers.acts import Till, euros, pay_in_of

EVER = datetime(2020, 1, 1, tzinfo=UTC)
Line = tuple[StatementKind, int, str | None]


async def lines(till: Till, since: datetime = EVER) -> list[StatementLine]:
    """What was booked since an instant."""
    until = datetime.now(UTC) + timedelta(minutes=1)
    return [line async for line in till.provider.statement(since, until)]


async def said(till: Till) -> Counter[Line]:
    """As what, how much, and of what of ours."""
    return Counter((line.kind, line.amount, line.ours) for line in await lines(till))


async def test_each_movement_is_a_line_that_names_what_it_belongs_to(till: Till) -> None:
    paid = await till.paid(euros(2000))
    await till.provider.refund(paid.reference, euros(500), "one")
    sent = await till.sent(await till.ready())
    await till.fake.does(f"payouts/{sent.reference}/failed")
    await till.provider.find_payout(await till.seller(), sent.reference)
    assert await said(till) == Counter[Line](
        [
            (StatementKind.PAY_IN, 2000, "pay-in-1"),
            (StatementKind.REFUND, -500, "one"),
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
    assert {one.currency: one.amount for one in await till.provider.held()} == held


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
    found: list[StatementLine] = []

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
