"""The two charts: their numbers as a script draws them, and as a table says them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from api.pages.reader import Reader
from db.console_history import Series
from domain.currencies import decimals
from domain.vocabulary import State
from texts.labels import STATES

COLOURS = ("--m-fee", "--m-escrow", "--good", "--you", "--bad", "--ice")
"""The tokens that the lines are drawn in, in this order; each has dashes of its own beside."""


@dataclass(frozen=True)
class Table:
    """A chart in words: the newest day first."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def drawn_escrow(found: Series, currency: str, reader: Reader) -> dict[str, Any]:
    """Return one currency's line, in units that people know."""
    scale = Decimal(10) ** decimals(currency)
    units = [float(Decimal(n) / scale) for n in found.values.get(currency, ())]
    return _drawn(found, {currency: units}, reader, ("--m-escrow",))


def drawn_states(found: Series, reader: Reader) -> dict[str, Any]:
    """Return a line for each state."""
    lines = {_state(state, reader): list(n) for state, n in found.values.items()}
    return _drawn(found, lines, reader)


def _drawn(
    found: Series,
    lines: Mapping[str, Sequence[float]],
    reader: Reader,
    colours: Sequence[str] = COLOURS,
) -> dict[str, Any]:
    return {
        "language": reader.language.value,
        "days": [datetime.combine(day, time(), UTC).timestamp() for day in found.days],
        "lines": [
            {"label": name, "colour": colours[at % len(colours)], "values": list(values)}
            for at, (name, values) in enumerate(lines.items())
        ],
    }


def table_of_escrow(found: Series, reader: Reader) -> Table:
    """Return what was in escrow, a column for each currency."""
    names = list(found.values)
    say = reader.formatter.money
    return _table(found, names, names, lambda name, n: say(n, name))


def table_of_states(found: Series, reader: Reader) -> Table:
    """Return how many orders were in each state."""
    names = list(found.values)
    heads = [_state(name, reader) for name in names]
    return _table(found, names, heads, lambda _, n: reader.formatter.number(n))


def _table(found: Series, names: Sequence[str], heads: Sequence[str], say: Any) -> Table:
    days = list(found.days)
    rows = [
        [day.isoformat(), *(say(name, found.values[name][at]) for name in names)]
        for at, day in enumerate(days)
    ]
    return Table(heads, rows[::-1])


def _state(state: str, reader: Reader) -> str:
    return reader.formatter.say(STATES[State(state)])
