"""No worker while a deadline passes: afterwards a timer that has fired and signals from both sides
of the instant come to the workflow together. What counts is when each request was received.

Each story is of a pending order: the seller may accept it and the buyer cancel it until the
deadline, which cancels it. `outage.py` plays them.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.order import Actor
from domain.vocabulary import Action, Role, State
from tests.domain.examples import BUYER, SELLER, pending
from tests.workflows.outage import Key, Outage, keys_of, name
from tests.workflows.recording import Event
from tests.workflows.stage import SINGLE_BATCH, Case, Stage, failures, fresh, kind_of, of_kind

IN_TIME = timedelta(milliseconds=-100)
EARLIER = timedelta(milliseconds=-200)
EXACTLY = timedelta()
JUST_LATE = timedelta(microseconds=1)
LATE = timedelta(milliseconds=200)


@dataclass(frozen=True)
class Wanted:
    """Who asked for what, and how long after the deadline it was received."""

    action: Action
    who: Actor
    after: timedelta
    written: bool = True
    """In the database. Not so what an operator sends by hand."""
    signalled: timedelta | None = timedelta()
    """How wrong the stamp of its signal is; None for a signal that never came."""


def accept(after: timedelta, **how: bool | timedelta | None) -> Wanted:
    return Wanted(Action.ACCEPT, SELLER, after, **how)  # type: ignore[arg-type]


def cancel(after: timedelta, **how: bool | timedelta | None) -> Wanted:
    return Wanted(Action.CANCEL, BUYER, after, **how)  # type: ignore[arg-type]


ACCEPTED, TOO_LATE = "accept", "accept refused: deadline-passed"
BY_BUYER, BY_SILENCE = "cancel by buyer", "cancel by deadline"
NOT_PENDING = "cancel refused: action-not-allowed"

STORIES: dict[str, tuple[list[Wanted], list[str]]] = {
    "nothing came": ([], [BY_SILENCE]),
    "timely": ([accept(IN_TIME)], [ACCEPTED]),
    "late": ([accept(LATE)], [BY_SILENCE, TOO_LATE]),
    "at the instant": ([accept(EXACTLY)], [ACCEPTED]),
    "a microsecond late": ([accept(JUST_LATE)], [BY_SILENCE, TOO_LATE]),
    "timely, then late": ([accept(IN_TIME), cancel(LATE)], [ACCEPTED, NOT_PENDING]),
    "late, then timely": ([cancel(LATE), accept(IN_TIME)], [ACCEPTED, NOT_PENDING]),
    "two timely ones, in order": (
        [accept(EARLIER), cancel(IN_TIME)],
        [ACCEPTED, NOT_PENDING],
    ),
    "two timely ones, in the other order": (
        [accept(IN_TIME), cancel(EARLIER)],
        [BY_BUYER, "accept refused: action-not-allowed"],
    ),
    "two late ones": (
        [accept(LATE), cancel(JUST_LATE)],
        [BY_SILENCE, "cancel refused: deadline-passed", TOO_LATE],
    ),
    "timely, by hand": ([accept(IN_TIME, written=False)], [ACCEPTED]),
    "late, by hand": ([accept(LATE, written=False)], [BY_SILENCE, TOO_LATE]),
    "timely, never signalled": ([accept(IN_TIME, signalled=None)], [ACCEPTED]),
    "at the instant, never signalled": ([accept(EXACTLY, signalled=None)], [ACCEPTED]),
    "late, never signalled": ([accept(LATE, signalled=None)], [BY_SILENCE]),
    "late, and a timely one never signalled": (
        [cancel(LATE), accept(IN_TIME, signalled=None)],
        [ACCEPTED, NOT_PENDING],
    ),
    "timely, with a late stamp on its signal": (
        [accept(IN_TIME, signalled=LATE)],
        [ACCEPTED],
    ),
}

KEYS = keys_of(STORIES, ("timely", "late", "timely, then late", "late, then timely"))


async def begin(stage: Stage, _story: str, due: datetime) -> Case:
    """A pending order with this deadline."""
    return await stage.start(fresh(pending(), due))


async def send(case: Case, story: str, due: datetime) -> None:
    """Everything in the order of its arrival."""
    for wish in STORIES[story][0]:
        received_at = due + wish.after
        if wish.written:
            request_id, request = case.writes(wish.action, wish.who, received_at)
            message = {**request.signal, "request_id": request_id}
        else:
            message = {"actor": wish.who.model_dump(mode="json")}
        if wish.signalled is not None:
            stamp = (received_at + wish.signalled).isoformat()
            await case.handle.signal(wish.action.value, {**message, "received_at": stamp})


@pytest.fixture(scope="module")
async def outage(temporal_server: WorkflowEnvironment) -> AsyncIterator[dict[Key, Case]]:
    """The orders of all stories; the workers are back."""
    async with Outage(KEYS, begin, send).survived(temporal_server) as cases:
        yield cases


def in_short(event: Event) -> str:
    """`accept`, `cancel by deadline`, `accept refused: deadline-passed`."""
    if not event.accepted:
        return f"{event.action} refused: {event.code}"
    if event.action == "cancel" and event.actor is not None:
        return f"cancel by {event.actor.role}"
    return event.action


@pytest.mark.parametrize("key", KEYS, ids=name)
async def test_what_was_received_in_time_counts(key: Key, outage: dict[Key, Case]) -> None:
    case, (story, flag, _) = outage[key], key
    wishes, expected = STORIES[story]
    journal = await case.entries(len(expected))
    assert expected == [in_short(event) for event in journal]
    if expected[0] == ACCEPTED:
        assert State.IN_PROGRESS == case.order.state
        await case.is_well()
    else:
        outcome = await case.handle.result()
        by = Role.BUYER if expected[0] == BY_BUYER else Role.DEADLINE
        assert (State.CANCELLED, by) == (outcome.kind, outcome.by)
        assert 2000 == case.buyer_got
        assert expected == [in_short(event) for event in case.journal]

    # That it was the race that it is meant to be.
    history = await case.history()
    kinds = [kind_of(event) for event in history]
    together = kinds[kinds.index("TIMER_FIRED") :].index("WORKFLOW_TASK_STARTED")
    before_the_task = kinds[: kinds.index("TIMER_FIRED") + together]
    signals = len([wish for wish in wishes if wish.signalled is not None])
    assert signals == before_the_task.count("WORKFLOW_EXECUTION_SIGNALED")
    assert 1 == before_the_task.count("WORKFLOW_TASK_COMPLETED")
    assert [] == failures(history)
    done = of_kind(history, "WORKFLOW_TASK_COMPLETED")
    flags = done[0].workflow_task_completed_event_attributes.sdk_metadata.lang_used_flags
    assert flag == (SINGLE_BATCH in flags)
