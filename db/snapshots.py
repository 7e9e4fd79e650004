"""An order as it was after one of its steps, or when a message was written on it: what notices,
mails and webhooks speak of."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from db import messages
from db.errors import Spoiled
from db.orders import words, words_of
from db.pool import Connection
from db.reading import reading
from domain.conversation import number_told
from domain.notices import MESSAGE
from domain.order import Order
from domain.order_texts import OrderTexts


@dataclass(frozen=True)
class StepSnapshot:
    """An event and its instant (UTC), and the order after it with the texts that belonged to it
    then: those of the step's own request among them, or the message."""

    event: str
    at: datetime
    order: Order
    words: OrderTexts


_OWN = "(CASE WHEN m.number IS NULL THEN e.request_id END)"
_EVENT = f"CASE WHEN m.number IS NULL THEN e.event ELSE '{MESSAGE}' END AS event"
COLUMNS = f"""
    {_EVENT},
    {messages.COLUMNS.replace("m.at", "coalesce(m.at, e.at) AS at")},
    e.doc, {words_of("e.doc", _OWN)}
"""
"""What `moment` reads, of an order `o` and what `told_of` finds."""


def told_of(told: str) -> str:
    """Return SQL that joins what is told of by `seq` and `order_id` of `told`: a step `e`, or a
    message `m` with the step on which it was written."""
    return f"""
        LEFT JOIN messages m ON m.order_id = {told}.order_id AND m.number = -{told}.seq
        JOIN events e ON e.order_id = {told}.order_id AND e.seq = coalesce(m.step, {told}.seq)
    """


def name(order_id: UUID, seq: int) -> str:
    """Return what is told of as it is called where it cannot be read."""
    number = number_told(seq)
    what = f"entry {seq} of the journal" if number is None else f"message {number}"
    return f"{what} of order {order_id}"


async def get(connection: Connection, order_id: UUID, seq: int) -> StepSnapshot | None:
    """Return a step of an order, or by minus its number a message; None where there is none.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    found = (await of_steps(connection, order_id, [seq])).get(seq)
    if isinstance(found, Spoiled):
        raise found
    return found


async def event_of(connection: Connection, order_id: UUID, seq: int) -> str | None:
    """Return what a step of an order, or by minus its number a message, is called; None where there
    is none."""
    event: str | None = await connection.fetchval(
        f"SELECT {_EVENT} FROM (VALUES ($1::uuid, $2::integer)) AS told (order_id, seq)"
        f" {told_of('told')} WHERE e.accepted",
        order_id,
        seq,
    )
    return event


async def of_steps(
    connection: Connection, order_id: UUID, steps: Collection[int]
) -> dict[int, StepSnapshot | Spoiled]:
    """Return those of these steps and messages of an order that there are, by their numbers (of
    messages minus these); in place of one that cannot be read, the error that says so."""
    found = await of_orders(connection, [(order_id, seq) for seq in steps])
    return {seq: moment for (_, seq), moment in found.items()}


async def of_orders(
    connection: Connection, steps: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], StepSnapshot | Spoiled]:
    """Return the same of steps and messages of several orders, each by its order and its number
    there."""
    rows = await connection.fetch(
        f"SELECT told.order_id, told.seq, {COLUMNS}"
        " FROM unnest($1::uuid[], $2::integer[]) AS told (order_id, seq)"
        f" {told_of('told')} JOIN orders o ON o.id = told.order_id WHERE e.accepted",
        [order_id for order_id, _ in steps],
        [seq for _, seq in steps],
    )
    return {(row["order_id"], row["seq"]): _read(row) for row in rows}


def _read(row: Record) -> StepSnapshot | Spoiled:
    try:
        with reading(name(row["order_id"], row["seq"])):
            return moment(row)
    except Spoiled as spoiled:
        return spoiled


def moment(row: Record) -> StepSnapshot:
    """Return a snapshot from its `COLUMNS`."""
    order, said = Order.model_validate(row["doc"]), words(row)
    if row["number"] is not None:
        said = replace(said, message=messages.message_in(row))
    return StepSnapshot(event=row["event"], at=row["at"], order=order, words=said)
