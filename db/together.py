"""Several reads in one round trip, each by the function that makes it anywhere else.

Their statements become one, whose rows have those of each read side by side: so all of them speak
of the same instant, and each gets its rows as it would alone. What a read asks after it has seen
its rows goes into the next round trip, with whatever the others then ask.
"""

import re
from collections.abc import Coroutine, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast, overload

from asyncpg import Record

from db.pool import Connection

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")

Row = dict[str, Any]
Read = Coroutine[Any, Any, A]

_ARGUMENT = re.compile(r"\$(\d+)")


@dataclass(frozen=True)
class _Question:
    sql: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class _Asked:
    """What a read waits for: the rows of each of its questions."""

    questions: list[_Question]

    def __await__(self) -> Generator["_Asked", list[list[Row]], list[list[Row]]]:
        return (yield self)


class _InOneTrip:
    """Stands for the connection in reads that are made together."""

    async def fetch(self, sql: str, *arguments: Any) -> list[Row]:
        (rows,) = await _Asked([_Question(sql, arguments)])
        return rows

    async def fetchrow(self, sql: str, *arguments: Any) -> Row | None:
        return next(iter(await self.fetch(sql, *arguments)), None)

    async def fetchval(self, sql: str, *arguments: Any) -> Any:
        row = await self.fetchrow(sql, *arguments)
        return None if row is None else next(iter(row.values()))


IN_ONE_TRIP = cast("Connection", _InOneTrip())
"""The connection of reads that `together` makes; they may fetch, and do nothing else with it."""


@overload
async def together(connection: Connection, a: Read[A], b: Read[B], /) -> tuple[A, B]: ...
@overload
async def together(
    connection: Connection, a: Read[A], b: Read[B], c: Read[C], /
) -> tuple[A, B, C]: ...
@overload
async def together(
    connection: Connection, a: Read[A], b: Read[B], c: Read[C], d: Read[D], /
) -> tuple[A, B, C, D]: ...
@overload
async def together(
    connection: Connection, a: Read[A], b: Read[B], c: Read[C], d: Read[D], e: Read[E], /
) -> tuple[A, B, C, D, E]: ...
@overload
async def together(
    connection: Connection,
    a: Read[A],
    b: Read[B],
    c: Read[C],
    d: Read[D],
    e: Read[E],
    f: Read[F],
    /,
) -> tuple[A, B, C, D, E, F]: ...
@overload
async def together(
    connection: Connection,
    a: Read[A],
    b: Read[B],
    c: Read[C],
    d: Read[D],
    e: Read[E],
    f: Read[F],
    g: Read[G],
    /,
) -> tuple[A, B, C, D, E, F, G]: ...
async def together(connection: Connection, *reads: Read[Any]) -> tuple[Any, ...]:
    """Make reads of `IN_ONE_TRIP` together, and return what each of them does.

    Raises:
        Exception: whatever one of them raises; the others are given up.
    """
    found: dict[int, Any] = {}
    answers: dict[int, Any] = dict.fromkeys(range(len(reads)))
    try:
        while answers:
            asked = dict(_asked(reads, answers, found))
            answers = await _answers(connection, asked) if asked else {}
    finally:
        for read in reads:
            read.close()
    return tuple(found[at] for at in range(len(reads)))


def _asked(
    reads: Sequence[Read[Any]], answers: dict[int, Any], found: dict[int, Any]
) -> Iterator[tuple[int, list[_Question]]]:
    """Give each read its answer, and yield what it asks next, or note what it found."""
    for at, answer in answers.items():
        try:
            asked = reads[at].send(answer)
        except StopIteration as ended:
            found[at] = ended.value
        else:
            yield at, asked.questions


async def _answers(
    connection: Connection, asked: dict[int, list[_Question]]
) -> dict[int, list[list[Row]]]:
    questions = [one for some in asked.values() for one in some]
    rows = iter(await _rows_of(connection, questions))
    return {at: [next(rows) for _ in some] for at, some in asked.items()}


async def _rows_of(connection: Connection, questions: list[_Question]) -> list[list[Row]]:
    if connection is IN_ONE_TRIP:  # reads within a read: their statements join those beside it
        return await _Asked(questions)
    arguments = [value for one in questions for value in one.arguments]
    found = await connection.fetch(_side_by_side(questions), *arguments)
    return [_part(found, at) for at in range(len(questions))]


def _side_by_side(questions: list[_Question]) -> str:
    """Return one statement for several: it has the first rows of all of them side by side, then the
    second ones, and so on. Before the columns of each stands the number of its row."""
    joined, numbers, taken = "", list[str](), 0
    for at, one in enumerate(questions):
        numbered = (
            f'(SELECT row_number() OVER () AS "{_number(at)}", asked.*'
            f" FROM ({_renumbered(one.sql, taken)}) AS asked) AS part{at}"
        )
        number = f'part{at}."{_number(at)}"'
        before = f" ON {number} = coalesce({', '.join(numbers)})" if numbers else ""
        joined += f"{' FULL JOIN ' if numbers else ''}{numbered}{before}"
        numbers.append(number)
        taken += len(one.arguments)
    return f"SELECT * FROM {joined} ORDER BY coalesce({', '.join(numbers)})"


def _renumbered(sql: str, taken: int) -> str:
    """Return SQL whose arguments come after so many of others."""
    return _ARGUMENT.sub(lambda found: f"${int(found[1]) + taken}", sql)


def _number(at: int) -> str:
    return f"row of {at}"


def _part(found: list[Record], at: int) -> list[Row]:
    """Return the rows of one of the statements."""
    if not found:
        return []
    names = list(found[0].keys())
    first = names.index(_number(at)) + 1
    last = names.index(_number(at + 1)) if _number(at + 1) in names else len(names)
    columns = names[first:last]
    return [
        dict(zip(columns, row[first:last], strict=True))
        for row in found
        if row[first - 1] is not None
    ]
