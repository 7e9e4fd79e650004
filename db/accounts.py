"""The platform's own accounts: sums that are kept as they move, and looked up."""

from dataclasses import dataclass

from db.pool import Connection
from domain.ledger import AccountKind


@dataclass(frozen=True)
class Sum:
    """What all accounts of a kind hold together in one currency, in minor units."""

    kind: str
    currency: str
    amount: int


async def sums(connection: Connection) -> list[Sum]:
    """Return what each kind of account holds in each currency that there is, of one instant: in
    each all of them come to zero."""
    rows = await connection.fetch("SELECT kind, currency, amount FROM ledger.sums")
    held = {(row["currency"], row["kind"]): row["amount"] for row in rows}
    return [
        Sum(kind, currency, held.get((currency, kind), 0))
        for currency in sorted({row["currency"] for row in rows})
        for kind in AccountKind
    ]


async def sum_up(connection: Connection) -> bool:
    """Sum what has moved since, in one currency; return whether anything had. Reads add what is not
    summed yet, which is to stay little."""
    moved: bool = await connection.fetchval("SELECT ledger.sum_all()")
    return moved


async def sum_in_turn(connection: Connection, _most: int) -> bool:
    """Sum what has moved in the currency in which most has; the others have time."""
    await sum_up(connection)
    return False
