"""The queue goes by what is past its target, then by what has waited the longest."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.pages.cases.standing import target_of
from db import orders
from db.orders import OrderRow
from db.pool import connection
from tests.api.conftest import OrderIn
from tests.api.pages.browser import visiting
from tests.api.pages.test_cases import mediator, page
from tests.app_under_test import AppUnderTest

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Fake:
    """A row of the queue that is read already."""

    row: OrderRow

    def read(self) -> OrderRow:
        """The order."""
        return self.row


async def disputed(
    app: AppUnderTest, order_in: OrderIn, opened: timedelta, taken: timedelta | None = None
) -> OrderRow:
    """An order whose dispute was opened, and taken by somebody, so long ago."""
    in_play = await order_in("disputed")
    async with connection(app.pool) as acquired:
        row = await orders.get(acquired, UUID(in_play.order["id"]))
    assert row is not None
    assert row.order.dispute is not None
    changes: dict[str, Any] = {"opened_at": row.read_at - opened}
    if taken is not None:
        changes |= {"mediator_id": "somebody", "taken_at": row.read_at - taken}
    dispute = row.order.dispute.model_copy(update=changes)
    policy = row.order.policy.model_copy(update={"ruling_window": 7 * DAY})
    changed = row.order.model_copy(update={"dispute": dispute, "policy": policy})
    return replace(row, order=changed)


async def test_past_its_target_comes_first_then_the_oldest(
    app: AppUnderTest, order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = await disputed(app, order_in, 1 * DAY)
    old_but_in_time = await disputed(app, order_in, 20 * DAY, taken=2 * DAY)
    untaken_too_long = await disputed(app, order_in, 3 * DAY)
    unruled_too_long = await disputed(app, order_in, 9 * DAY, taken=8 * DAY)
    rows = [new, old_but_in_time, untaken_too_long, unruled_too_long]

    async def found(*_: Any) -> list[Fake]:
        return [Fake(row) for row in rows]

    monkeypatch.setattr(orders, "disputes", found)
    async with visiting(app, mediator()) as visit:
        shown = await page(visit, "/disputes")
    wanted = [unruled_too_long, untaken_too_long, old_but_in_time, new]
    places = [shown.index(f'href="/disputes/{row.order.id}"') for row in wanted]
    assert sorted(places) == places
    assert 2 == shown.count('class="over"')
    assert 2 == shown.count("past it by 1\N{NO-BREAK SPACE}day")


@pytest.mark.parametrize(
    ("opened", "taken", "over"),
    [
        (timedelta(hours=47), None, False),
        (timedelta(hours=48), None, True),
        (30 * DAY, 7 * DAY - timedelta(seconds=1), False),
        (30 * DAY, 7 * DAY, True),
    ],
)
async def test_a_target_is_over_from_its_instant_on(
    app: AppUnderTest, order_in: OrderIn, opened: timedelta, taken: timedelta | None, over: bool
) -> None:
    row = await disputed(app, order_in, opened, taken)
    target = target_of(row.order, row.read_at)
    assert target is not None
    assert over is target.is_over


async def test_without_a_ruling_window_the_case_waits_for_none(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    row = await disputed(app, order_in, 30 * DAY, 9 * DAY)
    policy = row.order.policy.model_copy(update={"ruling_window": None})
    order = row.order.model_copy(update={"policy": policy, "deadline": None})
    assert target_of(order, row.read_at) is None
