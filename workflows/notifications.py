"""Telling people of one step, beside the order and never in its way: patiently, not for ever."""

import asyncio
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.heartbeat import HEARTBEAT
    from activities.notifications import (
        DeliveryReport,
        NextAttempt,
        NotificationActivities,
        StepRef,
    )
    from domain.conversation import event_name
    from domain.operator_text import instant
    from workflows import options
    from workflows.clock import Clock
    from workflows.start import EndpointTestStart, NotificationStart

Start = NotificationStart | EndpointTestStart

FIRST_PAUSE = timedelta(seconds=5)
SHORTEST_PAUSE = timedelta(milliseconds=100)
LONGEST_PAUSE = timedelta(hours=6)
PATIENCE = timedelta(days=3)


def workflow_id(order_id: str, seq: int) -> str:
    """Return the id of the workflow that tells of a step, or of a message (minus its number)."""
    return f"tell-{order_id}-{event_name(seq)}"


class PatientTelling(ABC):
    """Tries until nothing is pending, after pauses that grow; gives up after three days."""

    def __init__(self, telling: Start) -> None:
        self._attempts = telling.attempts
        self._waited = telling.waited
        self._wanted = False
        self._clock = Clock(telling.clock)

    @abstractmethod
    async def _attempt(self, summary: str) -> DeliveryReport:
        """Try once; `summary` is its line in the Web UI."""

    @abstractmethod
    async def _end(self, summary: str) -> DeliveryReport:
        """Fail what is still pending."""

    @abstractmethod
    async def _note(self, at: datetime) -> None:
        """Write down until when (UTC) this waits, for whoever moves the clock."""

    @abstractmethod
    def _so_far(self) -> Start:
        """Return what the next run begins with."""

    async def tell(self) -> DeliveryReport:
        """Go on until everything has ended one way or the other."""
        try:
            return await self._tell()
        except (ActivityError, asyncio.CancelledError) as error:
            # What counts as begun no relay looks for: left pending, it would wait for ever.
            if is_cancelled_exception(error):
                await self._give_up()
            raise

    @workflow.signal(name="try_now", description="Whatever is pending is tried again at once.")
    def try_now(self, *_: Any) -> None:
        """Note that somebody will not wait for the next attempt, or has added something to tell."""
        self._wanted = True

    @workflow.signal(name="move_clock", description="How a clock that can be moved is set.")
    def move_clock(self, message: Any = None, *_: Any) -> None:
        """Take in how the clock is set from now on, where there is one that can be moved."""
        self._clock.is_moved(message)

    async def _tell(self) -> DeliveryReport:
        while True:
            # Before the attempt: what is added while it is under way wants another one.
            self._wanted = False
            told = await self._send()
            # No await between this look and the return: a wish would get lost with the run.
            if told.pending == 0 and not self._wanted:
                return told
            if self._waited >= PATIENCE and not self._wanted:
                told = await self._give_up()
                if not self._was_wanted_meanwhile():
                    return told
                # Somebody had a message sent again meanwhile: it is pending, and begins anew.
                self._attempts, self._waited = 0, timedelta()
                continue
            await self._pause(told)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._so_far())

    def _was_wanted_meanwhile(self) -> bool:
        """Look anew: a signal may have come during any await."""
        return self._wanted

    async def _send(self) -> DeliveryReport:
        self._attempts += 1
        told = await self._attempt(f"attempt {self._attempts}")
        workflow.set_current_details(in_words(told))
        return told

    async def _pause(self, told: DeliveryReport) -> None:
        pause = self._next_pause(told)
        at = self._clock.now() + pause
        workflow.set_current_details(f"{in_words(told)}\n\nNext attempt at {instant(at)}.")
        if self._clock.reading is not None:
            await self._note(at)
        if await self._clock.reaches(at, lambda: self._wanted, "until the next attempt"):
            self._count(told, pause)
        else:
            self._attempts, self._waited = 0, timedelta()

    def _count(self, told: DeliveryReport, pause: timedelta) -> None:
        if told.pending > told.waiting:
            self._waited += pause
        else:
            # What waited for its time has failed nowhere: patience begins with the attempts.
            self._attempts = 0

    def _next_pause(self, told: DeliveryReport) -> timedelta:
        doublings = min(self._attempts - 1, 30)
        pause = min(FIRST_PAUSE * int(2**doublings), LONGEST_PAUSE, PATIENCE - self._waited)
        if told.due_in is None:
            return pause
        due_in = max(timedelta(seconds=told.due_in), SHORTEST_PAUSE)
        return min(pause, due_in) if told.pending > told.waiting else due_in

    async def _give_up(self) -> DeliveryReport:
        told = await self._end("give up what is left")
        workflow.set_current_details(in_words(told))
        return told


@workflow.defn(name="NotificationWorkflow")
class NotificationWorkflow(PatientTelling):
    """Sends what a step wrote down until nothing is pending; gives up after three days."""

    @workflow.init
    def __init__(self, telling: NotificationStart) -> None:
        super().__init__(telling)
        self._step = StepRef(order_id=telling.order_id, seq=telling.seq, cause=telling.cause)

    @workflow.run
    async def run(self, telling: NotificationStart) -> DeliveryReport:
        """Run until every delivery has ended one way or the other."""
        del telling
        return await self.tell()

    async def _attempt(self, summary: str) -> DeliveryReport:
        return await workflow.execute_activity_method(
            NotificationActivities.send_notifications,
            self._step,
            **options.sending(summary, HEARTBEAT),
        )

    async def _end(self, summary: str) -> DeliveryReport:
        return await workflow.execute_activity_method(
            NotificationActivities.give_up_notifications,
            self._step,
            **options.sending(summary, HEARTBEAT),
        )

    async def _note(self, at: datetime) -> None:
        await workflow.execute_activity_method(
            NotificationActivities.note_next_attempt,
            NextAttempt(step=self._step, at=at),
            **options.sending("notes the next attempt", HEARTBEAT),
        )

    def _so_far(self) -> NotificationStart:
        return NotificationStart(
            order_id=self._step.order_id,
            seq=self._step.seq,
            attempts=self._attempts,
            waited=self._waited,
            clock=self._clock.reading,
            cause=self._step.cause,
        )


def in_words(told: DeliveryReport) -> str:
    """Say in Markdown how far it is: `2 of 3 delivered; webhook 1a2b3c4d: answered 500`."""
    total = told.delivered + told.failed + told.pending
    failed = f", {told.failed} failed" if told.failed else ""
    waiting = f", {told.waiting} gathered for the next mail" if told.waiting else ""
    head = f"**{told.event}**: {told.delivered} of {total} delivered{failed}{waiting}"
    return "; ".join((head, *told.problems))
