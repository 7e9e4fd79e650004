"""What an operator's list of orders can show of each, beside its title and its state."""

from collections.abc import Iterable
from enum import StrEnum

from texts.catalogue import msg


class Column(StrEnum):
    """A column of the list, as its address says it."""

    WAITS_FOR = "waits_for"
    DEADLINE = "deadline"
    ESCROW = "escrow"
    BUYER = "buyer"
    SELLER = "seller"
    PLACED = "placed"
    WORKFLOW = "workflow"


HEADS: dict[Column, str] = {
    Column.WAITS_FOR: msg("Waits for"),
    Column.DEADLINE: msg("Deadline, and then"),
    Column.ESCROW: msg("In escrow"),
    Column.BUYER: msg("Buyer"),
    Column.SELLER: msg("Seller"),
    Column.PLACED: msg("Placed"),
    Column.WORKFLOW: "Temporal",  # a name, the same in every language
}
USUAL = (Column.WAITS_FOR, Column.DEADLINE, Column.ESCROW, Column.WORKFLOW)
"""What is shown where nobody has chosen."""

BESIDE = (Column.WAITS_FOR, Column.DEADLINE, Column.ESCROW)
"""What there is room for where the list stands beside something."""


def chosen(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Return the columns in their order, and the usual ones where none was chosen."""
    asked = set(columns)
    return tuple(one for one in Column if one in asked) or USUAL
