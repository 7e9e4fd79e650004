"""Deadlines: what an order does by itself when its time has run out, with short windows."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.readings import code, eur, extra_id, instant, journal, later, ledger, purses
from tests.house import MEDIATOR, Deal, House, Json, Person, eventually

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


async def placed(house: House, case: Case) -> Deal:
    async with house.with_settings(**case.policy) as door:
        deal = await house.deal(door=door, **case.service)
    deal.door = house.door
    return deal


async def brought(deal: Deal, case: Case) -> Deal:
    await deal.reach(case.state)
    if case.taken:
        await deal.act("assign", MEDIATOR)
    return deal


@pytest.fixture(scope="module")
async def deals(house: House) -> dict[str, Deal]:
    """A deal for each case: their clocks run beside each other, so that the tests wait once."""
    # One by one, since an API that was shut is started anew, while one more beside it is made anew.
    pending = {name: await placed(house, case) for name, case in CASES.items()}
    await asyncio.gather(*(brought(pending[name], case) for name, case in CASES.items()))
    return pending


async def after_silence(deal: Deal, holds: Callable[[Json], bool]) -> Json:
    """Waits for what the deadline does; gives the entry of the journal that it left."""
    deadline = deal.order["deadline"]["at"]
    deal.order = await eventually(deal.now, holds)
    last = (await deal.door.events(deal.order, deal.buyer))[-1]
    assert {"id": None, "role": "deadline"} == last["actor"]
    assert instant(deadline) < instant(deal.order["updated_at"]) <= instant(last["at"])
    return last


MORE = ("buy_extra", "request_offer", "request_cancellation")
SETTLE = "propose_settlement"


async def allowed(deal: Deal, who: Person) -> list[str]:
    actions: list[str] = (await deal.door.order(deal.order["id"], who))["actions"]
    return actions


async def check_too_late(deal: Deal, action: str, who: Person, body: Any = None) -> None:
    answer = await deal.door.act(deal.order, action, who, body)
    assert (409, "deadline-passed") == code(answer)
    assert (deal.order["state"], []) == (answer.json()["state"], answer.json()["actions"])


def state_is(state: str) -> Callable[[Json], bool]:
    return lambda order: order["state"] == state


async def test_an_order_that_nobody_accepts_is_cancelled(deals: dict[str, Deal]) -> None:
    deal = deals["unaccepted"]
    await after_silence(deal, state_is("cancelled"))
    assert CANCELLED_BY_ACCEPTANCE == deal.order["outcome"]
    assert (10_000, 0) == await purses(deal)
    assert "deadline: cancel → cancelled" == (await journal(deal))[-1]
    await check_too_late(deal, "accept", deal.seller)


async def test_a_due_date_that_passes_makes_the_order_late(deals: dict[str, Deal]) -> None:
    deal = deals["late"]
    due = deal.order["due_at"]
    await after_silence(deal, lambda order: order["deadline"] is None)
    assert ("in_progress", True, due, [*MORE, "cancel", SETTLE]) == (
        deal.order["state"],
        deal.order["late"],
        deal.order["due_at"],
        deal.order["actions"],
    )
    assert "deadline: late → in_progress" == (await journal(deal))[-1]
    assert ["deliver", "make_offer", "cancel", SETTLE] == await allowed(deal, deal.seller)


async def test_an_extra_gives_a_late_seller_time_again(deals: dict[str, Deal]) -> None:
    deal = deals["late, more to do"]
    await after_silence(deal, lambda order: order["deadline"] is None)
    await deal.act("buy_extra", deal.buyer, extra_id(deal))
    assert (False, deal.order["due_at"], [*MORE, SETTLE]) == (
        deal.order["late"],
        deal.order["deadline"]["at"],
        deal.order["actions"],
    )


async def test_a_delivery_that_nobody_checks_is_paid(deals: dict[str, Deal]) -> None:
    deal = deals["unchecked"]
    await after_silence(deal, state_is("completed"))
    assert completed_by("review") == deal.order["outcome"]
    assert (8_000, 1_600) == await purses(deal)
    await check_too_late(deal, "request_revision", deal.buyer, {"reason": "Too late."})


async def test_an_answer_that_does_not_come_lets_the_buyer_open_a_dispute(
    deals: dict[str, Deal],
) -> None:
    deal = deals["unanswered"]
    await after_silence(deal, lambda order: order["deadline"] is None)
    assert ("revision_requested", ["complete", "open_dispute", SETTLE]) == (
        deal.order["state"],
        deal.order["actions"],
    )
    assert "accept_revision" in await allowed(deal, deal.seller)
    await deal.act("open_dispute", deal.buyer, {"reason": "No answer."})
    assert "disputed" == deal.order["state"]


async def test_a_buyer_who_does_not_decide_pays_the_seller(deals: dict[str, Deal]) -> None:
    deal = deals["undecided"]
    await after_silence(deal, state_is("completed"))
    assert completed_by("decision") == deal.order["outcome"]
    assert (8_000, 1_600) == await purses(deal)
    assert [
        "hold: buyer → escrow 2000",
        "release: escrow → seller 1600",
        "release: escrow → commission 400",
    ] == await ledger(deal)
    await check_too_late(deal, "open_dispute", deal.buyer, {"reason": "Too late."})


async def test_a_policy_may_open_a_dispute_instead(deals: dict[str, Deal]) -> None:
    deal = deals["undecided, to mediators"]
    assert "open_dispute" == deal.order["deadline"]["on_expiry"]
    await after_silence(deal, state_is("disputed"))
    assert ({"id": None, "role": "deadline"}, None) == (
        deal.order["dispute"]["opened_by"],
        deal.order["dispute"]["reason"],
    )
    assert ["hold: buyer → escrow 2000"] == await ledger(deal)


async def test_a_dispute_that_nobody_takes_escalates_again_and_again(
    deals: dict[str, Deal],
) -> None:
    deal = deals["untaken"]
    steps = deal.order["version"]
    await after_silence(deal, lambda order: bool(order["version"] >= steps + 2))
    assert {"deadline: escalate → disputed"} == set((await journal(deal))[steps:])
    assert (8_000, 0) == await purses(deal)
    await deal.act("assign", MEDIATOR)


async def test_a_step_in_time_stops_the_clock(deals: dict[str, Deal]) -> None:
    deal = deals["in time"]
    while datetime.now(UTC) < later(deal.order["updated_at"], seconds=2.2):
        await asyncio.sleep(0.05)
    assert deal.order == await deal.door.order(deal.order["id"], MEDIATOR)
