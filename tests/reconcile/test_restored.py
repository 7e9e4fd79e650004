"""A request of before a restoration, of which its workflow believes that it was decided."""

import asyncpg

from db import restorations
from tests.app_under_test import AppUnderTest
from tests.reconcile.conftest import OrderUnderRepair, under_repair

UNDECIDED_AGAIN = """
    ALTER TABLE events DISABLE TRIGGER append_only;
    ALTER TABLE requests DISABLE TRIGGER written_once;
    DELETE FROM events WHERE order_id = '{0}' AND NOT accepted;
    UPDATE orders SET events = events - 1 WHERE id = '{0}';
    UPDATE requests SET outcome = NULL, next_signal = now() + interval '1 hour'
    WHERE order_id = '{0}' AND action = 'accept'
    AND request_id NOT IN (SELECT request_id FROM events WHERE request_id IS NOT NULL);
    ALTER TABLE events ENABLE ALWAYS TRIGGER append_only;
    ALTER TABLE requests ENABLE ALWAYS TRIGGER written_once
"""
"""As a backup has it that was taken between the request and its refusal."""


async def refused(app: AppUnderTest) -> OrderUnderRepair:
    """An order of which a refusal is undone in the database, while its workflow knows of it."""
    order = await under_repair(app, "delivered")
    answer = await app.api.act(order.in_play.order, "accept", order.in_play.seller)
    assert answer.status_code == 409
    await order.rests()
    owner = await asyncpg.connect(app.database_url)
    await owner.execute(UNDECIDED_AGAIN.format(order.id))
    await owner.close()
    return order


async def test_it_is_decided_without_waiting_for_the_usual_time(app: AppUnderTest) -> None:
    order = await refused(app)
    assert await order.ailments() == []
    owner = await asyncpg.connect(app.database_url)
    assert await restorations.note(owner, anyway=True)
    await owner.close()
    (found,) = await order.ailments()
    assert "that nobody has decided" in found.problem
    await order.repaired()
    entries = await app.api.events(order.in_play.order, order.in_play.seller)
    assert [one["accepted"] for one in entries] == [True, True, True, False]
    await order.ends_paid()
