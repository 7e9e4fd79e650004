"""Writes the histories of payments that `tests/workflows/test_past_payments.py` replays.

    .venv/bin/python -m tests.record_payments  # stories that have none
    .venv/bin/python -m tests.record_payments payments/payout_paid  # once more, beside the first

A payment that waits for its provider, a bank or a second person may take days, and goes on with the
release that comes meanwhile. What an earlier release did can only be recorded with that release:
its history stays as it is, and a new one is put beside it.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowHistory
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.payments import PayInState, PayoutState
from tests.record_histories import ROOT, beside
from tests.temporal_server import time_skipping_server
from tests.workflows import fingerprints
from tests.workflows.commands import commands_in
from tests.workflows.fingerprints import HISTORIES, path_of, story_of
from workflows.options import PAYMENTS_QUEUE
from workflows.pay_ins import PayInWorkflow
from workflows.payouts import PayoutWorkflow
from workflows.start import PayInStart, PayoutStart

FOLDER = "payments"
FINGERPRINTS = HISTORIES / FOLDER / "fingerprints.json"
RECORDER = "tests.record_payments"
IN, OUT = PayInState, PayoutState
STAYS_PAID = (OUT.PAID,) * 11
"""For ten days it is looked at each day."""
SOON, LATER = 60, 5_400
"""Seconds after which somebody says something: within the first hour, and in the second."""


@dataclass(frozen=True)
class Story:
    """A payment's life: what each look at it finds (None: the provider does not say), and after how
    many seconds its workflow is told something, 0 where that begins it."""

    finds: Sequence[PayInState | PayoutState | None]
    told: tuple[int, ...] = ()
    asking_fails: bool = False

    @property
    def is_out(self) -> bool:
        """Whether it is a payment out."""
        return isinstance(self.finds[0], PayoutState)


STORIES: dict[str, Story] = {
    "pay_in_paid": Story([IN.OPEN, IN.PAID], told=(SOON,)),
    "pay_in_failed": Story([IN.OPEN, IN.FAILED], told=(SOON,)),
    "pay_in_told_in_vain": Story([IN.OPEN, IN.OPEN, IN.OPEN, IN.PAID], told=(SOON, SOON)),
    "pay_in_paid_when_asked": Story([IN.OPEN, IN.OPEN, IN.PAID]),
    "pay_in_lapsed": Story([*(IN.OPEN,) * 24, IN.LAPSED]),
    "pay_in_paid_late": Story([IN.PAID], told=(0,)),
    "pay_in_provider_away": Story([IN.OPEN, IN.OPEN, IN.PAID], told=(LATER,), asking_fails=True),
    "payout_paid": Story([OUT.PENDING, *STAYS_PAID], told=(SOON,)),
    "payout_paid_when_asked": Story([OUT.PENDING, OUT.PENDING, *STAYS_PAID]),
    "payout_failed": Story([OUT.PENDING, OUT.FAILED], told=(SOON,)),
    "payout_returned": Story([OUT.RETURNED], told=(0,)),
    "payout_returned_unheard": Story([OUT.PENDING, OUT.PAID, OUT.PAID, OUT.RETURNED], told=(SOON,)),
    "payout_cancelled": Story([OUT.REQUESTED, OUT.CANCELLED], told=(SOON,)),
    "payout_approved": Story(
        [OUT.REQUESTED, OUT.REQUESTED, OUT.PENDING, *STAYS_PAID], told=(LATER,)
    ),
    "payout_provider_away": Story([OUT.PENDING, None, *STAYS_PAID]),
}
NAMES = [f"{FOLDER}/{story}" for story in STORIES]
"""Of the stories' first histories; further ones are numbered: `payments/pay_in_paid.2`."""


@dataclass
class World:
    """The provider and the books of one story."""

    story: Story
    looks: int = 0

    @activity.defn(name="settle_pay_in")
    async def settle(self, _: dict[str, Any]) -> Any:
        """What a look at a payment in finds."""
        return self._found()

    @activity.defn(name="carry_payout")
    async def carry(self, _: dict[str, Any]) -> Any:
        """What a look at a payment out finds."""
        return self._found()

    @activity.defn(name="ask_for_pay_in")
    async def ask(self, _: dict[str, Any]) -> None:
        """The provider is asked."""
        if self.story.asking_fails:
            raise ApplicationError("it does not say", non_retryable=True)

    @activity.defn(name="end_pay_in")
    async def end(self, _: dict[str, Any]) -> None:
        """Nobody can pay it any more."""

    def _found(self) -> PayInState | PayoutState:
        found = self.story.finds[self.looks]
        self.looks += 1
        if found is None:
            raise ApplicationError("it does not say", non_retryable=True)
        return found


def recorded() -> list[str]:
    """The names of the histories that are there."""
    files = (HISTORIES / FOLDER).glob("*.json")
    return sorted(f"{FOLDER}/{file.stem}" for file in files if file != FINGERPRINTS)


def history_of(name: str) -> WorkflowHistory:
    """A recorded history."""
    return WorkflowHistory.from_json("payment-of-old", path_of(name).read_text())


def workflow_of(name: str) -> type:
    """Which workflow's history it is."""
    return PayoutWorkflow if STORIES[_story_in(name)].is_out else PayInWorkflow


def _story_in(name: str) -> str:
    return story_of(name)[0].removeprefix(f"{FOLDER}/")


async def record(server: WorkflowEnvironment, name: str) -> None:
    """Has stand-ins carry a payment on, and writes its workflow's history down."""
    history = await _lived(server, STORIES[_story_in(name)], name)
    events = json.dumps(history.to_json_dict(), separators=(",", ":"))
    # Stack traces tell where it was recorded.
    path_of(name).write_text(events.replace(f"{ROOT}/", "") + "\n")
    known = {**fingerprints.read(FINGERPRINTS), name: commands_in(history)}
    fingerprints.write(known, FINGERPRINTS)
    sys.stdout.write(f"{name}: {len(history.events)} events\n")


async def _lived(server: WorkflowEnvironment, story: Story, name: str) -> WorkflowHistory:
    world = World(story)
    begins = PayoutWorkflow.run if story.is_out else PayInWorkflow.run
    start = PayoutStart(id=name) if story.is_out else PayInStart(id=name)
    run: Any = begins
    async with Worker(
        server.client,
        task_queue=PAYMENTS_QUEUE,
        workflows=[PayInWorkflow, PayoutWorkflow],
        activities=[world.settle, world.carry, world.ask, world.end],
    ):
        handle = await server.client.start_workflow(
            run,
            start,
            id=name,
            task_queue=PAYMENTS_QUEUE,
            start_signal=PayInWorkflow.told.__name__ if 0 in story.told else None,
        )
        for seconds in filter(None, story.told):
            await server.sleep(seconds)
            await handle.signal(PayInWorkflow.told.__name__)
        await handle.result()
        return await handle.fetch_history()


def to_record(arguments: Sequence[str]) -> list[str]:
    """The names of the histories that are asked for."""
    taken = {*recorded(), *fingerprints.read(FINGERPRINTS)}
    if not arguments:
        return [name for name in NAMES if name not in taken]
    return [beside(name, taken) for name in arguments]


async def main(arguments: list[str]) -> None:
    """Records what is asked for."""
    (HISTORIES / FOLDER).mkdir(exist_ok=True)
    async with await time_skipping_server(identity=RECORDER) as server:
        for name in to_record(arguments):
            await record(server, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
