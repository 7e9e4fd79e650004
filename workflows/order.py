"""The durable life of one order: it waits for its people and its deadline, and acts by itself."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

# Imported once, not once for each workflow in its sandbox: that is most of what a start costs.
with workflow.unsafe.imports_passed_through():
    from domain.command import Command, Refusal
    from domain.generation import GENERATION, NewerRelease
    from domain.operator_text import (
        CONTINUED,
        command_in_words,
        expiry_in_words,
        in_short_code,
        summary,
        timer_in_words,
    )
    from domain.order import Actor, Order, Outcome
    from domain.rules import decide, expire
    from domain.signals import (
        Unreadable,
        as_once_cleaned,
        record_of_unreadable,
        synthetic_id,
    )
    from domain.step import Recorded, Step, ToRecord, record_of_command, record_of_expiry
    from domain.timers import Timer, first_expired, next_timer, reminder_due
    from domain.vocabulary import Action, Code, Role
    from workflows import attributes, step_activities
    from workflows.clock import MOVE_CLOCK, Clock
    from workflows.inbox import Inbox, ReceivedSignal
    from workflows.signals import OrderSignals, decoded
    from workflows.start import OrderStart
    from workflows.step_activities import HERE_FIRST, ONE_TYPE

TASK_QUEUE = "orders"

LONGEST_HISTORY = 1_000
"""Events after which an order goes on in a fresh run."""

HEAVIEST_START = 500_000
"""Bytes of waiting signals that a fresh run is begun with; Temporal refuses 2 MB. What is more is
answered first."""

EXACT_IDS = "ids are not cleaned"
"""Runs of a release that took the spaces round an id away are replayed as they were."""

FROZEN_SHOWN = "frozen without a deadline is shown"
"""Runs of a release that told Temporal nothing where an order under no deadline was frozen are
replayed as they were."""

HANDED_OVER_SHOWN = "a case that is handed over without a deadline is shown"
"""The same where a case under no deadline went from one mediator to another."""

TICK = timedelta(milliseconds=1)
WEB_UI = Actor(id="temporal", role=Role.OPERATOR)
"""Who asks when a cancellation is requested in Temporal itself."""

NOT_DECIDED_AGAIN = Refusal(code=Code.INVALID_REQUEST, detail="Decided before.")


def workflow_id(order_id: str) -> str:
    """Return the id of an order's workflow."""
    return f"order-{order_id}"


class Turn(Enum):
    """A workflow's next piece of work, worked out anew from its own state before each."""

    CATCH_UP = auto()
    ANSWER = auto()
    EXPIRE = auto()
    END = auto()
    WAIT = auto()


@workflow.defn(name="OrderWorkflow")
class OrderWorkflow(OrderSignals):
    """One order from its payment to its end. The rules decide; this waits and remembers."""

    @workflow.init
    def __init__(self, start: OrderStart) -> None:
        self._order = start.order
        self._generation = start.generation
        self._inbox = Inbox(start.seen, start.by_hand, start.letters, _workflow_lineage_id())
        self._clock = Clock(start.clock)
        self._is_behind = False
        self._not_before: datetime | None = None
        self._cancellation_taken = False
        # The start has set the search attributes; only what changes from here on is told.
        self._shown = start.order

    @workflow.run
    async def run(self, start: OrderStart) -> Outcome:
        """Run until the order is final and everybody who asked has been answered."""
        # `__init__` has taken it, and Temporal wants the same parameters of both.
        del start
        while True:
            # Before the run may be renewed: the next one would not know that it was asked to end.
            self._take_cancellation()
            workflow.set_current_details(summary(self._order))
            turn = self._turn()
            # What follows at once is found by where it leads to, not by each place on the way.
            if turn in (Turn.WAIT, Turn.END) or self._generation < HERE_FIRST:
                self._publish()
            self._continue_as_new_if_long()
            match turn:
                case Turn.CATCH_UP:
                    await self._catch_up()
                case Turn.ANSWER:
                    await self._answer(self._inbox.take())
                case Turn.EXPIRE:
                    await self._expire()
                case Turn.WAIT:
                    await self._wait()
                # No await since the look at the inbox: a signal would stay unanswered.
                case Turn.END if self._order.outcome is not None:
                    return self._order.outcome

    @workflow.query(name="order", description="The order as the rules see it.")
    def order(self) -> Order:
        """Return the order's state, for operators; everybody else reads the database."""
        return self._order

    @workflow.signal(
        name="catch_up", description="The order is read from the database; nothing else happens."
    )
    def catch_up(self, *_: Any) -> None:
        """Note that somebody has seen the database know more than this workflow."""
        self._is_behind = True

    def receive(self, name: str, message: Any) -> None:
        """Take in a signal."""
        once = as_once_cleaned(message)
        # Asked only where it matters: each answer is an event of the history.
        if once != message and not workflow.patched(EXACT_IDS):
            message = once
        self._inbox.receive(name, message, self._clock.now())

    def receive_unknown(self, name: str, arguments: Sequence[RawValue]) -> None:
        """Take in a signal of no known name; a newer API may have written its request down."""
        if name == MOVE_CLOCK and self._clock.is_moved(decoded(arguments)):
            return
        # Runs of before never looked at it, and have these signals numbered in their histories.
        known = self._generation >= ONE_TYPE
        self.receive(name, decoded(arguments) if known else None)

    def _turn(self) -> Turn:
        """Decide from the order's own state what comes next: which of a signal and a timer Temporal
        reports first says nothing about which counts."""
        if self._is_behind:
            return Turn.CATCH_UP
        earliest = self._inbox.earliest()
        # A deadline that even the earliest request came after goes first, whatever arrived first.
        if earliest is not None and first_expired(self._order, earliest) is None:
            return Turn.ANSWER
        if self._timer_due() is not None:
            return Turn.EXPIRE
        if self._order.state.is_final:
            return Turn.END
        return Turn.WAIT

    def _timer_due(self) -> Timer | None:
        now = self._clock.now()
        # The clock of the database, by which deadlines are judged, has not reached the instant yet.
        if self._not_before is not None and now <= self._not_before:
            return None
        return first_expired(self._order, now) or reminder_due(self._order, now)

    async def _wait(self) -> None:
        timer = next_timer(self._order)
        timeout, summary, reading = None, None, self._clock.reading
        if timer is not None:
            due = max(timer.at, self._not_before or timer.at)
            # At the instant itself a request is still in time: only after it has anything passed.
            timeout = self._clock.until(due + TICK)
            summary = timer_in_words(timer)
        try:
            await workflow.wait_condition(
                lambda: self._turn() is not Turn.WAIT or self._clock.reading is not reading,
                timeout=timeout,
                timeout_summary=summary,
            )
        except (TimeoutError, asyncio.CancelledError):
            return

    async def _catch_up(self) -> None:
        # Before the read: who signals `catch_up` during it may know of something newer.
        self._is_behind = False
        stored = await step_activities.read(self._order.id, self._generation)
        self._order = stored.order
        self._inbox.receive_again(stored.requests, self._clock.now())

    async def _answer(self, signal: ReceivedSignal) -> None:
        command = signal.command
        if isinstance(command, Unreadable):
            record = record_of_unreadable(self._order, command)
            summary = f"refused · unreadable {in_short_code(command.entry.action)}"
        else:
            verdict = self._decide(command)
            record, summary = (
                record_of_command(self._order, command, verdict),
                command_in_words(command, verdict),
            )
        recorded = await self._record(record, summary)
        # The rules have to look at it again, on the order as it is now. `decided` needs no more.
        if recorded.status in ("superseded", "newer"):
            self._inbox.put_back(signal)
        if recorded.generation > GENERATION:
            raise NewerRelease(recorded.generation)

    def _decide(self, command: Command) -> Step | Refusal:
        try:
            return decide(self._order, command, self._clock.now())
        except Exception:
            # A rule of today need not make sense of what was asked under another; what was decided
            # then lies in the history, and comes of it whatever stands here.
            if not workflow.unsafe.is_replaying():
                raise
            return NOT_DECIDED_AGAIN

    async def _expire(self) -> None:
        timer = self._timer_due()
        if timer is None:
            return
        step = expire(self._order, timer, self._clock.now())
        record = record_of_expiry(self._order, timer, step)
        recorded = await self._record(record, expiry_in_words(timer, step))
        if recorded.status == "too_early":
            self._not_before = self._clock.now() + recorded.wait
        # `deferred`: written in time and not signalled yet, so they come before the deadline.
        self._inbox.receive_again(recorded.requests, self._clock.now())

    async def _record(self, record: ToRecord, summary: str) -> Recorded:
        """Write a step or a refusal down, and go on from the order as the database has it."""
        recorded = await step_activities.write(record, summary, self._order, self._generation)
        self._order = recorded.order
        return recorded

    def _take_cancellation(self) -> None:
        """Take a cancellation requested in the Web UI for an operator's `cancel` like any other."""
        if workflow.cancellation_reason() is None or self._cancellation_taken:
            return
        self._cancellation_taken = True
        wish = {"actor": WEB_UI.model_dump(mode="json")}
        self._inbox.add(
            ReceivedSignal(
                name=Action.CANCEL,
                message=wish,
                request_id=synthetic_id(f"cancellation-{_run_lineage_id()}"),
                arrived_at=self._clock.now(),
            )
        )

    def _publish(self) -> None:
        changed = attributes.changes(self._shown, self._order)
        if not changed and (more := attributes.without_deadline(self._shown, self._order)):
            # Asked only where it matters: each answer is an event of the history.
            changed = more if workflow.patched(FROZEN_SHOWN) else []
        if not changed and (more := attributes.handed_over(self._shown, self._order)):
            changed = more if workflow.patched(HANDED_OVER_SHOWN) else []
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown = self._order

    def _continue_as_new_if_long(self) -> None:
        run = workflow.info()
        long = run.get_current_history_length() >= LONGEST_HISTORY
        if not long and not run.is_continue_as_new_suggested():  # which large signals bring about
            return
        # A fresh run would not know that it is behind, and an order that ends needs none.
        if self._turn() in (Turn.END, Turn.CATCH_UP) or self._inbox.size_bytes > HEAVIEST_START:
            return
        self._publish()  # the next run takes it for told
        workflow.set_current_details(CONTINUED)
        # No await since the look: whatever waits at this moment is carried along.
        workflow.continue_as_new(
            OrderStart(
                order=self._order,
                seen=tuple(self._inbox.seen),
                by_hand=self._inbox.unnumbered_signals,
                letters=self._inbox.waiting,
                generation=GENERATION,
                clock=self._clock.reading,
            )
        )


def _workflow_lineage_id() -> str:
    """Return a stable id of this workflow across continue-as-new and reset; new after a fresh
    start."""
    # The last digits of the first run's id: those before may be the time.
    return workflow.info().first_execution_run_id[-12:]


def _run_lineage_id() -> str:
    """Return a stable id of this run across a reset, which no other run of any order's has."""
    run = workflow.info()
    before = run.continued_run_id
    return f"after-{before[-12:]}" if before else run.first_execution_run_id[-12:]
