"""What the payment provider has booked is held beside the books: each difference is named."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from db import chargebacks, pay_ins, payouts, provider_books, provider_events, wallets
from db.audit import Finding
from db.pay_ins import NewRow
from db.payouts import NewRow as NewPayoutRow
from db.pool import Pool, connection
from domain.ledger import PostingKind
from domain.money import Money
from domain.payments import PayoutState, ProviderEventKind, StatementKind
from providers.protocol import (
    FoundPayout,
    ProviderAway,
    ProviderEvent,
    StatementLine,
    Unreadable,
)
from reconcile.provider_comparison import (
    DIFFERS,
    HOLDS_LESS,
    NOT_ASKED,
    OURS_ONLY,
    SETTLES_IN,
    THEIRS_ONLY,
    UNREADABLE,
    provider_findings,
)
from tests.providers.paper import NAME, PaperProvider

OPENED = ProviderEventKind.DISPUTE_OPENED
WON, LOST = ProviderEventKind.DISPUTE_WON, ProviderEventKind.DISPUTE_LOST
LATER = SETTLES_IN + timedelta(minutes=1)


@pytest.fixture
def provider() -> PaperProvider:
    """Who holds enough for everybody."""
    paper = PaperProvider()
    paper.holds = (Money(amount=10**12, currency="EUR"),)
    return paper


async def paid_in(pool: Pool, amount: int = 2000, who: str = "someone") -> UUID:
    """A payment that was booked here."""
    one, money = uuid4(), Money(amount=amount, currency="EUR")
    new = NewRow(one, who, amount, "EUR", NAME, "https://shop.example.org", b"", None)
    event = ProviderEvent(
        id=f"of-{one}",
        kind=ProviderEventKind.PAY_IN_PAID,
        name="paid",
        at=datetime.now(UTC),
        reference=f"paper-{one}",
        ours=str(one),
        money=money,
    )
    async with connection(pool) as acquired:
        await pay_ins.add(acquired, new)
        await provider_events.note(acquired, NAME, event)
        assert await pay_ins.settle(acquired, one) == "paid"
    return one


def booked(ours: UUID | None, amount: int = 2000, currency: str = "EUR") -> StatementLine:
    """What the provider has booked."""
    named = str(ours) if ours else None
    kind = StatementKind.PAY_IN
    return StatementLine(f"ch-{ours}", kind, datetime.now(UTC), amount, currency, named)


async def paid_out(pool: Pool, *ends: PayoutState) -> UUID:
    """A payout that the provider was asked for, and that went on like this."""
    one = uuid4()
    new = NewPayoutRow(one, f"someone-{one}", 2000, "EUR", NAME, "account", PayoutState.PENDING)
    async with connection(pool) as acquired:
        key, kind = f"top-up-{one}", PostingKind.TOP_UP
        await wallets.move(acquired, key, kind, new.user_id, 2000, "EUR")
        await payouts.add(acquired, new)
        await payouts.begin_call(acquired, one)
        for end in ends:
            await payouts.settle(acquired, one, FoundPayout(f"out-{one}", end), 0)
    return one


async def found(pool: Pool, provider: PaperProvider, of: UUID) -> list[str]:
    """The names of what was found of a payment, later than its word may be on its way."""
    findings = await provider_findings(pool, provider, datetime.now(UTC) + LATER)
    return [one.check for one in findings if str(of) in str(one)]


async def test_what_both_have_is_in_order(pool: Pool, provider: PaperProvider) -> None:
    one = await paid_in(pool)
    provider.booked = [booked(one)]
    assert await found(pool, provider, one) == []


async def test_what_only_one_side_has_is_named(pool: Pool, provider: PaperProvider) -> None:
    ours, theirs = await paid_in(pool), uuid4()
    provider.booked = [booked(theirs)]
    assert await found(pool, provider, ours) == [OURS_ONLY]
    assert await found(pool, provider, theirs) == [THEIRS_ONLY]


@pytest.mark.parametrize(
    "lines",
    [
        [(1999, "EUR")],
        [(2000, "USD")],
        [(2000, "EUR"), (2000, "EUR")],
        [(2000, "EUR"), (-500, "EUR")],
    ],
    ids=["less", "another currency", "twice", "part of it sent back"],
)
async def test_what_differs_is_named(
    pool: Pool, provider: PaperProvider, lines: list[tuple[int, str]]
) -> None:
    one = await paid_in(pool)
    provider.booked = [booked(one, *line) for line in lines]
    assert await found(pool, provider, one) == [DIFFERS]


async def test_what_has_no_id_of_ours_is_theirs_only(pool: Pool, provider: PaperProvider) -> None:
    provider.booked = [booked(None)]
    findings = await provider_findings(pool, provider, datetime.now(UTC) + LATER)
    assert THEIRS_ONLY in [one.check for one in findings if "ch-None" in one.subject]


async def test_what_may_be_on_its_way_is_not_told_yet(pool: Pool, provider: PaperProvider) -> None:
    ours, theirs = await paid_in(pool), uuid4()
    provider.booked = [booked(theirs)]
    findings = await provider_findings(pool, provider, datetime.now(UTC))
    told = [str(one) for one in findings]
    assert not any(str(one) in said for one in (ours, theirs) for said in told)


async def test_a_provider_that_holds_less_than_people_have_is_told(
    pool: Pool, provider: PaperProvider
) -> None:
    await paid_in(pool)
    provider.holds = (Money(amount=1, currency="EUR"),)
    findings = await provider_findings(pool, provider, datetime.now(UTC))
    (less,) = [one for one in findings if one.check == HOLDS_LESS]
    assert "holds 0.01 EUR, and people have " in less.problem


async def comes_in(pool: Pool, _who: UUID) -> int:
    """A payment is made and booked; by so much more the provider holds."""
    await paid_in(pool)
    return 2000


async def goes_out(pool: Pool, who: UUID) -> int:
    """Somebody is paid out; by so much less the provider holds."""
    new = NewPayoutRow(uuid4(), f"{who}", 2000, "EUR", NAME, "account", PayoutState.PENDING)
    async with connection(pool) as acquired:
        await payouts.add(acquired, new)
    return -2000


@pytest.mark.parametrize("moves", [comes_in, goes_out])
@pytest.mark.parametrize("is_known_there", [True, False])
async def test_what_moves_while_the_provider_says_what_it_holds_is_not_missing(
    moves: Callable[[Pool, UUID], Awaitable[int]],
    is_known_there: bool,
    pool: Pool,
    provider: PaperProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    who = uuid4()
    await paid_in(pool, 1_000_000, f"{who}")
    async with connection(pool) as acquired:
        owed = await provider_books.owed(acquired, NAME)
    (exactly,) = [one.amount for one in owed if one.currency == "EUR"]

    async def held() -> tuple[Money, ...]:
        change = await moves(pool, who)
        return (Money(amount=exactly + change * is_known_there, currency="EUR"),)

    monkeypatch.setattr(provider, "held", held)
    findings = await provider_findings(pool, provider, datetime.now(UTC))
    assert HOLDS_LESS not in [one.check for one in findings]


async def test_a_provider_that_is_away_is_told_as_not_asked(
    pool: Pool, provider: PaperProvider
) -> None:
    provider.away = True
    said = Finding(NOT_ASKED, f"provider {NAME}", "could not be asked: nobody answers")
    assert await provider_findings(pool, provider, datetime.now(UTC)) == [said]


async def test_what_cannot_be_read_is_told_and_all_else_is_compared(
    pool: Pool, provider: PaperProvider
) -> None:
    ours, theirs, sound = await paid_in(pool), uuid4(), await paid_in(pool)
    provider.booked = [booked(theirs), Unreadable("txn_odd", "it is a gift"), booked(sound)]
    findings = await provider_findings(pool, provider, datetime.now(UTC) + LATER)
    assert Finding(UNREADABLE, "line txn_odd", "cannot be read: it is a gift") in findings
    assert sorted(one.check for one in findings) == [OURS_ONLY, THEIRS_ONLY, UNREADABLE]
    assert str(ours) in str(next(one for one in findings if one.check == OURS_ONLY))


@pytest.mark.parametrize("kinds", [[], [OPENED]], ids=["paid", "disputed"])
async def test_nothing_is_said_of_a_payment_of_which_a_line_cannot_be_read(
    kinds: list[ProviderEventKind], pool: Pool, provider: PaperProvider
) -> None:
    one = await paid_in(pool)
    await disputed(pool, one, *kinds)
    provider.booked = [Unreadable("txn_odd", "it is a gift", str(one))]
    (told,) = await provider_findings(pool, provider, datetime.now(UTC) + LATER)
    assert told.check == UNREADABLE
    assert told.problem == f"cannot be read, of payment {one}: it is a gift"


async def test_what_is_held_and_not_said_keeps_no_line_from_being_compared(
    pool: Pool, provider: PaperProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def says_nothing() -> tuple[Money, ...]:
        raise ProviderAway("nobody answers")

    one = await paid_in(pool)
    monkeypatch.setattr(provider, "held", says_nothing)
    findings = await provider_findings(pool, provider, datetime.now(UTC) + LATER)
    assert [(found.check, found.subject) for found in findings] == [
        (OURS_ONLY, f"payment {one}"),
        (UNREADABLE, f"provider {NAME}"),
    ]
    assert findings[1].problem == "what it holds cannot be read: nobody answers"


async def test_what_is_told_of_a_line_is_short_however_long_its_words_are(
    pool: Pool, provider: PaperProvider
) -> None:
    provider.booked = [Unreadable("t" * 999, "why " * 999, "o" * 999)]
    (told,) = await provider_findings(pool, provider, datetime.now(UTC))
    assert len(str(told)) < 500


@pytest.mark.parametrize(
    ("currency", "checks"),
    [("ISK", [HOLDS_LESS, UNREADABLE]), ("EUR", [UNREADABLE]), (None, [UNREADABLE])],
    ids=["another currency", "what people have", "which is not known"],
)
async def test_a_balance_that_cannot_be_read_is_not_less_than_people_have(
    currency: str | None, checks: list[str], pool: Pool, provider: PaperProvider
) -> None:
    one = await paid_in(pool)
    provider.booked = [booked(one)]
    provider.holds = (Unreadable("balance in some coin", "it is odd", currency=currency),)
    findings = await provider_findings(pool, provider, datetime.now(UTC) + LATER)
    assert sorted(found.check for found in findings) == checks
    (odd,) = [found for found in findings if found.check == UNREADABLE]
    assert str(odd) == (
        f"provider {NAME}: balance in some coin cannot be read: it is odd (provider-unreadable)"
    )


OUT, OVER = (-2000, "EUR"), (2000, "EUR")
PENDING, PAID, FAILED = PayoutState.PENDING, PayoutState.PAID, PayoutState.FAILED
PAYOUTS: dict[str, tuple[tuple[PayoutState, ...], list[tuple[int, str]], list[str]]] = {
    "it is on its way on both sides": ((PENDING,), [OUT], []),
    "it is paid on both sides": ((PAID,), [OUT], []),
    "it came back on both sides": ((PAID, FAILED), [OUT, OVER], []),
    "it was refused on both sides": ((FAILED,), [], []),
    "nobody knows yet whether it is out": ((), [OUT], []),
    "only we have it": ((PAID,), [], [OURS_ONLY]),
    "it is out twice": ((PAID,), [OUT, OUT], [DIFFERS]),
    "less is out": ((PAID,), [(-1999, "EUR")], [DIFFERS]),
    "it is back here and not there": ((FAILED,), [OUT], [DIFFERS]),
    "it is back there and not here": ((PAID,), [OUT, OVER], [DIFFERS]),
}


@pytest.mark.parametrize(("ends", "lines", "expected"), PAYOUTS.values(), ids=PAYOUTS)
async def test_a_payout_is_held_beside_what_the_provider_has_booked(
    ends: tuple[PayoutState, ...],
    lines: list[tuple[int, str]],
    expected: list[str],
    pool: Pool,
    provider: PaperProvider,
) -> None:
    one = await paid_out(pool, *ends)
    provider.booked = [replace(booked(one, *line), kind=StatementKind.PAYOUT) for line in lines]
    assert await found(pool, provider, one) == expected


@pytest.mark.parametrize(
    ("ends", "expected"), [((PAID, FAILED), []), ((PAID,), [DIFFERS])], ids=["heard", "unheard"]
)
async def test_a_payout_that_comes_back_after_weeks_is_known(
    ends: tuple[PayoutState, ...], expected: list[str], pool: Pool, provider: PaperProvider
) -> None:
    one = await paid_out(pool, *ends)
    later = datetime.now(UTC) + timedelta(days=30)
    back = booked(one, *OVER)
    provider.booked = [replace(back, kind=StatementKind.PAYOUT, at=later - timedelta(days=1))]
    findings = await provider_findings(pool, provider, later)
    assert [found.check for found in findings if str(one) in str(found)] == expected


async def test_what_is_paid_out_is_not_owed_any_more(pool: Pool) -> None:
    async with connection(pool) as acquired:
        before = {one.currency: one.amount for one in await provider_books.owed(acquired, NAME)}
    await paid_out(pool, PENDING)
    await paid_out(pool, PAID)
    await paid_out(pool, PAID, FAILED)
    async with connection(pool) as acquired:
        after = {one.currency: one.amount for one in await provider_books.owed(acquired, NAME)}
    # Of what an operator topped up nothing is owed, and of that 2000 went out twice.
    assert after["EUR"] - before.get("EUR", 0) == -4000


async def disputed(pool: Pool, one: UUID, *kinds: ProviderEventKind, amount: int = 2000) -> None:
    """What is said here of a dispute of a payment."""
    money = Money(amount=amount, currency="EUR")
    async with connection(pool) as acquired:
        for kind in kinds:
            said = ProviderEvent(
                f"{kind}-{one}", kind, kind, datetime.now(UTC), f"d-{one}", str(one), money
            )
            await provider_events.note(acquired, NAME, said)
            await pay_ins.settle(acquired, one)
        for each in await chargebacks.not_carried(acquired, 100):
            await chargebacks.carry(acquired, each)


def taken(one: UUID, amount: int = -2000) -> StatementLine:
    """What the provider has booked of a dispute."""
    return replace(booked(one, amount), kind=StatementKind.DISPUTE, reference=f"d-{one}-{amount}")


@pytest.mark.parametrize(
    ("kinds", "lines", "checks"),
    [
        ([OPENED], [-2000], []),
        ([OPENED, LOST], [-2000], []),
        ([OPENED, WON], [-2000, 2000], []),
        ([OPENED, WON], [2000], []),
        ([OPENED], [], [DIFFERS]),
        ([], [-2000], [DIFFERS]),
        ([OPENED], [-2000, -2000], [DIFFERS]),
        ([OPENED, LOST], [-2000, 2000], [DIFFERS]),
        ([OPENED], [-500], [DIFFERS]),
    ],
    ids=[
        *("open", "lost", "won", "won, and taken long ago", "ours only", "theirs only", "twice"),
        *("lost here and won there", "another amount"),
    ],
)
async def test_what_banks_took_back_is_held_beside_what_the_provider_says(
    pool: Pool,
    provider: PaperProvider,
    kinds: list[ProviderEventKind],
    lines: list[int],
    checks: list[str],
) -> None:
    one = await paid_in(pool)
    await disputed(pool, one, *kinds)
    provider.booked = [booked(one), *(taken(one, amount) for amount in lines)]
    assert await found(pool, provider, one) == checks


@pytest.mark.parametrize("kinds", [[OPENED], [OPENED, LOST]])
async def test_what_banks_took_back_is_not_owed_to_people_any_more(
    pool: Pool, kinds: list[ProviderEventKind]
) -> None:
    async def owed() -> int:
        async with connection(pool) as acquired:
            return sum(one.amount for one in await provider_books.owed(acquired, NAME))

    one = await paid_in(pool)
    before = await owed()
    await disputed(pool, one, *kinds)
    assert await owed() == before - 2000
