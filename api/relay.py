"""Brings written requests to their orders, at once or as soon as Temporal is there again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from api.gateway import Away, Gateway, NoSuchWorkflow, Refused
from api.stack_clock import StackClock
from api.work_lists import BATCH, WorkList
from db import deliveries, endpoint_tests, orders, requests
from db.deliveries import UnstartedDeliveries
from db.errors import Spoiled, Unavailable
from db.pool import Pool, connection
from db.reading import reading
from db.requests import Pending
from db.steps import record
from domain.cause import Cause, cause_in
from domain.command import Command
from domain.order import Order
from domain.rules import decide
from domain.step import record_of_command
from outbound.trace_context import continuing

CROWD = 30
"""So many deadlines that have passed are more than workers have in hand: about a second's work of
one."""

log = structlog.get_logger()


class Relay:
    """A request is written before it is signalled; what was not signalled then is sent by `run`."""

    def __init__(self, pool: Pool, gateway: Gateway, clock: StackClock | None = None) -> None:
        self._pool = pool
        self._gateway = gateway
        self._clock = clock or StackClock(pool)
        self._started: list[UUID] = []
        self._missing: WorkList[UUID] = WorkList()
        self._untold: WorkList[int] = WorkList()
        self._unsent: WorkList[int] = WorkList()

    async def start(self, order: Order) -> None:
        """Start the workflow of an order that has been placed. That it has started is noted with
        that of others, at the relay's next look: who does not come to it finds it started.

        Raises:
            Away: Temporal does not answer; `run` will start it.
            Refused: it will not; `run` goes on asking.
        """
        await self._gateway.start(order, await self._clock.reading())
        self._started.append(UUID(order.id))

    async def send(self, request: Pending) -> None:
        """Signal the order, or refuse in its name when it has ended.

        Raises:
            Away: Temporal does not answer; `run` will signal it.
            Refused: the order can take no more; `run` asks again after growing pauses.
            Unavailable: the database does not answer.
        """
        try:
            await self._signal(request)
        except NoSuchWorkflow:
            await self._without_workflow(request)

    async def hurry(self, order_id: UUID) -> None:
        """Put an order that somebody waits for before others where many deadlines have passed and
        are still to be carried out."""
        with suppress(Away, Unavailable):
            await self.look_for_crowd()
            if self._gateway.is_crowded:
                await self._gateway.put_first(order_id)

    async def look_for_crowd(self) -> bool:
        """See whether whoever acts has to be put before many deadlines that have passed; return
        that there is no more to see.

        Raises:
            Unavailable: the database does not answer; it stays as it was.
        """
        async with connection(self._pool) as acquired:
            self._gateway.is_crowded = await orders.many_are_overdue(acquired, CROWD)
        return False

    async def _signal(self, request: Pending) -> None:
        reading = await self._clock.reading()
        if reading is not None:  # first, for the request is decided by it
            await self._gateway.move_clock(request.order_id, reading)
        await self._gateway.signal(request)

    async def run(self, pause: float) -> None:
        """Look every `pause` seconds for what has not reached its order, until cancelled."""
        while True:
            more = await tried(self._look)
            await asyncio.sleep(0 if more else pause)

    async def note_started(self) -> bool:
        """Note which workflows have started since this was done last; return that there are no
        more.

        Raises:
            Unavailable: the database does not answer; they are noted the next time.
        """
        if started := tuple(self._started):
            async with connection(self._pool) as acquired:
                await orders.mark_started(acquired, started)
            del self._started[: len(started)]
        return False

    async def _look(self) -> bool:
        """Return whether there may be more. What stops one part does not stop the next."""
        # Away, it would keep them from who does reach it.
        await self._gateway.reach()
        parts = (
            self.look_for_crowd,
            self.note_started,  # before those, or what has started just now would be missing
            self._start_missing,
            self._send_due,
            self.start_notifications,
            self.start_endpoint_tests,
        )
        # A list, since `any` would leave out the parts behind the first that has more.
        return any([await tried(part) for part in parts])

    async def _without_workflow(self, request: Pending) -> None:
        async with connection(self._pool) as acquired:
            row = await orders.get(acquired, request.order_id)
        if row is None:
            return
        if row.order.state.is_final:
            await self.refuse(request, row.order)
            return
        await self.start(row.order)
        try:
            await self._signal(request)
        except NoSuchWorkflow:
            log.warning("open order without a workflow", order_id=row.order.id)

    async def refuse(self, request: Pending, final: Order) -> None:
        """Answer for an order that has ended: its workflow is gone, the rules say the same."""
        with reading(f"a request of order {request.order_id}"):
            command = Command.model_validate(
                {
                    **request.signal,
                    "action": request.action,
                    "request_id": request.request_id,
                    "received_at": request.received_at,
                    "fields": request.signal,
                }
            )
        verdict = decide(final, command, await self._clock.now())
        async with connection(self._pool) as acquired:
            await record(acquired, record_of_command(final, command, verdict))

    async def _start_missing(self) -> bool:
        async with connection(self._pool) as acquired:
            missing = await orders.not_started(acquired, BATCH, self._missing.passed)
        started = []
        for one in missing:
            with going_on(str(one.id)):
                await self.start(one.read().order)
                started.append(one.id)
        self._missing.looked_at([one.id for one in missing], started)
        return False

    async def _send_due(self) -> bool:
        """Send the requests that are due; return whether there may be more."""
        async with connection(self._pool) as acquired:
            due = await requests.claim_due(acquired, BATCH)
        for request in due:
            with going_on(str(request.order_id)), _caused(request):
                await self.send(request)
            async with connection(self._pool) as acquired:
                # After the signal: what breaks off in between is signalled again, and decided once.
                await requests.mark_signalled(acquired, request)
        return len(due) == BATCH

    async def start_notifications(self) -> bool:
        """Have untold steps told of; return whether there may be more."""
        async with connection(self._pool) as acquired:
            untold = await deliveries.not_started(acquired, BATCH, self._untold.passed)
        if not untold:
            return self._untold.looked_at([])
        reading = await self._clock.reading()
        tells = (
            self._gateway.start_notifications(one.order_id, one.seq, reading, one.cause)
            for one in untold
        )
        answers = await asyncio.gather(*tells, return_exceptions=True)
        told = [one for one, answer in zip(untold, answers, strict=True) if answer is None]
        async with connection(self._pool) as acquired:
            # Before anything is raised: what has started need not be started again.
            await deliveries.mark_started(acquired, told)
        for one, answer in zip(untold, answers, strict=True):
            with going_on(str(one.order_id)):
                if answer is not None:
                    raise answer
        return self._untold.looked_at(_ids_of(untold), _ids_of(told))

    async def start_endpoint_tests(self) -> bool:
        """Have endpoints sent their tests; return whether there may be more."""
        async with connection(self._pool) as acquired:
            unsent = await endpoint_tests.not_started(acquired, BATCH, self._unsent.passed)
        if not unsent:
            return self._unsent.looked_at([])
        reading = await self._clock.reading()
        sent = []
        for number, asked in unsent.items():
            with going_on(f"endpoint test {number}"):
                await self._gateway.start_endpoint_test(number, reading)
                async with connection(self._pool) as acquired:
                    await endpoint_tests.mark_started(acquired, number, asked)
                sent.append(number)
        return self._unsent.looked_at(unsent, sent)


def _ids_of(steps: Iterable[UnstartedDeliveries]) -> list[int]:
    return [number for one in steps for number in one.ids]


@contextmanager
def going_on(order_id: str) -> Iterator[None]:
    """Log what Temporal refuses of one order, what cannot be read of it, or what else stops it, and
    keep no other waiting for it.

    Raises:
        Away, Unavailable: who is needed for all of them does not answer.
    """
    try:
        yield
    except (Away, Unavailable):
        raise
    except Spoiled as spoiled:
        log.error("cannot be carried on", what=spoiled.what, because=spoiled.because)
    except Refused as error:
        log.error("refused by Temporal", order_id=order_id, because=str(error))
    except Exception:
        log.exception("relay failed", order_id=order_id)


@contextmanager
def _caused(request: Pending) -> Iterator[None]:
    """Do the block as a part of the call that wrote a request down, to logs and to traces."""
    cause = cause_in(request.signal) or Cause()
    called = {"request_id": cause.call} if cause.call else {}
    with bound_contextvars(**called), continuing(cause.traceparent):
        yield


async def tried(part: Callable[[], Awaitable[bool]]) -> bool:
    """Return what a part of the relay's round gives; False where it failed, to be tried again."""
    try:
        return await part()
    except (Away, Unavailable) as error:
        log.info("relay waits", because=str(error))
    except Exception:
        log.exception("relay failed")
    return False
