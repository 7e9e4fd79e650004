"""A reminder before each window ends in which somebody can still act, while time is skipped."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from domain.command import Refusal
from domain.order import Actor, Order
from domain.placing import Terms, place
from domain.policy import Policy
from domain.vocabulary import Action, Role, State
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    SELLER,
    delivered,
    in_progress,
    pending,
    revision_requested,
    runs_out,
)
from tests.workflows.stage import (
    ACCEPT,
    COMPLETE,
    DECLINE,
    DELIVER,
    DISPUTE,
    NO,
    OFFER,
    REFUSE,
    REVISE,
    TAKE,
    WISH,
    Case,
    Stage,
    brought_to,
)

Deed = tuple[Action, Actor]
MINUTE = timedelta(minutes=1)
FAR = 60 * DAY


@dataclass(frozen=True)
class Opening:
    """What opens a window of so many days, of whose end the order reminds somebody."""

    example: Order
    deed: Deed
    days: int
    reminder: str
    who: Actor


OPENINGS = {
    "delivery": Opening(pending(), ACCEPT, 3, "order.delivery_reminder", SELLER),
    "review": Opening(in_progress(), DELIVER, 7, "order.review_reminder", BUYER),
    "answer": Opening(delivered(), REVISE, 2, "order.revision_answer_reminder", SELLER),
    "decision": Opening(revision_requested(), REFUSE, 7, "order.decision_reminder", BUYER),
    "offer": Opening(delivered(), OFFER, 7, "order.offer_reminder", BUYER),
    "wish": Opening(in_progress(), WISH, 2, "order.cancellation_answer_reminder", SELLER),
}
OPENED = pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS)

SHORT = Policy(
    acceptance_window=10 * HOUR,
    review_window=10 * HOUR,
    revision_answer_window=10 * HOUR,
    decision_window=10 * HOUR,
    offer_window=10 * HOUR,
    cancellation_answer_window=10 * HOUR,
)


def hurried(order: Order) -> Order:
    """The order under windows of ten hours, its delivery time among them."""
    lines = tuple(line.model_copy(update={"delivery_time": 10 * HOUR}) for line in order.lines)
    return order.model_copy(update={"policy": SHORT, "lines": lines})


async def opened(stage: Stage, opening: Opening, *, short: bool = False) -> Case:
    """An order of which the window has just begun, with no other that ends before it."""
    example = hurried(opening.example) if short else opening.example
    return await brought_to(await stage.order(example, FAR), opening.deed)


async def placed(stage: Stage, policy: Policy) -> Case:
    """An order that has just been placed."""
    terms = Terms(
        service_id="logo",
        seller_id="sam",
        currency="EUR",
        price=2000,
        delivery_time=3 * DAY,
        revision_time=DAY,
        extras=(),
    )
    step = place("o1", "bea", terms, (), policy, await stage.now())
    assert not isinstance(step, Refusal)
    return await stage.start(step.order)


async def reminded_after(case: Case, wait: timedelta, reminder: str, who: Actor) -> None:
    """Asserts that nobody is reminded before so long, and then the one who can still act is."""
    began = case.order.updated_at
    await case.stage.sleep(wait - HOUR)
    assert [] == case.of_event(reminder)
    event = await case.after(HOUR + MINUTE, reminder)
    assert began + wait <= event.at < began + wait + MINUTE
    assert [who.id] == [notice.user_id for notice in event.notices]
    assert (Role.DEADLINE, True) == (event.actor and event.actor.role, event.accepted)


def windows(order: Order) -> list[datetime | None]:
    """When each window of the order ends."""
    offer, wish = order.offer, order.cancellation_request
    return [
        runs_out(order),
        order.due_at,
        offer.lapses_at if offer else None,
        wish.answer_by if wish else None,
    ]


@OPENED
async def test_somebody_is_reminded_once_a_day_before_a_window_ends(
    opening: Opening, skipping: Stage
) -> None:
    case = await opened(skipping, opening)
    before = case.order
    await reminded_after(case, (opening.days - 1) * DAY, opening.reminder, opening.who)
    assert (before.state, windows(before)) == (case.order.state, windows(case.order))
    await case.rests()
    await case.is_well()
    await skipping.sleep(20 * DAY)
    assert 1 == len(case.of_event(opening.reminder))
    assert 2 <= len(case.journal[1:])  # the window has ended as well


@OPENED
async def test_somebody_is_reminded_halfway_through_a_short_window(
    opening: Opening, skipping: Stage
) -> None:
    case = await opened(skipping, opening, short=True)
    await reminded_after(case, 5 * HOUR, opening.reminder, opening.who)


@pytest.mark.parametrize(
    ("policy", "wait"), [(Policy(), DAY), (SHORT, 5 * HOUR)], ids=["48 hours", "short"]
)
async def test_the_seller_is_reminded_of_a_new_order(
    policy: Policy, wait: timedelta, skipping: Stage
) -> None:
    case = await placed(skipping, policy)
    await reminded_after(case, wait, "order.acceptance_reminder", SELLER)


ANSWERED: dict[str, tuple[Opening, Deed]] = {
    "delivered": (OPENINGS["delivery"], DELIVER),
    "a revision instead": (OPENINGS["review"], REVISE),
    "revision refused": (OPENINGS["answer"], REFUSE),
    "disputed": (OPENINGS["decision"], DISPUTE),
    "offer declined": (OPENINGS["offer"], DECLINE),
    "offer withdrawn": (OPENINGS["offer"], (Action.WITHDRAW_OFFER, SELLER)),
    "offer taken": (OPENINGS["offer"], TAKE),
    "wish refused": (OPENINGS["wish"], NO),
    "delivered instead": (OPENINGS["wish"], DELIVER),
}


@pytest.mark.parametrize(("opening", "answer"), ANSWERED.values(), ids=ANSWERED)
async def test_nobody_is_reminded_of_what_they_have_done(
    opening: Opening, answer: Deed, skipping: Stage
) -> None:
    case = await skipping.order(opening.example, FAR, in_wallet=1_000)
    await brought_to(case, opening.deed)
    await skipping.sleep((opening.days - 1) * DAY - HOUR)
    await brought_to(case, answer)
    await skipping.sleep(8 * DAY)
    assert opening.reminder not in case.events


async def test_nobody_is_reminded_of_an_order_that_has_ended(skipping: Stage) -> None:
    case = await brought_to(await skipping.order(in_progress(), FAR), DELIVER)
    await brought_to(case, OFFER, COMPLETE)
    await case.handle.result()
    await skipping.sleep(20 * DAY)
    assert ["deliver", "make_offer", "complete"] == case.told


async def test_nobody_is_reminded_of_a_dispute_which_only_escalates(skipping: Stage) -> None:
    way = (DELIVER, OFFER, REVISE, REFUSE, DISPUTE)
    case = await brought_to(await skipping.order(in_progress(), FAR), *way)
    for times in range(1, 5):
        await case.after(2 * DAY + MINUTE, "order.dispute_escalated", times)
    assert {"order.dispute_escalated"} == set(case.events[len(way) :])
    assert State.DISPUTED == case.order.state


async def test_a_due_date_that_has_grown_is_reminded_of_again(skipping: Stage) -> None:
    case = await brought_to(await skipping.order(pending(), FAR, in_wallet=1_000), ACCEPT)
    began = case.order.updated_at
    await case.after(2 * DAY + HOUR, "order.delivery_reminder")
    assert (await case.does(Action.BUY_EXTRA, BUYER, extra_id="sources")).accepted
    again = await case.after(2 * DAY, "order.delivery_reminder", times=2)
    assert began + 4 * DAY <= again.at < began + 4 * DAY + MINUTE
    late = await case.after(DAY, "order.late")
    assert began + 5 * DAY <= late.at < began + 5 * DAY + MINUTE


async def test_a_reminder_whose_answer_is_lost_goes_out_once(skipping: Stage) -> None:
    case = await opened(skipping, OPENINGS["review"])
    await case.rests()
    skipping.steps.fails_after.append(ConnectionError("lost"))
    await case.after(6 * DAY + HOUR, "order.review_reminder")
    await skipping.database.until(lambda: len(skipping.database.statuses) == 3)
    assert ["recorded", "recorded", "superseded"] == skipping.database.statuses
    assert 1 == len(case.of_event("order.review_reminder"))
    await case.rests()
    await case.is_well()


async def test_a_reminder_waits_for_the_databases_clock(skipping: Stage) -> None:
    skipping.database.slow_by = HOUR
    case = await opened(skipping, OPENINGS["review"])
    await skipping.sleep(6 * DAY + MINUTE)
    await skipping.database.until(lambda: "too_early" in skipping.database.statuses)
    assert [] == case.of_event("order.review_reminder")
    await case.after(HOUR, "order.review_reminder")
    assert ["recorded", "too_early", "recorded"] == skipping.database.statuses


async def test_what_was_asked_before_a_reminder_comes_before_it(skipping: Stage) -> None:
    case = await opened(skipping, OPENINGS["review"])
    deadline = case.order.deadline
    assert deadline is not None
    assert deadline.remind_at is not None
    case.writes(*COMPLETE, received_at=deadline.remind_at)
    await skipping.sleep(6 * DAY + MINUTE)
    assert State.COMPLETED == (await case.handle.result()).kind
    assert ["deliver", "complete"] == case.told
    assert ["recorded", "deferred", "recorded"] == skipping.database.statuses
