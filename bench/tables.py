"""Tables of figures, for a terminal and for a page alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table with its title, its column heads, its rows and what has to be known to read it."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def figure(value: float) -> str:
    """Return a number as it is read: three digits that count, thousands apart."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(values: Sequence[float]) -> str:
    """Return the least and the greatest of several rounds."""
    return f"{figure(min(values))}–{figure(max(values))}"


def as_markdown(table: Table) -> Iterator[str]:
    """Yield the lines of a table on a page."""
    yield from (f"## {table.title}", "")
    yield f"| {' | '.join(table.heads)} |"
    yield f"|{'---|' * len(table.heads)}"
    for row in table.rows:
        yield f"| {' | '.join(row)} |"
    yield ""
    if table.note:
        yield from (table.note, "")
