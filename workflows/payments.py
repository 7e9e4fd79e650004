"""What seeing to a payment has in common, whichever way it goes: it is told that there is something
to look at, and looks each hour by itself."""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.payment_looks import NextLook, PaymentLookActivities
    from domain.payments import Way
    from workflows import options
    from workflows.clock import Clock
    from workflows.start import PayInStart, PayoutStart

ASKS_EVERY = timedelta(hours=1)


class PatientPayment:
    """Waits until it is told something, or until it is time to look unasked."""

    _way: Way

    def __init__(self, start: PayInStart | PayoutStart) -> None:
        self._id = start.id
        self._clock = Clock(start.clock)
        self._is_told = False

    @workflow.signal(description="There is something new to look at.")
    def told(self) -> None:
        """Look at what is known of the payment."""
        self._is_told = True

    @workflow.signal(name="move_clock", description="How a clock that can be moved is set.")
    def move_clock(self, message: Any = None, *_: Any) -> None:
        """Take in how the clock is set from now on, where there is one that can be moved."""
        self._clock.is_moved(message)

    def _asking(self, summary: str) -> ActivityConfig:
        rehearsed = self._clock.reading is not None
        return options.asking_provider(summary, rehearsed=rehearsed)

    async def _has_come(self, at: datetime) -> bool:
        """Wait until an instant (UTC); return whether it has come, and nothing was told before."""
        if self._clock.reading is not None:
            await self._note(at)
        return await self._clock.reaches(at, lambda: self._is_told, "until it looks by itself")

    async def _note(self, at: datetime) -> None:
        """Write down until when this waits, for whoever moves the clock."""
        await workflow.execute_activity_method(
            PaymentLookActivities.note_next_look,
            NextLook(way=self._way, id=self._id, at=at),
            **options.paying("notes the next look"),
        )
