"""Values that PostgreSQL holds and Python does not: instants beyond its calendar, numbers and
depths that no reader of JSON takes.

Read by the driver, one of them would end the query, and with it the list of all the rows beside it.
So each becomes a value that says what it is: only who has to show it minds.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from db.pool import Connection

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""From which PostgreSQL counts."""

NO_DAY = "no day in"
"""What is said before the name of a time zone."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class OffCalendar:
    """An instant that is before the year 1, after the year 9999, or for ever: in microseconds from
    `EPOCH`. It has its place among others, and nobody can be shown it."""

    microseconds: int

    def __lt__(self, other: "datetime | OffCalendar") -> bool:
        return self.microseconds < microseconds_of(other)

    def __le__(self, other: "datetime | OffCalendar") -> bool:
        return self.microseconds <= microseconds_of(other)

    def __gt__(self, other: "datetime | OffCalendar") -> bool:
        return self.microseconds > microseconds_of(other)

    def __ge__(self, other: "datetime | OffCalendar") -> bool:
        return self.microseconds >= microseconds_of(other)

    def __format__(self, _spec: str) -> str:
        return NO_DAY

    def isoformat(self) -> str:
        """Return what no reader takes for an instant."""
        return NO_DAY


@dataclass(frozen=True)
class UnreadableJson:
    """A document that PostgreSQL keeps and no reader here takes; as such it has no fields."""

    because: str


AnyInstant: TypeAlias = datetime | OffCalendar


def on_calendar(instant: AnyInstant) -> datetime:
    """Return an instant that people can be shown.

    Raises:
        ValueError: it is none.
    """
    if isinstance(instant, OffCalendar):
        raise ValueError(NO_DAY)
    return instant


def microseconds_of(instant: AnyInstant) -> int:
    """Return an instant as PostgreSQL counts it."""
    if isinstance(instant, OffCalendar):
        return instant.microseconds
    return (instant.astimezone(UTC) - EPOCH) // _MICROSECOND


async def speak_instants(connection: "Connection") -> None:
    """Make instants Python's, or `OffCalendar`."""
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        encoder=lambda instant: (microseconds_of(instant),),
        decoder=_instant,
        format="tuple",
    )


def _instant(read: tuple[int]) -> AnyInstant:
    try:
        return EPOCH + timedelta(microseconds=read[0])
    except OverflowError:
        return OffCalendar(read[0])


def read_json(text: str) -> Any:
    """Return a document, or `UnreadableJson`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return UnreadableJson(type(error).__name__)
