"""What was done on an order and what was said with it, as those read it who look after the case."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from api.pages.order_reader import COLOURS, Link, links_of
from api.schemas.cases import CaseView
from api.schemas.orders import EventView
from domain.money import Money
from domain.vocabulary import Action, Ground, Role
from texts.catalogue import msg
from texts.labels import GROUNDS
from texts.reader_context import ReaderContext
from texts.telling import Deed, told, why

SHOWS: dict[str, str] = {
    "all": msg("All"),
    "words": msg("Their words"),
    "refused": msg("No effect"),
}
"""What of the story is shown, by what its address says."""

TEXTS = ("message", "reason", "statement", "title", "description", "reasons")
"""The fields in which people say something, in the order in which it is read."""


@dataclass(frozen=True)
class Line:
    """An entry of the story: what was done (`head`), why it had no effect (`note`), what was said
    with it (`words`)."""

    seq: int
    whose: str
    by: Role | None
    action: str
    at: datetime
    head: str
    note: str
    words: str
    tags: tuple[str, ...]
    links: tuple[Link, ...]
    is_refused: bool


def story(case: CaseView, said: Mapping[str, Mapping[str, Any]], to: ReaderContext) -> list[Line]:
    """Return the entries of a part of a case, oldest first; `said` are fields of requests that the
    order itself shows, by their ids."""
    lists = (case.deliveries, case.refusals, case.statements, case.hand_overs, case.proposals)
    apart = {entry.seq: entry.fields for one in (*lists, case.refused_attempts) for entry in one}
    numbers = _numbers(case)
    return [
        _line(
            entry,
            {**entry.fields, **apart.get(entry.seq, {}), **said.get(entry.request_id or "", {})},
            numbers.get(entry.seq),
            to,
        )
        for entry in case.journal
    ]


def shown(lines: list[Line], chosen: str) -> list[Line]:
    """Return what a filter leaves of a story."""
    if chosen == "words":
        return [line for line in lines if line.words or line.links]
    if chosen == "refused":
        return [line for line in lines if line.is_refused]
    return lines


def _numbers(case: CaseView) -> dict[int, int]:
    """Return which delivery an entry is; nothing where earlier ones are in another part."""
    if not case.journal_whole:
        return {}
    return {entry.seq: at for at, entry in enumerate(case.deliveries, 1)}


def _line(
    entry: EventView, fields: Mapping[str, Any], number: int | None, to: ReaderContext
) -> Line:
    by = entry.actor.role if entry.actor else None
    event = entry.event if entry.accepted else None
    deed = Deed(entry.action, event, by, entry.state, entry.code, entry.reason)
    words = [str(fields[name]) for name in TEXTS if fields.get(name)]
    return Line(
        seq=entry.seq,
        whose=COLOURS[by] if by else "",
        by=by,
        action=entry.action,
        at=entry.at,
        head=told(deed, to),
        note=why(deed, to) or "",
        words="\n\n".join(words),
        tags=tuple(_tags(fields, number, to)),
        links=links_of(fields.get("links")),
        is_refused=not entry.accepted,
    )


def _tags(fields: Mapping[str, Any], number: int | None, to: ReaderContext) -> Iterator[str]:
    if number is not None:
        yield to.say(msg("delivery %(number)s"), number=to.formatter.number(number))
    ground = fields.get("ground")
    if ground in list(Ground):
        yield to.say(GROUNDS[Ground(ground)])
    for name in ("refund", "price"):
        # An attempt that was refused may have said anything.
        with suppress(ValidationError):
            money = Money.model_validate(fields.get(name))
            yield to.formatter.money(money.amount, money.currency)


def of(lines: list[Line], *actions: Action) -> list[Line]:
    """Return what was done by these actions."""
    return [line for line in lines if line.action in actions and not line.is_refused]
