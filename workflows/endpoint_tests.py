"""Sending an endpoint its test: as patiently as it is told of steps, and not for ever."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.endpoint_tests import (
        EndpointTestActivities,
        EndpointTestRef,
        NextAttemptOfTest,
    )
    from activities.heartbeat import HEARTBEAT
    from activities.notifications import DeliveryReport
    from workflows import options
    from workflows.notifications import PatientTelling
    from workflows.start import EndpointTestStart


def workflow_id(number: int) -> str:
    """Return the id of the workflow that sends a test."""
    return f"test-webhook-{number}"


@workflow.defn(name="EndpointTestWorkflow")
class EndpointTestWorkflow(PatientTelling):
    """Sends a test until it has arrived; gives up after three days."""

    @workflow.init
    def __init__(self, test: EndpointTestStart) -> None:
        super().__init__(test)
        self._test = EndpointTestRef(number=test.number)

    @workflow.run
    async def run(self, test: EndpointTestStart) -> DeliveryReport:
        """Run until the test has ended one way or the other."""
        del test
        return await self.tell()

    async def _attempt(self, summary: str) -> DeliveryReport:
        return await workflow.execute_activity_method(
            EndpointTestActivities.send_endpoint_test,
            self._test,
            **options.sending(summary, HEARTBEAT),
        )

    async def _end(self, summary: str) -> DeliveryReport:
        return await workflow.execute_activity_method(
            EndpointTestActivities.give_up_endpoint_test,
            self._test,
            **options.sending(summary, HEARTBEAT),
        )

    async def _note(self, at: datetime) -> None:
        await workflow.execute_activity_method(
            EndpointTestActivities.note_next_attempt_of_test,
            NextAttemptOfTest(test=self._test, at=at),
            **options.sending("notes the next attempt", HEARTBEAT),
        )

    def _so_far(self) -> EndpointTestStart:
        return EndpointTestStart(
            number=self._test.number,
            attempts=self._attempts,
            waited=self._waited,
            clock=self._clock.reading,
        )
