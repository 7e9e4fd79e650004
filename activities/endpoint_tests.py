"""Tests of endpoints, sent by the channel that tells them of steps, and with the same patience."""

from datetime import datetime

from temporalio import activity

from activities.attempts import insist, outcome_of
from activities.channel import EndpointTest
from activities.heartbeat import heartbeat_while
from activities.notifications import SECONDS_EACH, SWITCHED_OFF, DeliveryReport
from activities.webhooks import WebhookChannel
from db import clock_of_messages, endpoint_tests
from db.deliveries import Status
from db.endpoint_tests import BegunTest
from db.pool import Connection, Pool, connection
from domain.base import Frozen
from domain.notices import ENDPOINT_TEST


class EndpointTestRef(Frozen):
    """A test of an endpoint, by its number."""

    number: int


class NextAttemptOfTest(Frozen):
    """When (UTC) a test is tried next."""

    test: EndpointTestRef
    at: datetime


class EndpointTestActivities:
    """The activities of `EndpointTestWorkflow`; without a channel every test fails at once."""

    def __init__(
        self, pool: Pool, channel: WebhookChannel | None, seconds_each: float = SECONDS_EACH
    ) -> None:
        self._pool = pool
        self._channel = channel
        self._seconds_each = seconds_each

    @activity.defn(name="send_endpoint_test")
    async def send_endpoint_test(self, test: EndpointTestRef) -> DeliveryReport:
        """Try once to send a test that is still pending."""
        async with connection(self._pool) as acquired:
            begun = await endpoint_tests.begin(acquired, test.number)
        if begun is not None:
            # The connection is given back before anything is sent: a receiver may hang.
            async with heartbeat_while():
                status, error = await self._tried(test.number, begun)

            async def note(acquired: Connection) -> None:
                await endpoint_tests.tried(acquired, test.number, status, error)

            await insist(self._pool, note)
        return await self._report(test)

    @activity.defn(name="give_up_endpoint_test")
    async def give_up_endpoint_test(self, test: EndpointTestRef) -> DeliveryReport:
        """Mark as failed what could not be delivered for days."""
        async with connection(self._pool) as acquired:
            await endpoint_tests.give_up(acquired, test.number)
        return await self._report(test)

    @activity.defn(name="note_next_attempt_of_test")
    async def note_next_attempt_of_test(self, next_attempt: NextAttemptOfTest) -> None:
        """Write down when a test is tried next, for whoever moves the clock."""
        number = next_attempt.test.number
        async with connection(self._pool) as acquired:
            await clock_of_messages.note_next_attempt_of_test(acquired, number, next_attempt.at)

    async def _tried(self, number: int, begun: BegunTest) -> tuple[Status, str | None]:
        if self._channel is None:
            return "failed", SWITCHED_OFF["webhook"]
        sending = self._channel.send_test(EndpointTest(number, begun.endpoint_id, begun.created_at))
        return await outcome_of("webhook", sending, self._seconds_each, endpoint_test=number)

    async def _report(self, test: EndpointTestRef) -> DeliveryReport:
        async with connection(self._pool) as acquired:
            found = await endpoint_tests.state(acquired, test.number)
        counts = {} if found is None else {found.status: 1}
        problem = found and found.last_error and f"{found.endpoint_id.hex[:8]}: {found.last_error}"
        return DeliveryReport(
            event=ENDPOINT_TEST, **counts, problems=(f"webhook {problem}",) if problem else ()
        )
