"""A payment on its way out: waits for approval, has the provider pay it, asks what became of it."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.payouts import PayoutActivities, PayoutRef
    from domain.payments import PayoutState, Way
    from workflows.payments import ASKS_EVERY, PatientPayment
    from workflows.start import PayoutStart

OPEN = (PayoutState.REQUESTED, PayoutState.PENDING)
LOOKS_EVERY = timedelta(days=1)
COMES_BACK_WITHIN = timedelta(days=10)
"""So long after it was paid a payout is looked at each day: banks send back what they cannot credit
within five of their working days, and the provider may tell of that while nobody listens."""


def workflow_id(payout_id: str) -> str:
    """Return the id of the workflow of a payout."""
    return f"payout-{payout_id}"


@workflow.defn(name="PayoutWorkflow")
class PayoutWorkflow(PatientPayment):
    """Carries a payout on until it is paid or back in the wallet.

    Where it stands is written in its row, before and after the provider is asked: nothing that is
    told here counts, so that nothing can be made up, and whoever takes over goes on from there.
    """

    _way = Way.OUT

    @workflow.init
    def __init__(self, start: PayoutStart) -> None:
        super().__init__(start)
        self._payout = PayoutRef(id=start.id)
        self._paid_at: datetime | None = None

    @workflow.run
    async def run(self, start: PayoutStart) -> PayoutState | None:
        """Run until nothing more is to be expected of the payout; one of which more is told later
        is run again."""
        del start
        while self._goes_on(state := await self._carried()):
            looks_after = ASKS_EVERY if state in OPEN else LOOKS_EVERY
            await self._has_come(self._clock.now() + looks_after)
            if workflow.info().is_continue_as_new_suggested() and not self._is_told:
                workflow.continue_as_new(PayoutStart(id=self._payout.id, clock=self._clock.reading))
        return state

    def _goes_on(self, state: PayoutState | None) -> bool:
        if state is PayoutState.PAID:
            self._paid_at = self._paid_at or self._clock.now()
            return self._is_told or self._clock.now() < self._paid_at + COMES_BACK_WITHIN
        return self._is_told or state in OPEN

    async def _carried(self) -> PayoutState | None:
        self._is_told = False
        try:
            return await workflow.execute_activity_method(
                PayoutActivities.carry_payout,
                self._payout,
                **self._asking("carries the payout on"),
            )
        except ActivityError as error:  # away for long, or it does not say: it is asked again later
            workflow.logger.warning("the provider does not answer: %s", error.cause)
            return PayoutState.PENDING
