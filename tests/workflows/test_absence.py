"""No worker while an offer lapses, a wish to cancel is left unanswered or a reminder is due: what
counts is when each request was received.

Played by `outage.py` as in `test_outage.py`, where the deadline of a state is the one that passes.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.order import Actor, Order
from domain.vocabulary import Action, State
from tests.domain.examples import BUYER, DAY, SELLER, delivered, in_progress
from tests.workflows.outage import Key, Outage, keys_of, name
from tests.workflows.stage import (
    COMPLETE,
    DISPUTE,
    FORGETFUL,
    NO,
    SAID,
    TAKE,
    WISH,
    Case,
    Stage,
    fresh,
    kind_of,
    of_kind,
    offer_until,
    wish_until,
)

AT, JUST_LATE = timedelta(), timedelta(microseconds=1)
LATE = timedelta(milliseconds=1)
EARLY = -timedelta(milliseconds=1)
APART = timedelta(milliseconds=60)
"""Between a reminder and the end of its window, in the orders that have both."""


@dataclass(frozen=True)
class Asked:
    """Who asked for what, and how long after the instant that the story is about."""

    action: Action
    who: Actor
    after: timedelta
    signalled: bool = True


@dataclass(frozen=True)
class Story:
    """What runs out while nobody works, what is asked meanwhile, and the journal afterwards."""

    passes: str
    asked: list[Asked]
    told: list[str]
    reminded: bool = field(default=False)
    """A reminder is due shortly before."""


def take(after: timedelta, *, signalled: bool = True) -> Asked:
    return Asked(*TAKE, after, signalled)


STORIES: dict[str, Story] = {
    "an offer lapses": Story("offer", [], ["lapse_offer"]),
    "taken early": Story("offer", [take(EARLY)], ["accept_offer"]),
    "taken at the instant": Story("offer", [take(AT)], ["accept_offer"]),
    "taken a microsecond late": Story("offer", [take(JUST_LATE)], ["lapse_offer", "!accept_offer"]),
    "taken a millisecond late": Story("offer", [take(LATE)], ["lapse_offer", "!accept_offer"]),
    "taken in time, never signalled": Story("offer", [take(AT, signalled=False)], ["accept_offer"]),
    "taken in time, withdrawn late": Story(
        "offer",
        [Asked(Action.WITHDRAW_OFFER, SELLER, LATE), take(AT)],
        ["accept_offer", "!withdraw_offer"],
    ),
    "withdrawn in time, taken late": Story(
        "offer",
        [take(LATE), Asked(Action.WITHDRAW_OFFER, SELLER, EARLY)],
        ["withdraw_offer", "!accept_offer"],
    ),
    "something else, late": Story("offer", [Asked(*COMPLETE, LATE)], ["lapse_offer", "complete"]),
    "something else, in time": Story("offer", [Asked(*COMPLETE, AT)], ["complete"]),
    "a wish unanswered": Story("wish", [], ["leave_cancellation_unanswered"]),
    "refused at the instant": Story("wish", [Asked(*NO, AT)], ["refuse_cancellation"]),
    "refused late": Story(
        "wish", [Asked(*NO, JUST_LATE)], ["leave_cancellation_unanswered", "refuse_cancellation"]
    ),
    "granted at the instant": Story("wish", [Asked(Action.CANCEL, SELLER, AT)], ["cancel"]),
    "disputed at the instant": Story(
        "wish", [Asked(*DISPUTE, AT)], ["!open_dispute", "leave_cancellation_unanswered"]
    ),
    "disputed late": Story(
        "wish", [Asked(*DISPUTE, JUST_LATE)], ["leave_cancellation_unanswered", "open_dispute"]
    ),
    "wished for again late": Story(
        "wish", [Asked(*WISH, LATE)], ["leave_cancellation_unanswered", "request_cancellation"]
    ),
    "a reminder that comes too late": Story("offer", [], ["lapse_offer"], reminded=True),
    "a reminder and a timely answer": Story("offer", [take(AT)], ["accept_offer"], reminded=True),
    "a reminder and a late answer": Story(
        "offer", [take(JUST_LATE)], ["lapse_offer", "!accept_offer"], reminded=True
    ),
    "a reminder of a wish, too late": Story(
        "wish", [], ["leave_cancellation_unanswered"], reminded=True
    ),
    "a reminder of a wish that was granted": Story(
        "wish", [Asked(Action.CANCEL, SELLER, AT)], ["cancel"], reminded=True
    ),
}
BEFORE = (
    "taken at the instant",
    "taken a microsecond late",
    "taken in time, withdrawn late",
    "refused late",
    "disputed at the instant",
    "a reminder and a timely answer",
    "a reminder and a late answer",
)
KEYS = keys_of(STORIES, BEFORE)


def begun(story: Story, due: datetime) -> Order:
    """An order of which something passes at this instant."""
    remind_at = due - APART if story.reminded else None
    if story.passes == "offer":
        return fresh(delivered(offer=offer_until(due, remind_at)), due + 60 * DAY)
    return fresh(in_progress(cancellation_request=wish_until(due, remind_at)), due + 60 * DAY)


async def begin(stage: Stage, story: str, due: datetime) -> Case:
    """The order of a story, of a buyer who can pay for an offer."""
    return await stage.start(begun(STORIES[story], due), in_wallet=1_000)


async def send(case: Case, story: str, due: datetime) -> None:
    """Everything in the order of its arrival."""
    for asked in STORIES[story].asked:
        about = {"offer_id": "an-offer"} if "offer" in asked.action else {}
        fields = {**SAID[asked.action], **about}
        if asked.signalled:
            await case.asks(asked.action, asked.who, due + asked.after, **fields)
        else:
            case.writes(asked.action, asked.who, due + asked.after, **fields)


@pytest.fixture(scope="module")
async def outage(temporal_server: WorkflowEnvironment) -> AsyncIterator[dict[Key, Case]]:
    """The orders of all stories; the workers are back."""
    async with Outage(KEYS, begin, send, APART).survived(temporal_server) as cases:
        yield cases


@pytest.mark.parametrize("key", KEYS, ids=name)
async def test_what_was_received_in_time_counts(key: Key, outage: dict[Key, Case]) -> None:
    case, story = outage[key], STORIES[key[0]]
    await case.entries(len(story.told))
    if case.order.state.is_final:
        await case.handle.result()
    else:
        await case.rests()
        await case.is_well()
    assert story.told == case.told
    kinds = [kind_of(event) for event in await case.history()]
    before_the_task = kinds[: kinds.index("TIMER_FIRED")]
    assert 1 == before_the_task.count("WORKFLOW_TASK_COMPLETED")  # it was the race it should be


async def test_a_reminder_that_was_due_while_nobody_worked_still_goes_out(deserted: Stage) -> None:
    """If the window has not ended meanwhile."""
    async with deserted.working(**FORGETFUL):
        now = await deserted.now()
        offer = offer_until(now + 2 * DAY, remind_at=now + DAY)
        case = await deserted.start(fresh(delivered(offer=offer), now + 60 * DAY))
        await case.happened("TIMER_STARTED")
    await case.outage(DAY + APART)
    async with deserted.working():
        event = (await case.entries(1))[0]
        assert ("order.offer_reminder", [BUYER.id]) == (
            event.event,
            [notice.user_id for notice in event.notices],
        )
        lapsed = await case.after(DAY, "order.offer_lapsed")
        assert offer.lapses_at < lapsed.at < offer.lapses_at + timedelta(minutes=1)
    assert ["remind", "lapse_offer"] == case.told


async def test_what_was_done_while_nobody_worked_is_not_reminded_of(deserted: Stage) -> None:
    async with deserted.working(**FORGETFUL):
        now = await deserted.now()
        offer = offer_until(now + 2 * DAY, remind_at=now + DAY)
        case = await deserted.start(fresh(delivered(offer=offer), now + 60 * DAY), in_wallet=1_000)
        await case.happened("TIMER_STARTED")
    await case.outage(DAY + APART)
    late = now + DAY + timedelta(milliseconds=1)  # after the reminder, before the end
    await case.asks(*TAKE, received_at=late, offer_id="an-offer")
    async with deserted.working():
        await case.stands(lambda order: order.state is State.IN_PROGRESS)
        await case.rests()
    assert ["accept_offer"] == case.told
    assert 2 >= len(of_kind(await case.history(), "TIMER_STARTED"))
