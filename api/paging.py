"""Lists in parts: the cursor names the last item that was given."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import structlog
from fastapi import Path, Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainValidator,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import to_json

from api.problems import invalid, not_found
from api.schemas.base import CURSOR, Page
from db.errors import Spoiled
from db.odd_values import AnyInstant, OffCalendar, microseconds_of
from domain.identifiers import exact_uuid
from domain.text import without_nul

log = structlog.get_logger()

_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]*")


def _as_written(value: object) -> object:
    """Leave to be judged what is written in digits, and nothing else that Python reads as one."""
    if isinstance(value, str) and not _WHOLE_NUMBER.fullmatch(value):
        raise ValueError("must be a whole number in digits")
    return value


Limit = Annotated[
    int,
    BeforeValidator(_as_written),
    Query(ge=1, le=100, description="How many items at the most."),
]
Cursor = Annotated[
    str | None,
    Query(
        max_length=500,
        description="`next_cursor` of the part before.",
        json_schema_extra=CURSOR,
    ),
]
Id = Annotated[str, Path(json_schema_extra={"format": "uuid"})]
"""An id in an address. That it is one is looked at when something is looked for by it."""


def _storable(instant: datetime) -> datetime:
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError("no such instant in this list")
    return instant


def _kept(microseconds: int) -> OffCalendar:
    if not FIRST_KEPT <= microseconds < AFTER_KEPT and microseconds not in FOR_EVER:
        raise ValueError("no such instant in this list")
    return OffCalendar(microseconds)


FIRST_KEPT, AFTER_KEPT = -211_813_488_000_000_000, 9_223_371_331_200_000_000
FOR_EVER = (-(2**63), 2**63 - 1)
"""What PostgreSQL takes for an instant, in microseconds as it counts them."""

FIRST_YEAR, LAST_YEAR = 1970, 9998  # beyond them an offset can leave the calendar
Instant = Annotated[AwareDatetime, AfterValidator(_storable)]
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


def _of_a_row(value: Any) -> AnyInstant:
    return _kept(value) if isinstance(value, int) else _INSTANT.validate_python(value)


RowInstant = Annotated[AnyInstant, PlainValidator(_of_a_row)]
"""When a row was written, by itself: an instant, or what was put in the place of one."""

BY_INSTANT: TypeAdapter[tuple[AnyInstant, UUID]] = TypeAdapter(tuple[RowInstant, UUID])
"""A place in a list that goes by an instant of each row, and by their ids where it is the same."""

Number = Annotated[int, Field(strict=True, ge=0, lt=2**31)]
BigNumber = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
NumberedId = Annotated[str, Path(json_schema_extra={"pattern": "^(0|[1-9][0-9]{0,17})$"})]
"""The same of what is numbered."""
_NUMBER = re.compile("0|[1-9][0-9]{0,17}")
SmallNumber = Annotated[int, Field(strict=True, ge=0, lt=2**15)]

Name = Annotated[str, StringConstraints(max_length=500), AfterValidator(without_nul)]
"""A text of a row by which a list goes: one that the database can hold."""

PART_BYTES = 1024 * 1024
"""What the items of a part of a list weigh at the most as JSON, unless it is one item alone: a
hundred orders or notices with the longest texts would keep everybody else waiting."""

Row = TypeVar("Row")
Item = TypeVar("Item")
Position = TypeVar("Position")


def identifier(text: str, what: str) -> UUID:
    """Return an id from an address.

    Raises:
        Problem: it is no id, or in another spelling than it was given, and so names nothing (404,
            as for one that is not known).
    """
    try:
        return exact_uuid(text)
    except ValueError:
        raise not_found(what) from None


def number(text: str, what: str) -> int:
    """Return the number of what is numbered, from an address.

    Raises:
        Problem: it is none as they are given, and so names nothing (404).
    """
    if not _NUMBER.fullmatch(text):
        raise not_found(what)
    return int(text)


def read(cursor: str | None, position: TypeAdapter[Position]) -> Position | None:
    """Return where a cursor points to; None where there is none.

    Raises:
        Problem: it is none of ours.
    """
    if cursor is None:
        return None
    try:
        return position.validate_python(json.loads(base64.b64decode(cursor, b"-_", validate=True)))
    except (ValueError, binascii.Error, ValidationError, RecursionError) as error:
        raise invalid("query.cursor", "is not a cursor of this list") from error


def shown(rows: Iterable[Row], show: Callable[[Row], Item]) -> list[Item]:
    """Return the rows that can be shown. Another is left out and named in the log, as `check` names
    it: no list is to be lost for one of its rows."""
    items = []
    for row in rows:
        try:
            items.append(show(row))
        except Spoiled as spoiled:
            log.error("left out of a list", what=spoiled.what, because=spoiled.because)
    return items


def page(
    rows: Sequence[Row],
    limit: int,
    show: Callable[[Row], Item],
    position: Callable[[Row], Any],
    beyond: Any = None,
) -> Page[Item]:
    """Return a part of at most `limit` items, from rows of which one more was asked for; fewer
    where rows cannot be shown, or where what they are shown as weighs more than `PART_BYTES`.
    After the last row the list goes on from `beyond`, where that is given."""
    items, taken = weighed(rows[:limit], show)
    place = position(rows[taken - 1]) if len(rows) > taken else beyond
    return Page(items=items, next_cursor=None if place is None else written(place))


def onward(rows: Sequence[Row], limit: int, position: Callable[[Row], Any]) -> str:
    """Return the cursor of what follows a part of `limit` rows, of which one more was asked for;
    empty where nothing does."""
    return written(position(rows[limit - 1])) if len(rows) > limit else ""


def weighed(rows: Sequence[Row], show: Callable[[Row], Item]) -> tuple[list[Item], int]:
    """Return the items of the first rows that together weigh no more than `PART_BYTES`, at least
    one of them, and how many rows these are."""
    items: list[Item] = []
    taken, weight = 0, 0
    for row in rows:
        found = shown([row], show)
        weight += sum(len(to_json(one)) for one in found)
        if weight > PART_BYTES and taken:
            break
        items += found
        taken += 1
    return items, taken


def part(
    rows: Sequence[Row],
    show: Callable[[Row], Item],
    position: Callable[[Row], Any],
    *,
    more: bool,
) -> Page[Item]:
    """Return a part of a list that knows itself whether there is more of it."""
    return Page(items=shown(rows, show), next_cursor=written(position(rows[-1])) if more else None)


def written(position: Any) -> str:
    """Return the cursor that points to a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(position, default=_plain).encode()).decode()


def _plain(part: Any) -> str | int:
    if isinstance(part, OffCalendar):
        return part.microseconds
    if isinstance(part, datetime) and not FIRST_YEAR <= part.year <= LAST_YEAR:
        return microseconds_of(part)
    return str(part)
