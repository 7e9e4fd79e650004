"""An action from the request to its answer: written down, brought to the order, waited for."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from api import render
from api.answers import Answer, Key, answer_of, answer_with, claim, keep
from api.auth.access import Standing
from api.currencies import demand_priced
from api.gateway import GatewayError
from api.problems import Problem
from api.relay import Dispatcher
from db import orders, requests
from db.errors import Crowded, Unavailable
from db.idempotency import Claim
from db.listener import Listener
from db.orders import OrderRow
from db.pool import Pool, connection, transaction
from db.requests import Pending
from documents.order import OrderView
from domain.actions import Fields
from domain.order import Order
from domain.vocabulary import Action, Code

GLANCE_SECONDS = 1.0
"""How often a waiting caller looks for itself, should a notification have been missed."""

CROWDED_SECONDS = "5"
"""When to ask again an order that decides nothing: as soon as it may be told again."""


@dataclass(frozen=True)
class Wish:
    """What a caller asks of an order."""

    order: Order
    standing: Standing
    action: Action
    fields: Fields
    if_version: int | None

    def signal(self) -> dict[str, Any]:
        """What travels to the order: who, and what decides; no personal text."""
        actor = self.standing.actor(self.action).model_dump(mode="json")
        version = {} if self.if_version is None else {"if_version": self.if_version}
        return {**self.fields.on_the_wire(), **version, "actor": actor}


class Acting:
    """Carries actions out and answers for them."""

    def __init__(
        self, pool: Pool, dispatcher: Dispatcher, listener: Listener, wait_seconds: float
    ) -> None:
        self._pool = pool
        self._dispatcher = dispatcher
        self._listener = listener
        self._wait_seconds = wait_seconds

    async def act(self, wish: Wish, key: Key | None) -> Answer:
        """The answer to an action: 200 with the order after it, the refusal, or 202 while it is
        written down but not decided.

        Raises:
            Unavailable: the database is away; nothing was written down.
            Problem: too many of the caller's requests wait at the order (429).
        """
        written = await self._write(wish, key)
        if isinstance(written, Pending):
            return await self._carry_out(wish, key, written)
        if written.answer is not None:
            return Answer(**written.answer)
        return await self._again(wish, key, str(written.request_id))

    async def _write(self, wish: Wish, key: Key | None) -> Pending | Claim:
        """Writes the request down, or gives what its key led to before. The connection is given
        back before anybody waits: a crowd under one key must not use them all up."""
        order_id, request_id = UUID(wish.order.id), str(uuid4())
        async with transaction(self._pool) as acquired:
            if key is not None:
                earlier = await claim(acquired, key, order_id=order_id, request_id=request_id)
                if earlier is not None:
                    return earlier
            demand_priced(wish.fields)
            try:
                return await requests.write(
                    acquired,
                    order_id,
                    request_id,
                    wish.action,
                    wish.standing.actor(wish.action).model_dump(mode="json"),
                    wish.fields.model_dump(mode="json", exclude_none=True),
                    wish.signal(),
                )
            except Crowded as error:
                raise _crowded() from error

    async def _carry_out(self, wish: Wish, key: Key | None, pending: Pending) -> Answer:
        with self._listener.waiting_for(pending.order_id, pending.request_id) as decided:
            try:
                if wish.order.state.is_final:
                    await self._dispatcher.refuse(pending, wish.order)
                    decided.set()
                else:
                    await self._dispatcher.send(pending)
            except (GatewayError, Unavailable):
                return _recorded(pending.order_id, pending.request_id)
            return await self._wait(wish, key, pending.request_id, decided)

    async def _again(self, wish: Wish, key: Key | None, request_id: str) -> Answer:
        with self._listener.waiting_for(wish.order.id, request_id) as decided:
            decided.set()
            return await self._wait(wish, key, request_id, decided)

    async def _wait(
        self, wish: Wish, key: Key | None, request_id: str, decided: asyncio.Event
    ) -> Answer:
        order_id = UUID(wish.order.id)
        found = await self._outcome(order_id, request_id, decided)
        if found is None:
            return _recorded(order_id, request_id)
        answer = _answer(wish.standing, *found)
        if key is None:
            return answer
        try:
            async with connection(self._pool) as acquired:
                return await keep(acquired, key, answer)
        except Unavailable:  # it has taken effect: 503 would say that nothing has changed
            return _recorded(order_id, request_id)

    async def _outcome(
        self, order_id: UUID, request_id: str, decided: asyncio.Event
    ) -> tuple[OrderRow, dict[str, Any]] | None:
        clock = asyncio.get_running_loop().time
        until = clock() + self._wait_seconds
        while (left := until - clock()) > 0:
            try:
                async with asyncio.timeout(min(left, GLANCE_SECONDS)):
                    await decided.wait()
            except TimeoutError:
                pass
            try:
                async with connection(self._pool) as acquired:
                    found = await orders.after_request(acquired, order_id, request_id)
            except Unavailable:
                found = None
            if found is not None:
                return found
            decided.clear()
        return None


def etag(order: Order) -> str:
    """An order's entity tag: its version."""
    return f'"{order.version}"'


def _answer(standing: Standing, row: OrderRow, outcome: dict[str, Any]) -> Answer:
    view = render.order(row, standing)
    if outcome["accepted"]:
        return answer_with(200, view, ETag=etag(row.order))
    return answer_of(refused(view, outcome))


def refused(view: OrderView, outcome: dict[str, Any]) -> Problem:
    """A refusal with where the order stands and what the caller may do instead."""
    code = Code(outcome["code"])
    members: dict[str, Any] = {"state": view.state, "actions": view.actions}
    if code is Code.INVALID_REQUEST:
        field, _, message = outcome["detail"].partition(": ")
        members["errors"] = [{"field": f"body.{field}", "message": message}]
    return Problem(code, outcome["detail"], **members)


def _crowded() -> Problem:
    detail = (
        "Too many of your requests wait for this order to decide them; ask again when it has. "
        "Nothing changed."
    )
    return Problem(Code.RATE_LIMITED, detail, headers={"Retry-After": CROWDED_SECONDS})


def _recorded(order_id: UUID, request_id: str) -> Answer:
    location = f"/v1/orders/{order_id}/requests/{request_id}"
    document = render.accepted(order_id, request_id, location)
    return answer_with(202, document, Location=location)
