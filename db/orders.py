"""Orders as people read them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from db.display_names import name_of
from db.messages import ReadMark
from db.odd_values import AnyInstant, OffCalendar
from db.pool import Connection
from db.reading import reading
from db.requests import Outcome, outcome_of
from domain.metadata import as_metadata
from domain.order import Order
from domain.order_texts import OrderTexts
from domain.step import Stored
from domain.vocabulary import Role

AT_ONCE = 100
"""Undecided requests that a workflow is handed together; the relay brings it the others."""


@dataclass(frozen=True)
class OrderRow:
    """An order with the words that belong to it, and when it was read, by the clock that deadlines
    are judged by. `entries` is how many its journal has, `messages` how many there are, `marks` how
    far each person has read them: up to which, and how many of their own came after it."""

    order: Order
    words: OrderTexts
    created_at: datetime
    read_at: datetime
    entries: int = 0
    messages: int = 0
    marks: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def read_mark(self, user_id: str) -> ReadMark:
        """Return how far somebody has read the messages."""
        up_to, own_beyond = self.marks.get(user_id, (0, 0))
        return ReadMark(up_to, self.messages - up_to - own_beyond)


@dataclass(frozen=True)
class Listed:
    """An order in a list that nobody has read yet, and its place there: when it was placed, or when
    its dispute was opened."""

    id: UUID
    at: datetime
    row: Record = field(repr=False)

    def read(self) -> OrderRow:
        """Return the order.

        Raises:
            Spoiled: what is kept of it cannot be read.
        """
        return _row(self.row)


def words_of(doc: str, own: str = "NULL") -> str:
    """Return the columns that `words` reads, for an order `o` as the document `doc` has it. The
    texts of the request that `own` names belong to it too."""
    return f"""
        o.title, o.brief, o.titles, {own}::text AS step_request,
        (SELECT jsonb_build_object('external_id', m.external_id, 'metadata', m.metadata)
         FROM order_metadata m WHERE m.order_id = o.id) AS marketplace,
        {name_of("o.buyer_id")} AS buyer_name, {name_of("o.seller_id")} AS seller_name,
        (SELECT jsonb_object_agg(r.request_id, said.fields)
         FROM (SELECT {_ids(doc, *_SHOWN_WHOLE)} || {own}::text AS whole,
                      {_ids(doc, "lines[*].id")} AS bought) ids
         JOIN requests r ON r.order_id = o.id AND r.request_id = ANY (ids.whole || ids.bought)
         CROSS JOIN LATERAL (SELECT CASE WHEN r.request_id = ANY (ids.whole) THEN r.fields
             ELSE jsonb_build_object('title', r.fields->'title') END AS fields) said
        ) AS requests
    """


_SHOWN_WHOLE = ("offer.id", "settlements[*].id", "cancellation_request.id", "dispute.request_id")
"""Where a document names requests of which it shows the words. Of an offer that was bought it shows
the title: an order may have a hundred, and would carry their descriptions through every read."""


def _ids(doc: str, *where: str) -> str:
    """Return SQL for the ids that a document has in these places, as an array of texts."""
    found = " || ".join(f"jsonb_path_query_array({doc}, '$.{one}')" for one in where)
    return f"ARRAY(SELECT jsonb_array_elements_text({found}))"


# By the index that keeps accounts apart; of an order one, as long as nobody writes there by hand.
_PAID_IN = """
    ARRAY(SELECT a.currency::text FROM ledger.account a
          WHERE a.owner = o.id::text AND a.kind = 'escrow') AS paid_in
"""

# Kept as they change, and found by the primary keys: no list counts messages.
_TALK = """
    (SELECT c.messages FROM conversations c WHERE c.order_id = o.id) AS messages,
    (SELECT jsonb_object_agg(m.user_id, jsonb_build_array(m.up_to, m.own_beyond))
     FROM conversation_members m WHERE m.order_id = o.id) AS marks
"""


def select_orders(*more: str) -> str:
    """Return a query for orders `o`, with more columns beside those of `OrderRow`."""
    own = ("o.id", "o.buyer_id", "o.seller_id", "o.doc", "o.created_at", "o.events AS entries")
    columns = (*own, _PAID_IN, _TALK, *more)
    # Not now(), which is when the transaction began: deadlines are judged by this clock.
    return (
        f"SELECT {', '.join(columns)}, moved(clock_timestamp()) AS read_at, {words_of('o.doc')}"
        " FROM orders o "
    )


_ORDER = select_orders()


async def get(connection: Connection, order_id: UUID) -> OrderRow | None:
    """Return one order, or None.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    row = await connection.fetchrow(_ORDER + "WHERE o.id = $1", order_id)
    return _row(row) if row else None


THERE = "SELECT id FROM orders WHERE id = ANY ($1::uuid[])"
"""Those of some orders that there are."""


async def there(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of these orders that there are."""
    return {row["id"] for row in await connection.fetch(THERE, ids)}


async def many_are_overdue(connection: Connection, most: int) -> bool:
    """Return whether the deadlines of more than `most` orders have passed and nothing has followed
    yet."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM sought_orders"
        " WHERE deadline_at < moved(now()) LIMIT $1 + 1) AS overdue",
        most,
    )
    return found > most


async def sides_of(connection: Connection, user_id: str) -> frozenset[Role]:
    """Return on which sides of orders somebody has ever been, by one look into an index each."""
    row = await connection.fetchrow(
        "SELECT EXISTS (SELECT FROM orders WHERE buyer_id = $1) AS buyer,"
        " EXISTS (SELECT FROM orders WHERE seller_id = $1) AS seller",
        user_id,
    )
    return frozenset(Role(side) for side, is_one in dict(row or {}).items() if is_one)


async def sold(connection: Connection, service_ids: Sequence[UUID], most: int) -> dict[UUID, int]:
    """Return how often each of these services was ordered; no more than `most` are counted."""
    rows = await connection.fetch(
        "SELECT asked.id, (SELECT count(*) FROM (SELECT FROM orders o"
        " WHERE o.service_id = asked.id LIMIT $2) AS few) AS sold"
        " FROM unnest($1::uuid[]) AS asked (id)",
        list(service_ids),
        most,
    )
    return {row["id"]: row["sold"] for row in rows}


async def stored(connection: Connection, order_id: UUID) -> Stored:
    """Return an order with its oldest `AT_ONCE` undecided requests, as signals carry them.

    Raises:
        LookupError: there is no such order.
    """
    row = await connection.fetchrow(
        "SELECT o.doc, ARRAY(SELECT r.signal || jsonb_build_object('action', r.action,"
        "  'request_id', r.request_id, 'received_at', r.received_at)"
        "  FROM requests r WHERE r.order_id = o.id AND r.outcome IS NULL"
        "  ORDER BY r.received_at, r.request_id LIMIT $2) AS requests"
        " FROM orders o WHERE o.id = $1",
        order_id,
        AT_ONCE,
    )
    if row is None:
        raise LookupError(order_id)
    return Stored(order=Order.model_validate(row["doc"]), requests=tuple(row["requests"]))


async def after_request(
    connection: Connection, order_id: UUID, request_id: str
) -> tuple[OrderRow, Outcome] | None:
    """Return the order and the outcome of a request, once it has one.

    Raises:
        Spoiled: what is kept of the order cannot be read.
    """
    row = await connection.fetchrow(
        select_orders("q.outcome") + "JOIN requests q ON q.order_id = o.id"
        " WHERE o.id = $1 AND q.request_id = $2 AND q.outcome IS NOT NULL",
        order_id,
        request_id,
    )
    return (_row(row), outcome_of(row["outcome"])) if row else None


DISPUTES = f"""
    WITH way AS MATERIALIZED (
        SELECT opened_at, order_id FROM disputed_orders
        WHERE (opened_at, order_id) > ($1::timestamptz, $2::uuid)
        ORDER BY opened_at, order_id LIMIT $3
    )
    {select_orders("way.opened_at")} JOIN way ON way.order_id = o.id
    ORDER BY way.opened_at, o.id
"""

_FIRST = OffCalendar(-(2**63)), UUID(int=0)
"""Before every place in the queue."""


async def disputes(
    connection: Connection, after: tuple[AnyInstant, UUID] | None, limit: int
) -> list[Listed]:
    """Return the orders in dispute, the longest waiting first."""
    rows = await connection.fetch(DISPUTES, *(after or _FIRST), limit)
    return [Listed(row["id"], row["opened_at"], row) for row in rows]


async def mark_started(connection: Connection, order_ids: Collection[UUID]) -> None:
    """Note that the workflows of these orders run."""
    await connection.execute(
        "UPDATE orders SET started_at = moved(now())"
        " WHERE id = ANY ($1::uuid[]) AND started_at IS NULL",
        list(order_ids),
    )


async def not_started(connection: Connection, limit: int, but: Sequence[UUID] = ()) -> list[Listed]:
    """Return orders, but for these, placed some seconds ago whose workflow nobody has seen
    start."""
    # The API starts it just after placing: for some seconds that is under way and not forgotten.
    rows = await connection.fetch(
        "WITH missing AS (SELECT order_id FROM listed_orders WHERE NOT started"
        "  AND created_at < moved(now()) - interval '3 seconds' AND order_id <> ALL ($2::uuid[])"
        "  ORDER BY created_at LIMIT $1) "
        + _ORDER
        + "JOIN missing ON missing.order_id = o.id ORDER BY o.created_at",
        *(limit, but),
    )
    return [Listed(row["id"], row["created_at"], row) for row in rows]


def _row(row: Record) -> OrderRow:
    with reading(f"order {row['id']}", _people(row)):
        order = Order.model_validate(row["doc"])
        if order.id != str(row["id"]):
            raise ValueError("another order's document")
        if set(row["paid_in"]) - {order.currency}:
            raise ValueError("money in another currency")
        return OrderRow(
            order=order,
            words=words(row),
            created_at=row["created_at"],
            read_at=row["read_at"],
            entries=row["entries"],
            messages=row["messages"] or 0,
            marks=row["marks"] or {},
        )


def _people(row: Record) -> list[str]:
    """Return who may know of an order whose document may be anything: its parties, its mediator."""
    dispute = row["doc"].get("dispute") if isinstance(row["doc"], dict) else None
    mediator = dispute.get("mediator_id") if isinstance(dispute, dict) else None
    return [row["buyer_id"], row["seller_id"], *([mediator] if isinstance(mediator, str) else [])]


def words(row: Record) -> OrderTexts:
    """Return an order's texts, from the columns of `words_of`.

    Raises:
        ValueError: its metadata is none.
    """
    own = row["marketplace"] or {"external_id": None, "metadata": {}}
    return OrderTexts(
        title=row["title"],
        brief=row["brief"],
        titles=row["titles"],
        requests=row["requests"] or {},
        step_request=row["step_request"],
        external_id=own["external_id"],
        metadata=as_metadata(own["metadata"]),
        buyer_name=row["buyer_name"],
        seller_name=row["seller_name"],
    )
