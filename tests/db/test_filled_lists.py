"""A database of the release before is given the lists with all that they should hold already."""

import asyncpg

from db import audit
from db.migrate import migrate
from db.pool import create_pool, speak_json
from domain.order import Holding
from domain.vocabulary import Action, State
from embedded.postgres import Postgres
from tests.conftest import copy_of_template
from tests.db.market import Market, act_of, now, seller_of
from tests.db.sample import fill
from tests.db.test_kept_lists import KEPT, differences

ALL_LISTS = ("undecided", "listed_orders", "sought_orders")

AS_BEFORE = """
DROP TABLE undecided, listed_orders, sought_orders;
DROP FUNCTION queue_request, list_order, seek_order CASCADE;
CREATE INDEX orders_that_count ON orders (seller_id, updated_at DESC, id DESC)
    WHERE doc->'outcome'->>'counts_as' IS NOT NULL;
CREATE INDEX orders_in_dispute ON orders (updated_at, id) WHERE state = 'disputed';
CREATE INDEX orders_not_started ON orders (created_at) WHERE started_at IS NULL;
CREATE INDEX requests_undecided ON requests (next_signal) WHERE outcome IS NULL;
CREATE INDEX requests_waiting ON requests (order_id, actor_id) WHERE outcome IS NULL;
DELETE FROM schema_migrations
WHERE name ~ 'lists_beside|no_index_on_what_changes|sought_orders|deadlines_in_their|money_watched';
"""


KEPT_BEFORE = """
DROP TABLE reputations, listed_services, disputed_orders, inbox_marks;
DROP FUNCTION visibility_of, list_by_reputation, count_for_seller, count_ended, list_service,
    age_reputations, queue_dispute, is_past, note_reads, note_unread CASCADE;
ALTER TABLE notices DROP COLUMN unread;
DROP INDEX wallet_notices_unread;
DELETE FROM schema_migrations WHERE name ~ 'reputations_kept|disputes_in|unread_by';
"""


async def test_what_is_there_already_is_counted_and_marked(postgres: Postgres) -> None:
    url = await copy_of_template(postgres)
    pool = await create_pool(url, 5)
    market = Market(pool)
    await fill(market)
    for _ in range(5):
        order = await market.order(State.DELIVERED, seller_id="a-seller")
        await market.record(act_of(order, Action.CANCEL, seller_of(order)))
    await pool.close()
    owner = await asyncpg.connect(url)
    await speak_json(owner)
    await owner.execute(KEPT_BEFORE)
    assert len((await migrate(url)).migrations) == 3
    assert await differences(owner) == []
    assert [one for one in await audit.findings(owner) if one.check.startswith("differing")] == []
    shown = await owner.fetchval("SELECT visibility FROM reputations WHERE seller_id = 'a-seller'")
    assert shown == 0.5
    await owner.close()


NOT_COUNTED_BEFORE = """
DROP VIEW state_counts;
DROP TABLE counted_states, uncounted_states;
DROP FUNCTION count_state CASCADE;
DROP INDEX deliveries_waiting;
DELETE FROM schema_migrations WHERE name ~ 'figures_for_operators';
"""


async def test_orders_that_are_there_already_are_counted(postgres: Postgres) -> None:
    url = await copy_of_template(postgres)
    pool = await create_pool(url, 5)
    await fill(Market(pool))
    await pool.close()
    owner = await asyncpg.connect(url)
    await owner.execute(NOT_COUNTED_BEFORE)
    assert len((await migrate(url)).migrations) == 1
    assert await differences(owner) == []
    counted = await owner.fetch("SELECT state, orders FROM state_counts ORDER BY state")
    assert [tuple(row) for row in counted] == [("completed", 2), ("delivered", 1), ("disputed", 1)]
    await owner.close()


async def test_what_is_there_already_is_in_the_lists(postgres: Postgres) -> None:
    url = await copy_of_template(postgres)
    pool = await create_pool(url, 5)
    market = Market(pool)
    await fill(market)
    held = Holding(limit_at=now(), last_safe_at=now())
    await market.order(State.DELIVERED, holding=held)
    await pool.close()
    owner = await asyncpg.connect(url)
    await speak_json(owner)
    await owner.execute(AS_BEFORE)
    assert len((await migrate(url)).migrations) == 5
    assert await differences(owner) == []
    assert await owner.fetchval("SELECT count(last_safe_at) FROM sought_orders") == 1
    found = {
        name: len(await owner.fetch(query))
        for name, (query, _) in KEPT.items()
        if name in ALL_LISTS
    }
    assert found == {"undecided": 1, "listed_orders": 5, "sought_orders": 5}
    await owner.close()
