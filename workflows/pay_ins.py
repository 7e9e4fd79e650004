"""A payment on its way in: waits for what the provider says, asks by itself, ends after a day."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.pay_ins import PayInActivities, PayInRef
    from domain.payments import PayInState
    from workflows import options
    from workflows.start import PayInStart

ASKS_EVERY = timedelta(hours=1)
LAPSES_AFTER = timedelta(days=1)


def workflow_id(pay_in_id: str) -> str:
    """Return the id of the workflow of a payment."""
    return f"pay-in-{pay_in_id}"


@workflow.defn(name="PayInWorkflow")
class PayInWorkflow:
    """Books a payment as soon as its provider says that the money is there.

    What the provider says is written down before this is told of it, and read from there: nothing
    that is told here counts, so that nothing can be made up, and told twice it is done once.
    """

    @workflow.init
    def __init__(self, start: PayInStart) -> None:
        self._pay_in = PayInRef(id=start.id)
        self._lapses_at = start.lapses_at or workflow.now() + LAPSES_AFTER
        self._is_told = False

    @workflow.signal
    def told(self) -> None:
        """Look at what the provider has said."""
        self._is_told = True

    @workflow.run
    async def run(self, start: PayInStart) -> PayInState | None:
        """Run until the payment has ended; one that was paid later is run again."""
        del start
        while (state := await self._settled()) is PayInState.OPEN or self._is_told:
            await self._wait()
            if workflow.info().is_continue_as_new_suggested() and not self._is_told:
                workflow.continue_as_new(PayInStart(id=self._pay_in.id, lapses_at=self._lapses_at))
        return state

    async def _settled(self) -> PayInState | None:
        self._is_told = False
        return await workflow.execute_activity_method(
            PayInActivities.settle_pay_in,
            self._pay_in,
            **options.paying("does what the provider has said"),
        )

    async def _wait(self) -> None:
        try:
            await workflow.wait_condition(lambda: self._is_told, timeout=ASKS_EVERY)
        except TimeoutError:
            await self._ask()

    async def _ask(self) -> None:
        is_over = workflow.now() >= self._lapses_at
        activity = PayInActivities.end_pay_in if is_over else PayInActivities.ask_for_pay_in
        summary = "ends the payment" if is_over else "asks the provider"
        try:
            await workflow.execute_activity_method(
                activity, self._pay_in, **options.asking_provider(summary)
            )
        except ActivityError as error:  # away for long, or it refuses: it is asked again later
            workflow.logger.warning("the provider does not say: %s", error.cause)
