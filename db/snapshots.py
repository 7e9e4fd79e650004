"""An order as it was after one of its steps: what notices, mails and webhooks speak of."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from db.orders import words, words_of
from db.pool import Connection
from db.reading import reading
from domain.order import Order
from domain.order_texts import OrderTexts


@dataclass(frozen=True)
class StepSnapshot:
    """An event and its instant (UTC), and the order after it with the texts that belonged to it
    then: those of the step's own request among them."""

    event: str
    at: datetime
    order: Order
    words: OrderTexts


COLUMNS = f"e.event, e.at, e.doc, {words_of('e.doc', 'e.request_id')}"
"""What `moment` reads, of a step `e` of an order `o`."""


async def get(connection: Connection, order_id: UUID, seq: int) -> StepSnapshot | None:
    """Return a step of an order; None where there is none of this number.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM events e JOIN orders o ON o.id = e.order_id"
        " WHERE e.order_id = $1 AND e.seq = $2 AND e.accepted",
        order_id,
        seq,
    )
    if row is None:
        return None
    with reading(f"entry {seq} of the journal of order {order_id}"):
        return moment(row)


def moment(row: Record) -> StepSnapshot:
    """Return a snapshot from its `COLUMNS`."""
    order = Order.model_validate(row["doc"])
    return StepSnapshot(event=row["event"], at=row["at"], order=order, words=words(row))
