"""The books beside the payment provider's own: what only they have, what only we have, what
differs. Nothing is mended here: money is a person's to put right."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from db import provider_books
from db.audit import LONGEST, Finding
from db.pool import Pool, connection
from db.provider_books import Disputed, Movement, Owed
from domain.identifiers import exact_uuid
from domain.money import Money, in_words
from domain.payments import StatementKind
from providers.protocol import Provider, ProviderError, StatementLine, Unreadable

THEIRS_ONLY, OURS_ONLY, DIFFERS = "provider-theirs-only", "provider-ours-only", "provider-differs"
HOLDS_LESS, NOT_ASKED = "provider-holds-less", "provider-not-asked"
UNREADABLE = "provider-unreadable"

NOT_PROVED = (NOT_ASKED, UNREADABLE)
"""What does not say that something is wrong, but that nobody can tell."""

LOOKS_BACK = timedelta(days=7)
SETTLES_IN = timedelta(hours=1)
"""What is younger may be known on one side alone, since the word is on its way."""

APART = timedelta(days=2)
"""So long before or after us a provider may book the same payment."""

OF_PAYMENTS = (
    StatementKind.PAY_IN,
    StatementKind.REFUND,
    StatementKind.DISPUTE,
    StatementKind.PAYOUT,
)
"""What changes what somebody here has; fees and the platform's own withdrawals do not."""


@dataclass(frozen=True)
class _Books:
    """What the books have: what moved in the days that are compared, the payments that the
    statement names, what banks have taken, what people have in all."""

    moved: Sequence[Movement]
    named: Mapping[UUID, Movement]
    disputed: Sequence[Disputed]
    owed: Sequence[Owed]


async def provider_findings(pool: Pool, provider: Provider, now: datetime) -> list[Finding]:
    """Return what differs of the last days, and where the provider holds less than people have
    here; or that it could not be asked. What cannot be read of its answers is told as such, and
    nothing is told of the payments that it may concern; all else is compared.

    Raises:
        Unavailable: the database does not answer.
    """
    since, until = now - LOOKS_BACK, now - SETTLES_IN
    try:
        told = [one async for one in provider.statement(since - APART, now)]
    except ProviderError as error:
        return [Finding(NOT_ASKED, f"provider {provider.name}", f"could not be asked: {error}")]
    async with connection(pool) as acquired:
        owed_before = await provider_books.owed(acquired, provider.name)
    held = await _held(provider)
    lines = [one for one in told if isinstance(one, StatementLine) and one.kind in OF_PAYMENTS]
    unread = [one for one in told if isinstance(one, Unreadable)]
    books = await _books_beside(pool, provider.name, lines, since, until)
    settled = [line for line in lines if since <= line.at < until]
    compared = [*_compared(lines, settled, books), *_disputes_compared(lines, settled, books)]
    unsure = {_of_payment(one) for one in _named(unread)}
    return [
        *(one for one in compared if one.subject not in unsure),
        *_held_beside(provider.name, held, _owed_throughout(owed_before, books.owed)),
        *(_unread_line(one) for one in unread),
    ]


async def _books_beside(
    pool: Pool, name: str, lines: Sequence[StatementLine], since: datetime, until: datetime
) -> _Books:
    taken = _named(line for line in lines if line.kind is StatementKind.DISPUTE)
    async with connection(pool) as acquired:
        moved = await provider_books.between(acquired, name, since, until)
        named = await provider_books.of(acquired, name, _named(lines), since)
        return _Books(
            moved=moved,
            named={one.id: one for one in named},
            disputed=await provider_books.disputed(acquired, name, taken, since, until),
            owed=await provider_books.owed(acquired, name),
        )


async def _held(provider: Provider) -> Sequence[Money | Unreadable]:
    """Return what the provider holds; where it does not say, that this cannot be read."""
    try:
        return await provider.held()
    except ProviderError as error:
        return [Unreadable("what it holds", str(error))]


def _owed_throughout(before: Sequence[Owed], after: Sequence[Owed]) -> list[Owed]:
    """Return what people had both before the provider said what it holds and after that: what came
    in or left meanwhile may be in its answer or not."""
    amounts = {one.currency: one.amount for one in before}
    return [Owed(min(one.amount, amounts.get(one.currency, 0)), one.currency) for one in after]


def _of_payment(payment: UUID) -> str:
    return f"payment {payment}"


def _unread_line(line: Unreadable) -> Finding:
    of_ours = f", of payment {line.ours}" if line.ours else ""
    why = f"cannot be read{of_ours}: {line.why}"
    return Finding(UNREADABLE, f"line {line.reference}"[:LONGEST], why[:LONGEST])


def _held_beside(
    name: str, held: Sequence[Money | Unreadable], owed: Sequence[Owed]
) -> list[Finding]:
    """Return where less is held than people have, and of which currency nobody can tell."""
    amounts = {one.currency: one.amount for one in held if isinstance(one, Money)}
    unread = [one for one in held if isinstance(one, Unreadable)]
    unsure = {one.currency for one in unread}
    less = [
        Finding(
            HOLDS_LESS,
            f"provider {name}",
            f"holds {in_words(amounts.get(one.currency, 0), one.currency)}, and people have"
            f" {in_words(one.amount, one.currency)} here",
        )
        for one in owed
        if amounts.get(one.currency, 0) < one.amount and not unsure & {one.currency, None}
    ]
    unclear = [
        Finding(
            UNREADABLE, f"provider {name}", f"{one.reference} cannot be read: {one.why}"[:LONGEST]
        )
        for one in unread
    ]
    return [*less, *unclear]


def _named(lines: Iterable[StatementLine | Unreadable]) -> set[UUID]:
    return {one for one in map(_id_in, lines) if one is not None}


def _id_in(line: StatementLine | Unreadable) -> UUID | None:
    """Return the id of ours that a line has; None where it has none, or no id."""
    try:
        return exact_uuid(line.ours or "")
    except ValueError:
        return None


def _compared(
    lines: Sequence[StatementLine], settled: Sequence[StatementLine], books: _Books
) -> list[Finding]:
    named = books.named
    theirs = _by_payment(line for line in lines if line.kind is not StatementKind.DISPUTE)
    unknown = [line for line in settled if _id_in(line) not in named]
    moved = _named(line for line in settled if line.kind is not StatementKind.DISPUTE)
    known = {one.id: one for one in [*books.moved, *(named[i] for i in moved & set(named))]}
    return [
        *(_theirs_only(line) for line in unknown),
        *(
            found
            for one in known.values()
            if (found := _beside(one, theirs.get(one.id, []))) is not None
        ),
    ]


def _disputes_compared(
    lines: Sequence[StatementLine], settled: Sequence[StatementLine], books: _Books
) -> list[Finding]:
    """Return the payments of which banks have taken another sum than is known here."""
    theirs = _by_payment(line for line in lines if line.kind is StatementKind.DISPUTE)
    moved = _named(line for line in settled if line.kind is StatementKind.DISPUTE)
    known = {one.id: one for one in books.disputed}
    looked_at = (moved & set(books.named)) | {one.id for one in books.disputed if one.is_new}
    found = []
    for pay_in_id in sorted(looked_at):
        one = known.get(pay_in_id) or _undisputed(books.named[pay_in_id])
        booked = sum(line.amount for line in theirs.get(pay_in_id, []))
        # What was given back may have been taken before the statement begins, or is in it as well.
        if booked not in (-one.taken, one.given_back - one.taken):
            found.append(_taken_otherwise(one, -booked))
    return found


def _undisputed(payment: Movement) -> Disputed:
    return Disputed(payment.id, payment.currency, taken=0, given_back=0, is_new=False)


def _taken_otherwise(ours: Disputed, booked: int) -> Finding:
    here, there = in_words(ours.taken, ours.currency), in_words(booked, ours.currency)
    said = f"banks have taken {here} of it in the books, {there} at the provider"
    return Finding(DIFFERS, _of_payment(ours.id), said)


def _by_payment(lines: Iterable[StatementLine]) -> dict[UUID | None, list[StatementLine]]:
    found = defaultdict[UUID | None, list[StatementLine]](list)
    for line in lines:
        found[_id_in(line)].append(line)
    return found


def _beside(ours: Movement, theirs: Sequence[StatementLine]) -> Finding | None:
    if ours.amount is None:
        return _back_unheard(ours, theirs)
    return _otherwise(ours, ours.amount, theirs)


def _back_unheard(ours: Movement, theirs: Sequence[StatementLine]) -> Finding | None:
    """Return that a payout of before has come back, and is out here."""
    back = sum(line.amount for line in theirs if line.currency == ours.currency)
    if not ours.is_out or back <= 0:
        return None
    said = f"is out in the books, {in_words(back, ours.currency)} of it back at the provider"
    return Finding(DIFFERS, _of_payment(ours.id), said)


def _otherwise(ours: Movement, amount: int, theirs: Sequence[StatementLine]) -> Finding | None:
    said = f"{in_words(amount, ours.currency)} in the books"
    if not theirs:
        return Finding(OURS_ONLY, _of_payment(ours.id), f"{said}, nothing at the provider")
    sums = defaultdict[str, int](int)
    for line in theirs:
        sums[line.currency] += line.amount
    if dict(sums) == {ours.currency: amount}:
        return None
    booked = " and ".join(in_words(amount, currency) for currency, amount in sums.items())
    return Finding(DIFFERS, _of_payment(ours.id), f"{said}, {booked} at the provider")


def _theirs_only(line: StatementLine) -> Finding:
    money = in_words(line.amount, line.currency)
    at = line.at.astimezone(UTC).isoformat(timespec="seconds")
    return Finding(
        THEIRS_ONLY,
        f"{line.kind} {line.reference}",
        f"{money} booked by the provider at {at}, nothing in the books",
    )
