"""Who waits for a decision hears of it as soon as it is made, whatever else is done for them just
then."""

import asyncio
from uuid import UUID

import pytest

from api import action_service
from api.action_service import ActionRequest, ActionService
from api.relay import Relay
from db.decided import Decided
from db.orders import OrderRow
from db.requests import Outcome
from tests.api.conftest import OrderIn
from tests.api.test_worker_away import worker_away
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest, eventually

Found = tuple[OrderRow, Outcome] | None


async def test_what_is_decided_while_somebody_looks_is_heard_at_once(
    app: AppUnderTest, order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_play, has_looked = await order_in("pending"), asyncio.Event()
    look, in_vain = ActionService._found, list[UUID]()

    async def for_long(
        service: ActionService, asked: ActionRequest, request_id: str, told: Decided | None
    ) -> Found:
        found = await look(service, asked, request_id, told)
        if not has_looked.is_set():
            assert found is None
            has_looked.set()
            waiting = service._listener._waiting[f"{in_play.order['id']} {request_id}"]

            async def is_told() -> bool:
                return all(one.is_set() for one in waiting)

            await eventually(is_told)
        return found

    async def waited_in_vain(_relay: Relay, order_id: UUID) -> None:
        in_vain.append(order_id)

    monkeypatch.setattr(ActionService, "_found", for_long)
    monkeypatch.setattr(Relay, "hurry", waited_in_vain)
    monkeypatch.setattr(action_service, "GLANCE_SECONDS", PATIENCE_SECONDS)
    async with worker_away(app, in_play):
        acting = asyncio.create_task(app.api.act(in_play.order, "accept", in_play.seller))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await has_looked.wait()
    answer = await acting
    assert (200, "in_progress") == (answer.status_code, answer.json().get("state"))
    assert [UUID(in_play.order["id"])] == in_vain  # before it was decided, and not again


async def test_who_is_told_does_not_wait_until_their_order_is_put_first(
    app: AppUnderTest, order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_play = await order_in("pending")
    has_begun, is_over = asyncio.Event(), asyncio.Event()

    async def for_ever(_relay: Relay, _order_id: UUID) -> None:
        has_begun.set()
        await is_over.wait()

    monkeypatch.setattr(Relay, "hurry", for_ever)
    async with worker_away(app, in_play):
        acting = asyncio.create_task(app.api.act(in_play.order, "accept", in_play.seller))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await has_begun.wait()
    try:
        answer = await acting
    finally:
        is_over.set()
    assert (200, "in_progress") == (answer.status_code, answer.json().get("state"))
