"""Moving the clock: from instant to instant at which something is due, and on when that is done.

Where it is going stands in the database, so that whoever is there next carries on: this may end at
any moment.
"""

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from api.answers import Answer, answer_with, claim, keep
from api.auth.tokens import Caller
from api.gateway import Away, Gateway, NoSuchWorkflow
from api.operator_deeds import note
from api.problems import Problem, invalid, not_now
from api.relay import Relay
from api.schemas.test_clock import Advance, Advanced, ClockView
from api.stack_clock import StackClock
from db import clock, clock_of_messages, clock_of_payments, orders
from db.clock import Clock, DueOrder
from db.clock_of_messages import DueTelling, Telling, ToldStep
from db.clock_of_payments import DuePayment
from db.errors import Unavailable
from db.idempotency import Key
from db.listener import Listener
from db.pool import Connection, Pool, connection, transaction
from db.together import IN_ONE_TRIP, together
from domain.clock import ClockReading
from domain.duration import MOVED_AT_MOST
from domain.operator_deeds import Deed, Subject
from domain.operator_text import instant

BREATH = timedelta(seconds=1)
"""What is due within so long of each other is done at the same time, each at its own instant."""

TICK = timedelta(microseconds=1)
"""At the instant of a deadline a request is still in time: just after it, it has passed."""

FARTHEST = timedelta(days=36_500)
"""How far this clock may be ahead of the machine's."""

PATIENCE_SECONDS = 15.0
"""After so long without anything done, who asked is told what is left."""

PAUSE_SECONDS = 1.0
LOOK_SECONDS = 0.05
AGAIN_SECONDS = 5.0
"""When somebody is told again that they are due: the signal may have been lost with a server."""

AT_ONCE = 25

Due = DueOrder | DueTelling | DuePayment
"""Who does something by themself at an instant."""

log = structlog.get_logger()


class _Busy(Exception):
    """Somebody else moves the clock."""


class ClockWalk:
    """Takes the clock where it is being moved to, in the one process that does so."""

    def __init__(
        self,
        pool: Pool,
        gateway: Gateway,
        relay: Relay,
        listener: Listener,
        stack_clock: StackClock,
    ) -> None:
        self._pool = pool
        self._gateway = gateway
        self._relay = relay
        self._listener = listener
        self._clock = stack_clock
        self._turn = asyncio.Lock()
        self._wanted = asyncio.Event()

    async def view(self) -> ClockView:
        """Return how the clock stands.

        Raises:
            Unavailable: the database does not answer.
        """
        async with connection(self._pool) as acquired:
            return await view_of(acquired, await there(acquired))

    async def advance(self, by: Caller, asked: Advance, key: Key | None) -> Answer:
        """Move the clock, and answer when nothing is due any more (200), or with what is left where
        nothing has been done for a while (202).

        Raises:
            Problem: it would go back or too far (422), or somebody else's move has not come to its
                end in a while (503).
            Unavailable: the database does not answer.
        """
        async with self._turn:
            aimed = await self._aimed(by, asked, key)
            if isinstance(aimed, Answer):
                return aimed
            self._wanted.set()
            found = await self._followed(aimed.target)
            async with connection(self._pool) as acquired:
                left = 0 if found.target is None else await _left(acquired, found)
                view = Advanced(
                    now=found.now,
                    target=found.target,
                    left=left,
                    carried_out=found.carried_out - aimed.carried_out,
                )
                answer = answer_with(202 if found.target else 200, view)
                # What has not come to its end is answered anew under its key.
                return await keep(acquired, key, answer) if key and not found.target else answer

    async def begin(self, by: Caller, asked: Advance, key: Key | None) -> Clock:
        """Send the clock on its way, once a key, and return how it was before.

        Raises:
            Problem: it would go back or too far (422), or is on its way from another move (503).
            Unavailable: the database does not answer.
        """
        try:
            aimed = await self._aim(by, asked, key)
        except _Busy:
            raise _on_its_way() from None
        self._wanted.set()
        if isinstance(aimed, Clock):
            return aimed
        async with connection(self._pool) as acquired:
            return await there(acquired)

    async def _aimed(self, by: Caller, asked: Advance, key: Key | None) -> Clock | Answer:
        """Return the clock as it was when it was aimed, or what was answered under the key."""
        try:
            return await self._aim(by, asked, key)
        except _Busy:
            async with connection(self._pool) as acquired:
                other = await there(acquired)
            await self._followed(other.target)
        try:
            return await self._aim(by, asked, key)
        except _Busy:
            raise _on_its_way() from None

    async def _aim(self, by: Caller, asked: Advance, key: Key | None) -> Clock | Answer:
        async with transaction(self._pool) as acquired:
            earlier = await claim(acquired, key) if key else None
            if earlier is not None and earlier.answer is not None:
                return Answer(**vars(earlier.answer)).replayed()
            found = await there(acquired)
            if earlier is not None:  # that move is under way, or broke off with its process
                return found
            target = destination(asked, found)
            if found.target is not None or not await clock.aim(acquired, target):
                raise _Busy
            await note(acquired, by, Deed.ADVANCE_CLOCK, Subject.CLOCK, target.isoformat())
        return Clock(found.reading, found.now, target, found.carried_out)

    async def _followed(self, target: datetime | None) -> Clock:
        """Return the clock once it has come to a target, or when nothing is done any more."""
        time = asyncio.get_running_loop().time
        moves, since = -1, time()
        while True:
            async with connection(self._pool) as acquired:
                found = await there(acquired)
            if found.target is None or found.target != target:
                return found
            if found.reading.moves != moves:
                moves, since = found.reading.moves, time()
            if time() - since > PATIENCE_SECONDS or self._listener.is_closed:
                return found
            await asyncio.sleep(LOOK_SECONDS)

    async def run(self) -> None:
        """Take the clock wherever it is being moved to, until cancelled; at once on a stack whose
        clock cannot be moved."""
        while True:
            try:
                if await self._clock.read() is None:
                    return
                await self._walk()
            except (Away, Unavailable) as error:
                log.info("the clock waits", because=str(error))
            except Exception:
                log.exception("the clock could not be moved")
            self._wanted.clear()
            try:
                async with asyncio.timeout(PAUSE_SECONDS):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    async def _walk(self) -> None:
        async with connection(self._pool) as acquired, clock.alone(acquired) as is_alone:
            while is_alone:
                found = await clock.read(acquired)
                if found is None or found.target is None:
                    return
                if found.reading.stands_at is None:
                    await self._tell_everybody(acquired, found.reading)
                    await clock.arrive(acquired)
                else:
                    await self._carry_out(acquired)
                    await _go_on(acquired, found.target)

    async def _carry_out(self, acquired: Connection) -> None:
        """Have everything done that is due at this instant."""
        time = asyncio.get_running_loop().time
        told: dict[object, float] = {}
        with self._listener.watching_all() as grown:
            while True:
                grown.clear()
                found = await there(acquired)
                due = await clock.due_orders(acquired, found.now)
                beside = await _due_beside_orders(acquired, found.now)
                if not due and not await clock.unfinished(acquired):
                    return
                fresh = [one for one in (*due, *beside) if told.get(one, 0.0) < time()]
                await _all(self._tell(one, found.reading) for one in fresh)
                again = [one for one in fresh if one in beside and one not in told]
                await clock.note_carried_out(acquired, len(again))
                told |= dict.fromkeys(fresh, time() + AGAIN_SECONDS)
                await self._relay.start_notifications()
                await self._relay.start_endpoint_tests()
                await self._until_done(acquired, due, grown)

    async def _until_done(
        self, acquired: Connection, due: Sequence[DueOrder], grown: asyncio.Event
    ) -> None:
        """Wait until these orders have done what they had to, for a while; count those that have.
        Where there are none, wait for a moment."""
        until = asyncio.get_running_loop().time() + (AGAIN_SECONDS if due else LOOK_SECONDS)
        left = due
        while True:
            with_patience = max(until - asyncio.get_running_loop().time(), 0)
            try:
                async with asyncio.timeout(min(with_patience, PAUSE_SECONDS)):
                    await grown.wait()
            except TimeoutError:
                pass
            grown.clear()
            before, left = left, await clock.still_due(acquired, left) if left else ()
            if len(before) > len(left):
                await clock.note_carried_out(acquired, len(before) - len(left))
            if not left or asyncio.get_running_loop().time() >= until:
                return

    async def _tell(self, due: Due, reading: ClockReading) -> None:
        """Tell somebody that it is just after the instant at which they are due."""
        try:
            if isinstance(due, DueTelling):
                await self._move(due.telling, reading)
            elif isinstance(due, DuePayment):
                await self._gateway.move_clock_of_payment(due.payment, reading)
            else:
                own = reading.standing_at(due.at + TICK)
                await self._gateway.move_clock(due.order_id, own)
        except NoSuchWorkflow:
            if isinstance(due, DueOrder):
                await self._start(due)
            elif isinstance(due, DuePayment):
                await self._gateway.tell_payment(due.payment, reading)

    async def _move(self, telling: Telling, reading: ClockReading) -> None:
        if isinstance(telling, ToldStep):
            await self._gateway.move_clock_of_step(telling.order_id, telling.seq, reading)
        else:
            await self._gateway.move_clock_of_test(telling.number, reading)

    async def _start(self, due: DueOrder) -> None:
        async with connection(self._pool) as acquired:
            row = await orders.get(acquired, due.order_id)
        if row is not None and not row.order.state.is_final:
            await self._relay.start(row.order)

    async def _tell_everybody(self, acquired: Connection, reading: ClockReading) -> None:
        """Tell everybody who goes by the clock that it runs, and how far ahead."""

        async def one(move: Coroutine[Any, Any, None]) -> None:
            try:
                await move
            except NoSuchWorkflow:
                return

        running = await clock.running(acquired)
        pending = await clock_of_messages.pending(acquired)
        payments = await clock_of_payments.under_way(acquired)
        await _all(one(self._gateway.move_clock(order_id, reading)) for order_id in running)
        await _all(one(self._move(telling, reading)) for telling in pending)
        move = self._gateway.move_clock_of_payment
        await _all(one(move(payment, reading)) for payment in payments)


def _on_its_way() -> Problem:
    return not_now(
        "The clock is still on its way from another move: something that is due has not been"
        " carried out."
    )


async def there(acquired: Connection) -> Clock:
    """Return the clock that can be moved.

    Raises:
        RuntimeError: there is none.
    """
    found = await clock.read(acquired)
    if found is None:
        raise RuntimeError("the clock of this stack cannot be moved any more")
    return found


async def view_of(acquired: Connection, found: Clock) -> ClockView:
    """Return how the clock stands, with what is due and not done yet."""
    left = await _left(acquired, found)
    return ClockView(now=found.now, target=found.target, left=left)


async def _left(acquired: Connection, found: Clock) -> int:
    due, unfinished = await together(
        acquired, clock.due_orders(IN_ONE_TRIP, found.now), clock.unfinished(IN_ONE_TRIP)
    )
    return len(due) + unfinished


async def _due_beside_orders(
    acquired: Connection, until: datetime
) -> list[DueTelling | DuePayment]:
    """Return what is sent or looked at again up to an instant (UTC)."""
    messages = await clock_of_messages.due(acquired, until)
    return [*messages, *await clock_of_payments.due(acquired, until)]


async def _go_on(acquired: Connection, target: datetime) -> None:
    """Have the clock stand just after the next instants at which something is due, or run on from
    its target where nothing is due before."""
    found = await there(acquired)
    first = await clock.next_due(acquired)
    if first is not None and first < target:
        until = min(first + BREATH, target)
        at = [one.at for one in await clock.due_orders(acquired, until)]
        at += [one.at for one in await _due_beside_orders(acquired, until)]
        last = max(one for one in at if one < until)
        await clock.stand_at(acquired, last + TICK)
    elif found.now < target:
        await clock.stand_at(acquired, target)
    else:
        await clock.run_on(acquired)


def destination(asked: Advance, found: Clock) -> datetime:
    """Return where the clock is to be moved to (UTC).

    Raises:
        Problem: that is no later than it is, or too late.
    """
    field = "body.by" if asked.to is None else "body.to"
    machine = found.now - found.reading.shift
    try:
        target = asked.to or found.now + (asked.by or timedelta())
    except OverflowError:
        target = None
    if target is not None and target <= found.now:
        raise invalid(field, f"must be after {instant(found.now)}: time does not go back")
    if target is None or target - found.now > MOVED_AT_MOST or target - machine > FARTHEST:
        raise invalid(
            field,
            "leads too far: the clock is moved by ten years at the most at once, and by a hundred"
            " all in all",
        )
    return target


async def _all(calls: Any) -> None:
    """Await so many calls at a time; raise what the first of them raises."""
    remaining = iter(calls)
    while batch := list(itertools.islice(remaining, AT_ONCE)):
        for answer in await asyncio.gather(*batch, return_exceptions=True):
            if isinstance(answer, BaseException):
                raise answer
