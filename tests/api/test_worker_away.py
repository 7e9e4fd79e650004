"""While no worker is there: what was asked for is written down, and carried out afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import WorkflowExecutionDescription

import infra.order_workflows
from tests.api.conftest import OpenDoor
from tests.api.readings import INSTANT, code, eur, instant, journal, purses
from tests.house import DELIVER, OPERATOR, Deal, Door, House, Json, eventually


@pytest.fixture
async def impatient(open_door: OpenDoor) -> Door:
    """An API that answers with 202 after a moment, and whose orders wait a moment for the buyer's
    decision."""
    return await open_door(action_wait=0.1, decision_window="PT1.5S")


@pytest.fixture
async def decided(house: House, impatient: Door) -> Deal:
    """An order whose revision was requested a moment ago."""
    deal = await house.deal(door=impatient)
    deal.door = house.door
    return await deal.reach("revision_requested")


@asynccontextmanager
async def worker_away(house: House, deal: Deal | None = None) -> AsyncIterator[None]:
    """No worker, from a moment on at which it has nothing in hand: what Temporal gives to a worker
    that is just leaving, it gives to another one only ten seconds later."""
    if deal is not None:
        handle = house.temporal.get_workflow_handle(f"order-{deal.order['id']}")
        await eventually(handle.describe, _is_idle)
    async with house.worker_away():
        yield


def _is_idle(found: WorkflowExecutionDescription) -> bool:
    raw = found.raw_description
    return not raw.HasField("pending_workflow_task") and not raw.pending_activities


async def outcome_of(deal: Deal, answer: httpx.Response) -> Json:
    """What became of a request that was answered with 202, once it has been decided."""
    assert answer.status_code == 202, answer.text

    async def look() -> Any:
        found = await deal.door.get(answer.headers["Location"], deal.buyer)
        assert found.status_code == 200, found.text
        return found.json()["outcome"]

    outcome: Json = await eventually(look)
    return outcome


async def refuse_revision(deal: Deal, impatient: Door) -> None:
    """Starts the decision window; from then on nobody waits long for an answer."""
    await deal.act("refuse_revision", deal.seller, {"ground": "vague", "reason": "How?"})
    deal.door = impatient


async def until_after(deal: Deal) -> None:
    """Until the order's deadline has passed."""
    deadline = instant(deal.order["deadline"]["at"])
    while (await _clock(deal)) <= deadline:
        await asyncio.sleep(0.05)


async def _clock(deal: Deal) -> Any:
    """The database's clock, which deadlines are judged by: when a refused attempt was received."""
    answer = await deal.door.act(deal.order, "assign", OPERATOR)
    request = await deal.door.get(answer.headers["Location"], OPERATOR)
    return instant(request.json()["received_at"])


async def test_an_action_is_written_down_and_its_location_tells(
    house: House, impatient: Door
) -> None:
    deal = await house.deal(door=impatient)
    async with worker_away(house, deal):
        answer = await impatient.act(deal.order, "accept", deal.seller)
        request = await impatient.get(answer.headers["Location"], deal.seller)
        unchanged = await deal.now()
    location = f"/v1/orders/{deal.order['id']}/requests/{answer.json()['id']}"
    assert (202, location) == (answer.status_code, answer.headers["Location"])
    assert {
        "id": answer.json()["id"],
        "order_id": deal.order["id"],
        "location": location,
    } == answer.json()
    assert {
        "id": answer.json()["id"],
        "order_id": deal.order["id"],
        "action": "accept",
        "actor": {"id": deal.seller.id, "role": "seller"},
        "received_at": INSTANT,
        "outcome": None,
    } == request.json()
    assert "pending" == unchanged["state"]
    assert {"accepted": True, "seq": 2, "code": None, "detail": None} == await outcome_of(
        deal, answer
    )


async def test_a_refusal_is_told_too(house: House, impatient: Door) -> None:
    deal = await house.deal(door=impatient)
    async with worker_away(house, deal):
        answer = await impatient.act(deal.order, "deliver", deal.seller, DELIVER)
    outcome = await outcome_of(deal, answer)
    assert (False, "action-not-allowed") == (outcome["accepted"], outcome["code"])


async def test_requests_are_carried_out_in_the_order_in_which_they_came(
    house: House, impatient: Door
) -> None:
    deal = await house.deal(door=impatient)
    async with worker_away(house, deal):
        answers = [
            await impatient.act(deal.order, "accept", deal.seller),
            await impatient.act(deal.order, "deliver", deal.seller, DELIVER),
            await impatient.act(deal.order, "complete", deal.buyer),
        ]
    assert [True] * 3 == [(await outcome_of(deal, answer))["accepted"] for answer in answers]
    assert [
        "seller: accept → in_progress",
        "seller: deliver → delivered",
        "buyer: complete → completed",
    ] == (await journal(deal))[1:]


async def test_the_same_key_leads_to_the_same_request_and_then_to_its_answer(
    house: House, impatient: Door
) -> None:
    deal = await house.deal(door=impatient)
    async with worker_away(house, deal):
        first, second = [
            await impatient.act(deal.order, "accept", deal.seller, key="away") for _ in range(2)
        ]
    await outcome_of(deal, first)
    third, fourth = [
        await impatient.act(deal.order, "accept", deal.seller, key="away") for _ in range(2)
    ]
    assert (202, first.content) == (first.status_code, second.content)
    assert (200, "in_progress") == (third.status_code, third.json()["state"])
    assert third.content == fourth.content
    assert 2 == len(await journal(deal))


async def test_an_order_is_placed_while_no_worker_is_there(house: House, impatient: Door) -> None:
    async with worker_away(house):
        deal = await house.deal(door=impatient)
    deal.door = house.door
    await deal.act("accept", deal.seller)
    assert "in_progress" == deal.order["state"]


async def test_an_action_too_late_does_not_though_nobody_was_there(
    house: House, impatient: Door, decided: Deal
) -> None:
    await refuse_revision(decided, impatient)
    async with worker_away(house, decided):
        await until_after(decided)
        # Nobody has carried the deadline out yet, and the order knows it all the same.
        assert [] == (await decided.now())["actions"]
        body = {"reason": "Too late."}
        answer = await decided.door.act(decided.order, "open_dispute", decided.buyer, body)
    outcome = await outcome_of(decided, answer)
    order = await decided.now()
    assert (False, "deadline-passed") == (outcome["accepted"], outcome["code"])
    assert ("completed", "deadline", "decision") == (
        order["state"],
        order["outcome"]["by"],
        order["outcome"]["cause"],
    )
    assert (8_000, 1_600) == await purses(decided)


async def test_an_action_in_time_counts_though_nobody_was_there_and_another_came_late(
    house: House, impatient: Door, decided: Deal
) -> None:
    await refuse_revision(decided, impatient)
    async with worker_away(house, decided):
        in_time = await decided.door.act(
            decided.order, "open_dispute", decided.buyer, {"reason": "In time."}
        )
        await until_after(decided)
        late = await decided.door.act(decided.order, "cancel", decided.seller)
    outcomes = [await outcome_of(decided, answer) for answer in (in_time, late)]
    assert [(True, None), (False, "action-not-allowed")] == [
        (outcome["accepted"], outcome["code"]) for outcome in outcomes
    ]
    assert ("disputed", (8_000, 0)) == ((await decided.now())["state"], await purses(decided))


async def test_an_order_that_has_ended_answers_without_a_worker(
    house: House, impatient: Door
) -> None:
    deal = await (await house.deal()).reach("completed")
    async with worker_away(house, deal):
        answer = await impatient.act(deal.order, "complete", deal.buyer)
    assert (409, "action-not-allowed") == code(answer)
    assert "buyer: complete ✗ action-not-allowed" == (await journal(deal))[-1]


async def test_money_that_came_in_meanwhile_counts(house: House, impatient: Door) -> None:
    deal = await (await house.deal(money=2_000)).reach("in_progress")
    body = {"extra_id": deal.service["extras"][0]["id"]}
    async with worker_away(house, deal):
        answer = await impatient.act(deal.order, "buy_extra", deal.buyer, body)
        await house.door.top_up(deal.buyer, 500)
    assert True is (await outcome_of(deal, answer))["accepted"]
    assert eur(2_500) == (await deal.now())["total"]


async def test_the_api_is_not_ready_without_a_worker(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(infra.order_workflows, "WORKER_SEEN", timedelta(seconds=1))

    async def look() -> httpx.Response:
        return await house.door.get("/v1/health/ready")

    async with worker_away(house):
        answer = await eventually(look, lambda found: found.status_code != 200)
    assert (503, "unavailable") == code(answer)
    assert {"database": True, "temporal": True, "worker": False} == answer.json()["checks"]
    await eventually(look, lambda found: found.status_code == 200)
