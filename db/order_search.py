"""Orders as lists look for them: along indexes in the order of the list, a bounded way at a time.

However filters are combined, a statement goes along at most `WALK` orders: those of one person, of
one service, in some states, with some words, or all. What else is asked for is looked at one by
one. Where the way ends before the part is full, the part says from where the next goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from db.display_names import named
from db.needs import COLUMNS, IS_FROZEN, NEED, Need
from db.odd_values import AnyInstant
from db.orders import Listed, select_orders
from db.pool import Connection
from db.sought_text import SoughtText, sought_text
from domain.vocabulary import OPEN_STATES, State

WALK = 10_000
"""Orders that a statement looks at."""

Place = tuple[AnyInstant, UUID]


@dataclass(frozen=True)
class Sought:
    """What the orders of a list have in common; None for what may be anything. With
    `updated_since` the list goes by what changed, the oldest change first; without, by age, the
    newest first. An order has one buyer: of two different `buyer_ids` there is none. With a need, a
    bound of their deadline, or frozen by a dispute of their payment, they are among those that
    run."""

    party: str | None = None
    buyer_ids: Sequence[str] = ()
    seller_ids: Sequence[str] = ()
    service_id: UUID | None = None
    states: Sequence[State] = ()
    updated_since: datetime | None = None
    text: str | None = None
    external_id: str | None = None
    needs: Sequence[Need] = ()
    is_frozen: bool = False
    deadline_from: datetime | None = None
    deadline_before: datetime | None = None

    @property
    def along(self) -> Sequence[State]:
        """Return the states in which they may be; none where that can be any."""
        runs = self.needs or self.is_frozen or self.deadline_from or self.deadline_before
        return self.states or (OPEN_STATES if runs else ())


@dataclass(frozen=True)
class FoundOrders:
    """Orders in the order of their list, and from where it goes on after a way on which there were
    no more; None where the whole list is through, or more than enough was found."""

    rows: list[Listed]
    beyond: Place | None


class _Arguments(list[Any]):
    def __call__(self, value: Any, kind: str) -> str:
        """Note an argument, and return how SQL names it."""
        self.append(value)
        return f"${len(self)}::{kind}"


async def page(
    connection: Connection,
    sought: Sought,
    after: Place | None,
    limit: int,
    *,
    with_needs: bool = False,
    text: SoughtText | None = None,
) -> FoundOrders:
    """Return up to `limit` orders from after a place in the list; on request with what they need,
    in the columns of `db.needs`. `text` is what their text can mean, where that was read before."""
    text = text or await text_of(connection, sought)
    more = COLUMNS if with_needs else ()
    sql, arguments = statement(sought, text, after, limit, *more)
    rows = await connection.fetch(sql, *arguments)
    found = [Listed(row["id"], row["at"], row) for row in rows if row["fits"]]
    last = rows[-1] if rows else None
    if last is None or len(found) == limit or last["place"] < WALK:
        return FoundOrders(found, None)
    return FoundOrders(found, (last["at"], last["id"]))


def statement(
    sought: Sought, text: SoughtText | None, after: Place | None, limit: int, *more: str
) -> tuple[str, list[Any]]:
    """Return the SQL and its arguments."""
    found, given = _found(sought, text, after, limit)
    sql = f"""
        {found}
        {select_orders("found.at", "found.place", "found.fits", *more)}
        JOIN found ON found.id = o.id ORDER BY found.place
    """
    return sql, given


async def text_of(connection: Connection, sought: Sought) -> SoughtText | None:
    """Return what the text of the orders that are sought can mean; None where none is asked for."""
    return None if sought.text is None else await sought_text(connection, sought.text)


async def count(
    connection: Connection, sought: Sought, most: int, text: SoughtText | None = None
) -> tuple[int, bool]:
    """Return how many orders there are, up to `most`, and whether that is all of them; `text` as
    for a page of them."""
    text = text or await text_of(connection, sought)
    found, given = _found(sought, text, None, most + 1)
    row = await connection.fetchrow(
        f"{found} SELECT count(*) FILTER (WHERE fits) AS fitting, max(place) AS last FROM found",
        *given,
    )
    fitting, last = (row["fitting"], row["last"] or 0) if row else (0, 0)
    return min(fitting, most), fitting <= most and last < WALK


def _found(
    sought: Sought, text: SoughtText | None, after: Place | None, limit: int
) -> tuple[str, _Arguments]:
    """Return the SQL of the first orders of a list, as `found`, and its arguments."""
    given = _Arguments()
    by_age = sought.updated_since is None
    order = "at DESC, id DESC" if by_age else "at, id"
    fits = " AND ".join(_conditions(sought, text, given)) or "true"
    beyond = ""
    if after is not None:
        at, order_id = given(after[0], "timestamptz"), given(after[1], "uuid")
        beyond = f" AND (at, id) {'<' if by_age else '>'} ({at}, {order_id})"
    ways = _ways_by_age(sought, text, given) if by_age else _ways_by_change(sought, given)
    branches = " UNION ALL ".join(
        f"(SELECT at, id FROM ({way}) AS way WHERE true{beyond} ORDER BY {order} LIMIT {WALK})"
        for way in ways
    )
    distinct = "DISTINCT " if len(ways) > 1 else ""
    # Each order of the way is looked up by its id (OFFSET keeps it so), and only as many as needed.
    sql = f"""
        WITH found AS (
            SELECT way.*, looked_at.fits FROM (
                SELECT at, id, row_number() OVER (ORDER BY {order}) AS place
                FROM (SELECT {distinct}at, id FROM ({branches}) AS ways ORDER BY {order}
                      LIMIT {WALK}) AS walk
            ) AS way
            CROSS JOIN LATERAL (SELECT coalesce({fits}, false) AS fits FROM orders o
                                WHERE o.id = way.id OFFSET 0) AS looked_at
            WHERE looked_at.fits OR way.place = {WALK}
            ORDER BY {order} LIMIT {given(limit, "integer")}
        )
    """
    return sql, given


def _conditions(sought: Sought, text: SoughtText | None, given: _Arguments) -> list[str]:
    """Return all that has to be true of an order `o`."""
    found = [IS_FROZEN] if sought.is_frozen else []
    if sought.party is not None:
        found.append(f"{given(sought.party, 'text')} IN (o.buyer_id, o.seller_id)")
    found += [f"o.buyer_id = {given(one, 'text')}" for one in sought.buyer_ids]
    found += [f"o.seller_id = {given(one, 'text')}" for one in sought.seller_ids]
    if sought.service_id is not None:
        found.append(f"o.service_id = {given(sought.service_id, 'uuid')}")
    if sought.along:
        found.append(f"o.state = ANY ({given(list(sought.along), 'text[]')})")
    if sought.needs:
        found.append(f"({NEED}) = ANY ({given(list(sought.needs), 'text[]')})")
    if sought.deadline_from is not None:
        found.append(f"o.deadline_at >= {given(sought.deadline_from, 'timestamptz')}")
    if sought.deadline_before is not None:
        found.append(f"o.deadline_at < {given(sought.deadline_before, 'timestamptz')}")
    if sought.updated_since is not None:
        found.append(f"o.updated_at >= {given(sought.updated_since, 'timestamptz')}")
    if sought.external_id is not None:
        found.append(f"o.id = {_called(sought.external_id, given)}")
    if text is not None:
        found.append(f"({' OR '.join([*_meanings(text, given), *_called_so(text, given)])})")
    return found


def _called(external_id: str, given: _Arguments) -> str:
    """Return the id of the order that the marketplace calls so."""
    name = given(external_id, "text")
    return f"(SELECT m.order_id FROM order_metadata m WHERE m.external_id = {name})"


def _meanings(text: SoughtText, given: _Arguments) -> list[str]:
    """Return each thing that a text may mean of an order."""
    found = [f"{column} = {given(text.text, 'text')}" for column in ("buyer_id", "seller_id")]
    if text.ids is not None:
        found.append(f"id BETWEEN {given(text.ids[0], 'uuid')} AND {given(text.ids[1], 'uuid')}")
    if text.words is not None:
        found.append(f"title_words(title) @@ {given(text.words, 'text')}::tsquery")
    return found


def _called_so(text: SoughtText, given: _Arguments) -> list[str]:
    """Return whether one of the two sides of an order `o` has the words in their name."""
    if text.words is None:
        return []
    has_words = named("called", given(text.words, "text"))
    return [
        "EXISTS (SELECT FROM display_names called"
        f" WHERE called.user_id IN (o.buyer_id, o.seller_id) AND {has_words})"
    ]


def _ways_by_age(sought: Sought, text: SoughtText | None, given: _Arguments) -> list[str]:
    """Return short ways on which all orders lie that are sought, by when they were placed."""
    of_orders = "SELECT created_at AS at, id FROM orders WHERE {}"
    if sought.external_id is not None:
        return [of_orders.format(f"id = {_called(sought.external_id, given)}")]
    if people := _people(sought, given):
        if sought.along:
            return [one for who in people for one in _in_states(sought, given, f"{who} AND ")]
        return [of_orders.format(one) for one in people]
    if sought.service_id is not None:
        return [of_orders.format(f"service_id = {given(sought.service_id, 'uuid')}")]
    if text is not None and text.is_rare:
        # Collected first: along an index in their order all others would be looked at.
        return [
            f"SELECT at, id FROM ({of_orders.format(one)} OFFSET 0) AS few"
            if "title_words" in one
            else of_orders.format(one)
            for one in [*_meanings(text, given), *_of_people(text.people, given)]
        ]
    if sought.along:
        return _in_states(sought, given)
    return [of_orders.format("true")]


def _in_states(sought: Sought, given: _Arguments, whose: str = "") -> list[str]:
    """Return a way for each state that is sought: of all orders, or of those of somebody."""
    of_state = f"SELECT created_at AS at, order_id AS id FROM sought_orders WHERE {whose}state = "
    return [of_state + given(one, "text") for one in dict.fromkeys(sought.along)]


def _ways_by_change(sought: Sought, given: _Arguments) -> list[str]:
    """Return the same by when they changed last."""
    since = f"updated_at >= {given(sought.updated_since, 'timestamptz')}"
    of_changes = f"SELECT updated_at AS at, order_id AS id FROM sought_orders WHERE {since}"
    if sought.external_id is not None:
        return [f"{of_changes} AND order_id = {_called(sought.external_id, given)}"]
    people = _people(sought, given)
    return [f"{of_changes} AND {one}" for one in people] or [of_changes]


def _of_people(ids: Sequence[str], given: _Arguments) -> list[str]:
    """Return each side of each of these people."""
    return [f"{side} = {given(one, 'text')}" for one in ids for side in ("buyer_id", "seller_id")]


def _people(sought: Sought, given: _Arguments) -> list[str]:
    for column, ids in (("buyer_id", sought.buyer_ids), ("seller_id", sought.seller_ids)):
        if ids:
            return [f"{column} = {given(ids[0], 'text')}"]
    if sought.party is None:
        return []
    return [f"{column} = {given(sought.party, 'text')}" for column in ("buyer_id", "seller_id")]
