"""A payment on its way in: waits for what the provider says, asks by itself, ends after a day."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.pay_ins import PayInActivities, PayInRef
    from domain.payments import PayInState, Way
    from workflows import options
    from workflows.payments import ASKS_EVERY, PatientPayment
    from workflows.start import PayInStart

LAPSES_AFTER = timedelta(days=1)


def workflow_id(pay_in_id: str) -> str:
    """Return the id of the workflow of a payment."""
    return f"pay-in-{pay_in_id}"


@workflow.defn(name="PayInWorkflow")
class PayInWorkflow(PatientPayment):
    """Books a payment as soon as its provider says that the money is there.

    What the provider says is written down before this is told of it, and read from there: nothing
    that is told here counts, so that nothing can be made up, and told twice it is done once.
    """

    _way = Way.IN

    @workflow.init
    def __init__(self, start: PayInStart) -> None:
        super().__init__(start)
        self._pay_in = PayInRef(id=start.id)
        self._lapses_at = start.lapses_at or self._clock.now() + LAPSES_AFTER
        self._asks_at = self._clock.now() + ASKS_EVERY

    @workflow.run
    async def run(self, start: PayInStart) -> PayInState | None:
        """Run until the payment has ended; one that was paid later is run again."""
        del start
        while (state := await self._settled()) is PayInState.OPEN or self._is_told:
            await self._wait()
            if workflow.info().is_continue_as_new_suggested() and not self._is_told:
                workflow.continue_as_new(self._so_far())
        return state

    async def _settled(self) -> PayInState | None:
        self._is_told = False
        return await workflow.execute_activity_method(
            PayInActivities.settle_pay_in,
            self._pay_in,
            **options.paying("does what the provider has said"),
        )

    async def _wait(self) -> None:
        # What is told in between puts off neither the next question nor the end.
        if await self._has_come(self._asks_at):
            self._asks_at = self._clock.now() + ASKS_EVERY
            await self._ask()

    def _so_far(self) -> PayInStart:
        return PayInStart(id=self._pay_in.id, lapses_at=self._lapses_at, clock=self._clock.reading)

    async def _ask(self) -> None:
        is_over = self._clock.now() >= self._lapses_at
        activity = PayInActivities.end_pay_in if is_over else PayInActivities.ask_for_pay_in
        summary = "ends the payment" if is_over else "asks the provider"
        try:
            await workflow.execute_activity_method(activity, self._pay_in, **self._asking(summary))
        except ActivityError as error:  # away for long, or it refuses: it is asked again later
            workflow.logger.warning("the provider does not say: %s", error.cause)
