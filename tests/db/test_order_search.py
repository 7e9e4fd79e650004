"""However orders are looked for, a statement reads a bounded way of them and no more, by index.

The way is shortened here, and the orders are many times as many.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from db import order_search, sought_text
from db.order_search import Sought, statement
from db.pool import Connection, speak_json
from db.sought_text import FEW_PEOPLE, SoughtText, ids_beginning
from domain.vocabulary import State
from embedded.postgres import Postgres
from tests.conftest import copy_of_template
from tests.db.market import Owner

MANY, WALK = 30_000, 100
SERVICE = UUID(int=1)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
FILLED = f"""
ALTER TABLE orders DISABLE TRIGGER ALL;
INSERT INTO services (id, seller_id, title, price, currency, delivery_time, revision_time)
VALUES ('{SERVICE}', 'whale', 'A logo', 1, 'EUR', '1 day', '1 day');
INSERT INTO orders (id, buyer_id, seller_id, service_id, title, brief, titles, state, version, doc,
                    created_at, updated_at)
SELECT gen_random_uuid(), 'buyer-' || n % 1000, 'whale', '{SERVICE}',
       CASE WHEN n % 1000 = 7 THEN 'A rare fish' ELSE 'A logo' END, repeat('x', 500), '{{}}',
       CASE WHEN n % 1000 = 8 THEN 'disputed' ELSE 'completed' END, 1, '{{}}',
       timestamptz '2026-01-01 00:00Z' + n * interval '1 second',
       timestamptz '2026-01-01 00:00Z' + (n * 7919 % {MANY}) * interval '1 minute'
FROM generate_series(1, {MANY}) AS n;
INSERT INTO sought_orders (order_id, buyer_id, seller_id, state, created_at, updated_at)
SELECT id, buyer_id, seller_id, state, created_at, updated_at FROM orders;
ALTER TABLE orders ENABLE TRIGGER ALL;
"""
FREQUENT = SoughtText("logo", "'logo':*", is_rare=False, ids=None)
RARE = SoughtText("rare", "'rare':*", is_rare=True, ids=ids_beginning("00000000"))
CALLED = SoughtText("mo", "'mo':*", is_rare=True, ids=None, people=("buyer-3", "buyer-5"))
FILTERS: dict[str, Any] = {
    "buyer_ids": ("buyer-8",),
    "seller_ids": ("whale",),
    "service_id": SERVICE,
    "states": (State.DISPUTED, State.PENDING),
    "updated_since": SINCE,
    "text": "typed",
    "party": "buyer-9",
}
TABLES = {"orders", "sought_orders"}


@pytest.fixture(scope="module")
async def crowded(postgres: Postgres) -> AsyncIterator[Owner]:
    """A database with many orders."""
    connection = await asyncpg.connect(await copy_of_template(postgres))
    await speak_json(connection)
    await connection.execute(FILLED)
    await connection.execute("VACUUM (ANALYZE) orders, sought_orders")
    yield connection
    await connection.close()


@pytest.fixture(autouse=True)
def short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_search, "WALK", WALK)


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield plan
    for one in plan.get("Plans", ()):
        yield from nodes(one)


async def plan_of(connection: Connection, sql: str, given: Sequence[Any]) -> Any:
    explained = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *given)
    return json.loads(explained)[0]["Plan"]


def read(node: dict[str, Any]) -> int:
    """How many rows a step went through."""
    removed = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    rows: float = (node["Actual Rows"] + removed) * node["Actual Loops"]
    return round(rows)


def combined() -> Iterator[tuple[str, ...]]:
    for number in range(len(FILTERS) + 1):
        yield from combinations(FILTERS, number)


@pytest.mark.parametrize("text", [FREQUENT, RARE, CALLED], ids=["frequent", "rare", "called"])
@pytest.mark.parametrize("later", [False, True], ids=["from the start", "further on"])
async def test_no_combination_reads_or_sorts_more_than_its_way(
    text: SoughtText, later: bool, crowded: Owner
) -> None:
    for chosen in combined():
        sought = Sought(**{name: FILTERS[name] for name in chosen})
        after = (SINCE + timedelta(hours=4), UUID(int=9)) if later else None
        typed = text if sought.text else None
        plan = await plan_of(crowded, *statement(sought, typed, after, 21))
        for node in nodes(plan):
            assert node["Node Type"] != "Seq Scan" or node.get("Relation Name") not in TABLES, (
                chosen
            )
            # Of rare words there are 30, on at most four ways.
            assert read(node) <= 5 * WALK, (chosen, node["Node Type"], read(node))


async def test_a_part_that_is_full_reads_hardly_more_than_it_gives(crowded: Owner) -> None:
    limit = 21
    for chosen in ((), ("seller_ids",), ("service_id",), ("updated_since",)):
        sought = Sought(**{name: FILTERS[name] for name in chosen})
        plan = await plan_of(crowded, *statement(sought, None, None, limit))
        assert max(read(node) for node in nodes(plan)) <= 2 * limit, chosen


async def test_words_are_looked_up_in_their_index(crowded: Owner) -> None:
    for text in ("rare", "a logo", "nothing"):
        plan = await plan_of(crowded, sought_text._MEANS, [text, WALK, FEW_PEOPLE])
        indexes = {node.get("Index Name") for node in nodes(plan)} - {None}
        assert {"orders_by_words", "display_names_by_words"} == indexes


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("0f1f6f0e", "0f1f6f0e-0000-0000-0000-000000000000"),
        ("0F1F6F0E-6f58", "0f1f6f0e-6f58-0000-0000-000000000000"),
        ("0f1f6f0e6f58", "0f1f6f0e-6f58-0000-0000-000000000000"),
    ],
)
def test_an_id_can_be_typed_in_part(text: str, first: str) -> None:
    found = ids_beginning(text)
    assert found is not None
    assert (UUID(first), text.lower()[:8]) == (found[0], str(found[1])[:8])


@pytest.mark.parametrize("text", ["0f1f6f0", "0f1f6f0g", "", "0f1f6f0e" * 5, "0f-1f6f0e", "ana"])
def test_what_is_too_short_or_no_id_is_none(text: str) -> None:
    assert ids_beginning(text) is None
