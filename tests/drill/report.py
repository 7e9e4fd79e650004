"""A drill in words and figures."""

from collections.abc import Iterator, Sequence

from tests.drill.after import Outcome
from tests.drill.first_stack import Rescued

COLUMNS = (
    *("way", "orders", "unknown", "lost orders", "gone back", "lost transfers", "differing"),
    *("repairs", "orphans", "seconds", "violations"),
)
SHOWN = 20


def report(rescued: Rescued, played: Sequence[tuple[Outcome, list[str]]]) -> Iterator[str]:
    """Lines for people: what was there, what came back in each way, and what does not hold."""
    there = rescued.books
    yield (
        f"lost: {len(there.orders)} orders, {len(there.open)} of them open,"
        f" {len(there.transfers)} transfers, {len(rescued.events)} events that a backend has kept"
    )
    rows = [COLUMNS, *(_row(outcome, found) for outcome, found in played)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(COLUMNS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for outcome, found in played:
        yield from (f"✗ {outcome.way.name}: {line}" for line in found[:SHOWN])


def _row(outcome: Outcome, found: Sequence[str]) -> tuple[str, ...]:
    lost, checked = outcome.back.lost.document, outcome.mended.checked.document
    gone = sum(one["now"] is None for one in lost["orders"])
    figures = (
        *(len(outcome.back.books.orders), lost["unknown"], gone, len(lost["orders"]) - gone),
        *(len(lost["transfers"]), len(checked["workflows"])),
        *(outcome.mended.repaired.output.count("\n  the repair "), len(outcome.mended.orphans)),
        *(round(outcome.seconds), len(found)),
    )
    return (outcome.way.name, *map(str, figures))
