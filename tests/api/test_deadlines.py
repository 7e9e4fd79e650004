"""Deadlines: what an order does by itself when its time has run out, with short windows."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from tests.api.assertions import code, extra_id, instant, journal, later, ledger, wallets
from tests.app_under_test import (
    MEDIATOR,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    eventually,
    in_time,
)
from tests.contract import eur

CANCELLED_BY_ACCEPTANCE = {
    "kind": "cancelled",
    "by": "deadline",
    "cause": "acceptance",
    "refunded": eur(2000),
    "paid_to_seller": eur(0),
    "commission": eur(0),
    "charged_back": None,
}


def completed_by(window: str) -> Json:
    return {
        "kind": "completed",
        "by": "deadline",
        "cause": window,
        "refunded": eur(0),
        "paid_to_seller": eur(1600),
        "commission": eur(400),
        "charged_back": None,
    }


@dataclass(frozen=True)
class Case:
    """How far an order is brought before its people fall silent, and what is short for it then."""

    state: str
    windows: tuple[str, ...] = ()
    policy: Json = field(default_factory=dict)


CASES = {
    "unaccepted": Case("pending", ("acceptance_window",)),
    "late": Case("in_progress"),
    "late, more to do": Case("in_progress"),
    "unchecked": Case("delivered", ("review_window",)),
    "unanswered": Case("revision_requested", ("revision_answer_window",)),
    "undecided": Case("revision_refused", ("decision_window",)),
    "undecided, to mediators": Case(
        "revision_refused", ("decision_window",), {"decision_expiry": "open_dispute"}
    ),
}
UNTAKEN = Case("disputed", ("assignment_window",))
"""Of its own: it escalates each second, and a journal of whom many tests have waited is long."""


async def brought(app: AppUnderTest, case: Case, short: str) -> OrderInPlay:
    """An order that has come to the case's state, and whose deadline there is still ahead."""
    service: Json = {} if case.windows else {"delivery_time": short}
    policy = {**case.policy, **dict.fromkeys(case.windows, short)}
    async with PLACING, app.with_settings(**policy) as api:
        in_play = await app.place_order(api=api, **service)
    in_play.api = app.api
    await in_play.reach(case.state)
    assert in_play.order["deadline"]
    return in_play


PLACING = asyncio.Lock()
"""One by one, since an API that was shut is started anew, while one more beside it is made anew."""


@pytest.fixture(scope="module")
async def orders_in_play(app: AppUnderTest) -> dict[str, OrderInPlay]:
    """An order for each case: their clocks run beside each other, so that the tests wait once."""
    coming = (in_time(partial(brought, app, case)) for case in CASES.values())
    return dict(zip(CASES, await asyncio.gather(*coming), strict=True))


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


async def test_a_dispute_that_nobody_takes_escalates_again_and_again(app: AppUnderTest) -> None:
    in_play = await in_time(partial(brought, app, UNTAKEN))
    steps = in_play.order["version"]
    await after_silence(in_play, lambda order: bool(order["version"] >= steps + 2))
    assert {"deadline: escalate → disputed"} == set((await journal(in_play))[steps:])
    assert (8_000, 0) == await wallets(in_play)
    await taken(in_play)


async def taken(in_play: OrderInPlay) -> None:
    """Ends what would escalate each second for as long as there are tests. What comes when the
    deadline has passed and has not acted yet is refused."""

    async def takes() -> bool:
        answer = await in_play.api.act(in_play.order, "assign", MEDIATOR)
        return answer.status_code == 200

    await eventually(takes)


async def test_a_step_in_time_stops_the_clock(app: AppUnderTest) -> None:
    both = Case("disputed", ("decision_window", "assignment_window"))

    async def attempt(short: str) -> tuple[OrderInPlay, str]:
        in_play = await brought(app, both, short)
        due: str = in_play.order["deadline"]["at"]
        steps = in_play.order["version"]
        await taken(in_play)
        in_play.order = await in_play.api.order(in_play.order["id"], MEDIATOR)
        assert in_play.order["version"] == steps + 1
        return in_play, due

    in_play, due = await in_time(attempt)
    while datetime.now(UTC) < later(due, seconds=0.2):
        await asyncio.sleep(0.05)
    assert in_play.order == await in_play.api.order(in_play.order["id"], MEDIATOR)
