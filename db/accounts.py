"""The platform's own accounts: sums that are kept as they move, and looked up."""

from dataclasses import dataclass

from db.pool import Connection


@dataclass(frozen=True)
class Sum:
    """What all accounts of a kind hold together in one currency, in minor units."""

    kind: str
    currency: str
    amount: int


async def sums(connection: Connection) -> list[Sum]:
    """Return what each kind of account holds, of one instant: all of them come to zero."""
    rows = await connection.fetch(
        "SELECT kind, currency, amount FROM ledger.sums ORDER BY kind, currency"
    )
    return [Sum(**dict(row)) for row in rows]


async def sum_up(connection: Connection) -> bool:
    """Sum what has moved since, in one currency; return whether anything had. Reads add what is not
    summed yet, which is to stay little."""
    moved: bool = await connection.fetchval("SELECT ledger.sum_all()")
    return moved
