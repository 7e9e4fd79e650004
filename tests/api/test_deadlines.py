"""Deadlines: what an order does by itself when its time has run out, with short windows."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.assertions import code, extra_id, instant, journal, later, ledger, wallets
from tests.app_under_test import MEDIATOR, AppUnderTest, Json, OrderInPlay, Person, eventually
from tests.contract import eur

SHORT = "PT1S"
CANCELLED_BY_ACCEPTANCE = {
    "kind": "cancelled",
    "by": "deadline",
    "cause": "acceptance",
    "refunded": eur(2000),
    "paid_to_seller": eur(0),
    "commission": eur(0),
}


def completed_by(window: str) -> Json:
    return {
        "kind": "completed",
        "by": "deadline",
        "cause": window,
        "refunded": eur(0),
        "paid_to_seller": eur(1600),
        "commission": eur(400),
    }


@dataclass(frozen=True)
class Case:
    """What an order is placed under and how far it is brought, before its people fall silent."""

    state: str
    policy: Json = field(default_factory=dict)
    service: Json = field(default_factory=dict)
    taken: bool = False


CASES = {
    "unaccepted": Case("pending", {"acceptance_window": SHORT}),
    "late": Case("in_progress", service={"delivery_time": SHORT}),
    "late, more to do": Case("in_progress", service={"delivery_time": SHORT}),
    "unchecked": Case("delivered", {"review_window": SHORT}),
    "unanswered": Case("revision_requested", {"revision_answer_window": SHORT}),
    "undecided": Case("revision_refused", {"decision_window": SHORT}),
    "undecided, to mediators": Case(
        "revision_refused", {"decision_window": SHORT, "decision_expiry": "open_dispute"}
    ),
    "untaken": Case("disputed", {"assignment_window": SHORT}),
    "in time": Case(
        "disputed", {"decision_window": "PT2S", "assignment_window": "PT2S"}, taken=True
    ),
}


async def placed(app: AppUnderTest, case: Case) -> OrderInPlay:
    async with app.with_settings(**case.policy) as api:
        in_play = await app.place_order(api=api, **case.service)
    in_play.api = app.api
    return in_play


async def brought(in_play: OrderInPlay, case: Case) -> OrderInPlay:
    await in_play.reach(case.state)
    if case.taken:
        await in_play.act("assign", MEDIATOR)
    return in_play


@pytest.fixture(scope="module")
async def orders_in_play(app: AppUnderTest) -> dict[str, OrderInPlay]:
    """An order for each case: their clocks run beside each other, so that the tests wait once."""
    # One by one, since an API that was shut is started anew, while one more beside it is made anew.
    pending = {name: await placed(app, case) for name, case in CASES.items()}
    await asyncio.gather(*(brought(pending[name], case) for name, case in CASES.items()))
    return pending


async def after_silence(in_play: OrderInPlay, holds: Callable[[Json], bool]) -> Json:
    """Waits for what the deadline does; gives the entry of the journal that it left."""
    deadline = in_play.order["deadline"]["at"]
    in_play.order = await eventually(in_play.now, holds)
    last = (await in_play.api.events(in_play.order, in_play.buyer))[-1]
    assert {"id": None, "role": "deadline"} == last["actor"]
    assert instant(deadline) < instant(in_play.order["updated_at"]) <= instant(last["at"])
    return last


MORE = ("buy_extra", "request_offer", "request_cancellation")
SETTLE = "propose_settlement"


async def allowed(in_play: OrderInPlay, who: Person) -> list[str]:
    actions: list[str] = (await in_play.api.order(in_play.order["id"], who))["actions"]
    return actions


async def check_too_late(in_play: OrderInPlay, action: str, who: Person, body: Any = None) -> None:
    answer = await in_play.api.act(in_play.order, action, who, body)
    assert (409, "deadline-passed") == code(answer)
    assert (in_play.order["state"], []) == (answer.json()["state"], answer.json()["actions"])


def state_is(state: str) -> Callable[[Json], bool]:
    return lambda order: order["state"] == state


async def test_an_order_that_nobody_accepts_is_cancelled(
    orders_in_play: dict[str, OrderInPlay],
) -> None:
    in_play = orders_in_play["unaccepted"]
    await after_silence(in_play, state_is("cancelled"))
    assert CANCELLED_BY_ACCEPTANCE == in_play.order["outcome"]
    assert (10_000, 0) == await wallets(in_play)
    assert "deadline: cancel → cancelled" == (await journal(in_play))[-1]
    await check_too_late(in_play, "accept", in_play.seller)


async def test_a_due_date_that_passes_makes_the_order_late(
    orders_in_play: dict[str, OrderInPlay],
) -> None:
    in_play = orders_in_play["late"]
    due = in_play.order["due_at"]
    await after_silence(in_play, lambda order: order["deadline"] is None)
    assert ("in_progress", True, due, [*MORE, "cancel", SETTLE]) == (
        in_play.order["state"],
        in_play.order["late"],
        in_play.order["due_at"],
        in_play.order["actions"],
    )
    assert "deadline: late → in_progress" == (await journal(in_play))[-1]
    assert ["deliver", "make_offer", "cancel", SETTLE] == await allowed(in_play, in_play.seller)


async def test_an_extra_gives_a_late_seller_time_again(
    orders_in_play: dict[str, OrderInPlay],
) -> None:
    in_play = orders_in_play["late, more to do"]
    await after_silence(in_play, lambda order: order["deadline"] is None)
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    assert (False, in_play.order["due_at"], [*MORE, SETTLE]) == (
        in_play.order["late"],
        in_play.order["deadline"]["at"],
        in_play.order["actions"],
    )


async def test_a_delivery_that_nobody_checks_is_paid(
    orders_in_play: dict[str, OrderInPlay],
) -> None:
    in_play = orders_in_play["unchecked"]
    await after_silence(in_play, state_is("completed"))
    assert completed_by("review") == in_play.order["outcome"]
    assert (8_000, 1_600) == await wallets(in_play)
    await check_too_late(in_play, "request_revision", in_play.buyer, {"reason": "Too late."})


async def test_an_answer_that_does_not_come_lets_the_buyer_open_a_dispute(
    orders_in_play: dict[str, OrderInPlay],
) -> None:
    in_play = orders_in_play["unanswered"]
    await after_silence(in_play, lambda order: order["deadline"] is None)
    assert ("revision_requested", ["complete", "open_dispute", SETTLE]) == (
        in_play.order["state"],
        in_play.order["actions"],
    )
    assert "accept_revision" in await allowed(in_play, in_play.seller)
    await in_play.act("open_dispute", in_play.buyer, {"reason": "No answer."})
    assert "disputed" == in_play.order["state"]


async def test_a_buyer_who_does_not_decide_pays_the_seller(
    orders_in_play: dict[str, OrderInPlay],
) -> None:
    in_play = orders_in_play["undecided"]
    await after_silence(in_play, state_is("completed"))
    assert completed_by("decision") == in_play.order["outcome"]
    assert (8_000, 1_600) == await wallets(in_play)
    assert [
        "hold: buyer → escrow 2000",
        "release: escrow → seller 1600",
        "release: escrow → commission 400",
    ] == await ledger(in_play)
    await check_too_late(in_play, "open_dispute", in_play.buyer, {"reason": "Too late."})


async def test_a_policy_may_open_a_dispute_instead(orders_in_play: dict[str, OrderInPlay]) -> None:
    in_play = orders_in_play["undecided, to mediators"]
    assert "open_dispute" == in_play.order["deadline"]["on_expiry"]
    await after_silence(in_play, state_is("disputed"))
    assert ({"id": None, "role": "deadline"}, None) == (
        in_play.order["dispute"]["opened_by"],
        in_play.order["dispute"]["reason"],
    )
    assert ["hold: buyer → escrow 2000"] == await ledger(in_play)


async def test_a_dispute_that_nobody_takes_escalates_again_and_again(
    orders_in_play: dict[str, OrderInPlay],
) -> None:
    in_play = orders_in_play["untaken"]
    steps = in_play.order["version"]
    await after_silence(in_play, lambda order: bool(order["version"] >= steps + 2))
    assert {"deadline: escalate → disputed"} == set((await journal(in_play))[steps:])
    assert (8_000, 0) == await wallets(in_play)
    await in_play.act("assign", MEDIATOR)


async def test_a_step_in_time_stops_the_clock(orders_in_play: dict[str, OrderInPlay]) -> None:
    in_play = orders_in_play["in time"]
    while datetime.now(UTC) < later(in_play.order["updated_at"], seconds=2.2):
        await asyncio.sleep(0.05)
    assert in_play.order == await in_play.api.order(in_play.order["id"], MEDIATOR)
