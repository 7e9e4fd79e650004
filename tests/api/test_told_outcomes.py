"""Who waits for a decision is told what became of the order, and need not read it: what is told is
what is kept, and where something else came between, it is read."""

import asyncio
from functools import partial
from uuid import UUID

import pytest

from api import action_service, render
from api.action_service import ActionRequest, ActionService
from db import listener, orders
from db.decided import Decided
from db.orders import OrderRow
from db.pool import connection
from db.requests import Outcome, as_written
from documents.order import OrderView
from tests.api.conftest import OrderIn
from tests.app_under_test import MEDIATOR, PATIENCE_SECONDS, AppUnderTest, OrderInPlay, eventually
from tests.contract import body_of, body_on, eur
from workflows.order import workflow_id

Found = tuple[OrderRow, Outcome] | None


def version_of(found: tuple[OrderRow, Outcome]) -> int:
    """The version of the order that was found."""
    return found[0].order.version


def shown(asked: ActionRequest, found: Found) -> tuple[OrderView, Outcome]:
    """What the caller is shown of what was found."""
    assert found is not None
    row, outcome = found
    return render.order(row, asked.roles), outcome


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each decision whether it was told; what was told is compared with what is kept."""
    heard: list[bool] = []

    async def compared(
        service: ActionService, asked: ActionRequest, request_id: str, decided: Decided | None
    ) -> Found:
        order_id = UUID(asked.row.order.id)
        async with connection(service._pool) as acquired:
            kept = await orders.after_request(acquired, order_id, request_id)
        after = decided.after(asked.row, as_written(asked.fields)) if decided else None
        if kept is not None:
            heard.append(after is not None)
        # Where others act too, what is kept may be a step further than what was told.
        if after is not None and kept is not None and version_of(kept) == version_of(after):
            assert shown(asked, kept) == shown(asked, after)
        return kept if kept is None or after is None else after

    monkeypatch.setattr(ActionService, "_found", compared)
    # Who listens may hear nothing while the database is late, and would miss what is told then.
    monkeypatch.setattr(listener, "CONNECT_SECONDS", PATIENCE_SECONDS)
    # Who has waited for long looks for themself: on a busy machine that would be everybody.
    monkeypatch.setattr(action_service, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(action_service, "GLANCE_SECONDS", PATIENCE_SECONDS)
    return heard


AGREED = "seller accept, seller propose_settlement, buyer accept_settlement"
CANCELLED = "seller accept, seller cancel"
DISPUTED = """
    seller deliver, seller accept, buyer buy_extra, buyer request_offer, seller make_offer,
    buyer decline_offer, seller make_offer, seller withdraw_offer, seller make_offer,
    buyer accept_offer, buyer propose_settlement, seller propose_settlement,
    buyer withdraw_settlement, buyer request_cancellation, seller refuse_cancellation,
    seller deliver, buyer request_revision, seller accept_revision, seller deliver,
    buyer request_revision, seller refuse_revision, buyer open_dispute, buyer add_statement,
    mediator assign, mediator release, mediator resolve, seller deliver, buyer complete
"""
"""It begins and ends with what is refused: too early, too late."""
ENDS = ("accept_settlement", "cancel", "resolve")


@pytest.mark.parametrize("story", [AGREED, CANCELLED, DISPUTED])
async def test_what_is_told_of_a_decision_is_what_is_kept(
    app: AppUnderTest, told: list[bool], story: str
) -> None:
    in_play = await app.place_order()
    people = {"buyer": in_play.buyer, "seller": in_play.seller, "mediator": MEDIATOR}
    acts = [act.split() for act in story.split(",")]
    for role, action in acts:
        body = body_on(await in_play.now(), role, action)
        answer = await app.api.act(in_play.order, action, people[role], body)
        assert answer.status_code in (200, 409), f"{action}: {answer.text}"
        if action in ENDS:  # or it is still ending when the next comes, and may be told of it late
            await app.temporal.get_workflow_handle(workflow_id(in_play.order["id"])).result()
    assert len(acts) == len(told)
    # Once it has ended, whoever asks is refused by the API itself, and may have it before its word.
    while_it_runs = 1 + next(at for at, (_, action) in enumerate(acts) if action in ENDS)
    assert [True] * while_it_runs == told[:while_it_runs]


async def waiting(app: AppUnderTest, in_play: OrderInPlay) -> int:
    """How many requests wait at the order."""
    async with connection(app.pool) as acquired:
        found: int = await acquired.fetchval(
            "SELECT count(*) FROM undecided WHERE order_id = $1", in_play.order["id"]
        )
    return found


async def test_a_message_that_came_before_the_decision_is_counted(
    app: AppUnderTest, order_in: OrderIn, told: list[bool]
) -> None:
    in_play = await order_in("in_progress")
    told.clear()
    async with app.worker_away():
        acting = asyncio.create_task(
            app.api.act(in_play.order, "deliver", in_play.seller, body_of("deliver"))
        )
        await eventually(partial(waiting, app, in_play))
        path = f"/v1/orders/{in_play.order['id']}/messages"
        said = await app.api.post(path, in_play.buyer, {"text": "One more thing."})
        assert 201 == said.status_code
    answer = await acting
    assert (200, 1) == (answer.status_code, answer.json()["unread_messages"])
    assert [False] == told


async def test_a_step_that_came_before_the_decision_is_seen(
    app: AppUnderTest, order_in: OrderIn, told: list[bool]
) -> None:
    in_play = await order_in("in_progress")
    people = in_play.buyer, in_play.seller
    told.clear()
    async with app.worker_away():
        acting = [
            asyncio.create_task(
                app.api.act(in_play.order, "propose_settlement", who, {"refund": eur(100)})
            )
            for who in people
        ]
        await eventually(partial(waiting, app, in_play), len(people).__eq__)
    documents = [(await one).json() for one in acting]
    assert {1, 2} == {len(document["settlements"]) for document in documents}
    assert [False, True] == sorted(told)
