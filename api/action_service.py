"""An action from the request to its answer: written down, brought to the order, waited for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from structlog.contextvars import bind_contextvars

from api import render
from api.answers import Answer, answer_with, demand_same, keep, refusal_under
from api.auth.order_roles import CallerRoles
from api.causes import cause_of_this_call
from api.currencies import demand_priced
from api.gateway import GatewayError
from api.problems import Problem, refused
from api.relay import Relay
from db import idempotency, operator_journal, orders, party_requests, requests
from db.decided import Decided
from db.errors import Crowded, Spoiled, TooManyAttempts, Unavailable
from db.idempotency import Claim, Key
from db.listener import Awaited, Listener
from db.orders import OrderRow
from db.party_requests import PartyRequest
from db.pool import Connection, Pool, connection
from db.requests import Outcome, Pending, as_written
from domain.actions import Assign, Fields
from domain.command import Refusal
from domain.operator_deeds import OperatorDeed, Subject
from domain.order import Actor, Order
from domain.vocabulary import Action, Code, Role

GLANCE_SECONDS = 1.0
"""How often a waiting caller looks for itself, should a notification have been missed."""

PATIENCE_SECONDS = 0.2
"""After so long, a few times the usual, who waits is put before others."""

CROWDED_SECONDS = "5"
"""When to ask again an order that decides nothing: as soon as it may be told again."""


@dataclass(frozen=True)
class ActionRequest:
    """An action that a caller asks of an order, and the capacity in which they ask it."""

    row: OrderRow
    roles: CallerRoles
    action: Action
    actor: Actor
    fields: Fields
    if_version: int | None
    key: Key | None

    def deed(self, request_id: str) -> OperatorDeed:
        """Return it as the journal of those who operate has it; its words stay with the order."""
        given_to = self.fields.mediator_id if isinstance(self.fields, Assign) else None
        return OperatorDeed(
            by_id=self.roles.caller_id,
            roles=tuple(sorted(self.roles.authorities)),
            deed=self.action,
            subject=Subject.ORDER,
            subject_id=self.row.order.id,
            user_id=given_to,
            request_id=request_id,
        )

    def refusal(self, refusal: Refusal) -> Problem:
        """Return a refusal with where the order stands and what the caller may do instead."""
        view = render.order(self.row, self.roles)
        return refused(refusal, state=view.state, actions=view.actions)


class ActionService:
    """Carries actions out and answers for them."""

    def __init__(
        self,
        pool: Pool,
        relay: Relay,
        listener: Listener,
        wait_seconds: float,
        most_attempts: int,
    ) -> None:
        self._pool = pool
        self._relay = relay
        self._listener = listener
        self._wait_seconds = wait_seconds
        self._most_attempts = most_attempts
        self._hurries: set[asyncio.Task[None]] = set()

    async def act(self, asked: ActionRequest) -> Answer:
        """Answer an action: 200 with the order after it, the refusal, or 202 while it is written
        down but not decided.

        Raises:
            Unavailable: the database is away; nothing was written down.
            Problem: too many of the caller's requests wait at the order, or they have tried too
                much on it (429).
        """
        return await self.answer(asked, await self._write(asked))

    async def answer(self, asked: ActionRequest, written: Pending | Claim) -> Answer:
        """Answer an action whose request was written, or whose key led to one before."""
        bind_contextvars(order_request=written.request_id)
        if isinstance(written, Pending):
            return await self._answer(asked, written.request_id, written)
        if written.answer is not None:
            return Answer(**vars(written.answer)).replayed()
        return (await self._answer(asked, str(written.request_id))).replayed()

    async def write_as_party(
        self, order_id: UUID, caller_id: str, key: Key | None, action: Action, fields: Fields
    ) -> PartyRequest | None:
        """Write down what is asked of an order that nobody has read yet; None, and nothing is
        written, unless its buyer or its seller asks.

        Raises:
            Unavailable, Problem: as `act`; or the key came with another request before.
        """
        what = (order_id, str(uuid4()), action, fields, self._most_attempts, cause_of_this_call())
        async with connection(self._pool) as acquired:
            with self._not_too_many():
                found = await party_requests.write(acquired, caller_id, key, *what)
        if found is not None and key is not None and isinstance(found.written, Claim):
            demand_same(key, found.written)
        return found

    async def _write(self, asked: ActionRequest) -> Pending | Claim:
        """Write the request down, or return what its key led to before. The connection is given
        back before anybody waits: a crowd under one key must not use them all up."""
        async with connection(self._pool) as acquired:
            try:
                demand_priced(asked.fields)
            except Problem:
                earlier = await _earlier(acquired, asked.key)
                if earlier is None:
                    raise
                return earlier
            with self._not_too_many():
                if asked.actor.role is Role.OPERATOR:
                    return await self._written_and_noted(acquired, asked)
                return await self._written(acquired, asked)

    @contextmanager
    def _not_too_many(self) -> Iterator[None]:
        try:
            yield
        except Crowded as error:
            raise _crowded() from error
        except TooManyAttempts as error:
            raise _too_many(self._most_attempts, error.wait_seconds) from error

    async def _written_and_noted(
        self, acquired: Connection, asked: ActionRequest
    ) -> Pending | Claim:
        """Write an operator's request down, and their deed with it: both or neither."""
        async with acquired.transaction():
            written = await self._written(acquired, asked)
            if isinstance(written, Pending):
                await operator_journal.write(acquired, asked.deed(written.request_id))
        return written

    async def _written(self, acquired: Connection, asked: ActionRequest) -> Pending | Claim:
        what = (
            UUID(asked.row.order.id),
            str(uuid4()),
            asked.action,
            asked.actor,
            asked.fields,
            asked.if_version,
            self._most_attempts,
            cause_of_this_call(),
        )
        if asked.key is None:
            return await requests.write(acquired, *what)
        found = await requests.write_once(acquired, asked.key, *what)
        return demand_same(asked.key, found) if isinstance(found, Claim) else found

    async def _answer(
        self, asked: ActionRequest, request_id: str, unsent: Pending | None = None
    ) -> Answer:
        order_id = UUID(asked.row.order.id)
        # Before it is sent: a decision could come between the sending and the listening.
        with self._listener.waiting_for(order_id, request_id) as decided:
            if unsent is None:
                # Another request under this key wrote it down: it may be decided already.
                decided.set()
            elif not await self._sent(unsent, asked.row.order, decided):
                return recorded(order_id, request_id)
            found = await self._outcome(asked, request_id, decided)
        if found is None:
            return recorded(order_id, request_id)
        try:
            answer = _decided(asked, *found)
        except Spoiled:  # it has taken effect, which is not to be denied
            return recorded(order_id, request_id)
        return await self._keep(asked, answer, request_id)

    async def _sent(self, request: Pending, order: Order, decided: Awaited) -> bool:
        try:
            if order.state.is_final:
                await self._relay.refuse(request, order)
                decided.set()
            else:
                await self._relay.send(request)
        except (GatewayError, Unavailable):
            return False
        return True

    async def _outcome(
        self, asked: ActionRequest, request_id: str, decided: Awaited
    ) -> tuple[OrderRow, Outcome] | None:
        clock = asyncio.get_running_loop().time
        until = clock() + self._wait_seconds
        patience = PATIENCE_SECONDS
        hurry: asyncio.Task[None] | None = None
        while (left := min(until, self._listener.waits_until) - clock()) > 0:
            try:
                async with asyncio.timeout(min(left, patience)):
                    await decided.wait()
            except TimeoutError:
                if hurry is None or hurry.done():
                    hurry = self._hurried(UUID(asked.row.order.id))
            patience = GLANCE_SECONDS
            decided.clear()  # before the look: what is told while it lasts is heard after it
            with suppress(Unavailable, Spoiled):
                found = await self._found(asked, request_id, decided.told)
                if found is not None:
                    return found
        return None

    def _hurried(self, order_id: UUID) -> "asyncio.Task[None]":
        """Have an order put first beside what goes on: whoever is told of its decision meanwhile
        does not wait for that."""
        hurry = asyncio.create_task(self._relay.hurry(order_id))
        self._hurries.add(hurry)
        hurry.add_done_callback(self._hurries.discard)
        return hurry

    async def _found(
        self, asked: ActionRequest, request_id: str, told: Decided | None
    ) -> tuple[OrderRow, Outcome] | None:
        """Return the order and the outcome of a request: as it was told, or else as it is kept."""
        found = told.after(asked.row, as_written(asked.fields)) if told is not None else None
        if found is not None:
            return found
        async with connection(self._pool) as acquired:
            return await orders.after_request(acquired, UUID(asked.row.order.id), request_id)

    async def _keep(self, asked: ActionRequest, answer: Answer, request_id: str) -> Answer:
        if asked.key is None:
            return answer
        try:
            async with connection(self._pool) as acquired:
                return await keep(acquired, asked.key, answer)
        except Unavailable:  # it has taken effect: 503 would say that nothing has changed
            return recorded(UUID(asked.row.order.id), request_id)


async def _earlier(acquired: Connection, key: Key | None) -> Claim | None:
    """Return what a key led to before, of a request that is no longer taken.

    Raises:
        Problem: it came with another request then.
    """
    earlier = None if key is None else await idempotency.earlier(acquired, key)
    return earlier if key is None or earlier is None else demand_same(key, earlier)


def etag(order: Order) -> str:
    """Return an order's entity tag: its version."""
    return f'"{order.version}"'


def _decided(asked: ActionRequest, row: OrderRow, outcome: Outcome) -> Answer:
    if outcome.refusal is None:
        return answer_with(200, render.order(row, asked.roles), ETag=etag(row.order))
    return refusal_under(asked.key, replace(asked, row=row).refusal(outcome.refusal))


def _crowded() -> Problem:
    detail = (
        "Too many of your requests wait for this order to decide them; ask again when it has. "
        "Nothing changed."
    )
    return Problem(Code.RATE_LIMITED, detail, headers={"Retry-After": CROWDED_SECONDS})


def _too_many(most: int, wait_seconds: int) -> Problem:
    detail = (
        f"One may try {most} actions on an order at once, and {most} more over each hour; try again"
        f" in {wait_seconds} s. Nothing changed, and a request that was answered is answered again"
        " under its key. The order and previews can be read meanwhile."
    )
    return Problem(Code.RATE_LIMITED, detail, headers={"Retry-After": str(wait_seconds)})


def recorded(order_id: UUID, request_id: str) -> Answer:
    """Return what is said of a request that is written down, and of which no more is known."""
    location = f"/v1/orders/{order_id}/requests/{request_id}"
    document = render.accepted(order_id, request_id, location)
    return answer_with(202, document, Location=location)
