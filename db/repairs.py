"""The journal of repairs: what brought orders and their workflows together again, and by whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.pool import Connection


@dataclass(frozen=True)
class Repair:
    """One repair of one order, at an instant in UTC."""

    order_id: UUID
    at: datetime
    by: str
    finding: str
    remedy: str


async def write(connection: Connection, order_id: UUID, by: str, finding: str, remedy: str) -> None:
    """Write down what is about to be done."""
    await connection.execute(
        "INSERT INTO repairs (order_id, by, finding, remedy) VALUES ($1, $2, $3, $4)",
        order_id,
        by,
        finding,
        remedy,
    )


async def latest(connection: Connection, limit: int) -> list[Repair]:
    """Return the latest repairs, oldest first."""
    rows = await connection.fetch(
        "SELECT order_id, at, by, finding, remedy FROM"
        " (SELECT * FROM repairs ORDER BY id DESC LIMIT $1) latest ORDER BY id",
        limit,
    )
    return [Repair(**dict(row)) for row in rows]
