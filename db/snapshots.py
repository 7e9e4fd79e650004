"""An order as it was after one of its steps: what notices, mails and webhooks speak of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from db.errors import Spoiled
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
    found = (await of_steps(connection, order_id, [seq])).get(seq)
    if isinstance(found, Spoiled):
        raise found
    return found


async def of_steps(
    connection: Connection, order_id: UUID, steps: Collection[int]
) -> dict[int, StepSnapshot | Spoiled]:
    """Return those of these steps of an order that there are, by their numbers; in place of one
    that cannot be read, the error that says so."""
    found = await of_orders(connection, [(order_id, seq) for seq in steps])
    return {seq: moment for (_, seq), moment in found.items()}


async def of_orders(
    connection: Connection, steps: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], StepSnapshot | Spoiled]:
    """Return the same of steps of several orders, each by its order and its number there."""
    rows = await connection.fetch(
        f"SELECT e.order_id, e.seq, {COLUMNS} FROM unnest($1::uuid[], $2::integer[]) AS s (id, seq)"
        " JOIN events e ON e.order_id = s.id AND e.seq = s.seq AND e.accepted"
        " JOIN orders o ON o.id = e.order_id",
        [order_id for order_id, _ in steps],
        [seq for _, seq in steps],
    )
    return {(row["order_id"], row["seq"]): _read(row) for row in rows}


def _read(row: Record) -> StepSnapshot | Spoiled:
    try:
        with reading(f"entry {row['seq']} of the journal of order {row['order_id']}"):
            return moment(row)
    except Spoiled as spoiled:
        return spoiled


def moment(row: Record) -> StepSnapshot:
    """Return a snapshot from its `COLUMNS`."""
    order = Order.model_validate(row["doc"])
    return StepSnapshot(event=row["event"], at=row["at"], order=order, words=words(row))
