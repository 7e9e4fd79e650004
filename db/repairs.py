"""The journal of repairs: what brought orders and their workflows together again, and by whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.pool import Connection


@dataclass(frozen=True)
class Repair:
    """One repair of one order, at an instant in UTC. `accepted` says whether it was done, None
    where nobody has noted it; `refusal` is why it was not."""

    order_id: UUID
    at: datetime
    by: str
    finding: str
    remedy: str
    accepted: bool | None
    refusal: str | None


async def write(
    connection: Connection,
    order_id: UUID,
    by: str,
    finding: str,
    remedy: str,
    deed_id: int | None = None,
) -> None:
    """Write down what is about to be done, and which deed it is in the operators' journal."""
    await connection.execute(
        "INSERT INTO repairs (order_id, by, finding, remedy, deed_id) VALUES ($1, $2, $3, $4, $5)",
        order_id,
        by,
        finding,
        remedy,
        deed_id,
    )


async def latest(connection: Connection, limit: int) -> list[Repair]:
    """Return the latest repairs, oldest first."""
    rows = await connection.fetch(
        "SELECT latest.order_id, latest.at, by, finding, remedy, o.refusal,"
        " CASE WHEN o.deed_id IS NOT NULL THEN o.refusal IS NULL END AS accepted FROM"
        " (SELECT * FROM repairs ORDER BY id DESC LIMIT $1) latest"
        " LEFT JOIN deed_outcomes o USING (deed_id) ORDER BY latest.id",
        limit,
    )
    return [Repair(**dict(row)) for row in rows]
