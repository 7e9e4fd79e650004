"""Playing the scenes of a rehearsal over HTTP."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    PATIENCE_SECONDS,
    ApiClient,
    Json,
    OrderInPlay,
    Person,
    place_order,
)
from tests.chaos.kinds import Move, moves
from tests.chaos.market import fields
from tests.rehearsal.scenes import Scene

PAUSE_SECONDS = 0.2

_keys = itertools.count(1)


class Stuck(Exception):
    """An order does not go on; says where."""


@dataclass
class RehearsedOrder:
    """A scene's order. `api` is the API of the release that plays at the moment."""

    scene: Scene
    api: ApiClient
    _in_play: OrderInPlay | None = None
    _random: Random = field(default_factory=lambda: Random(1))

    @property
    def in_play(self) -> OrderInPlay:
        """The order and its people, once it is placed."""
        assert self._in_play is not None
        return self._in_play

    @property
    def id(self) -> str:
        """The order's id."""
        return str(self.in_play.order["id"])

    async def open(self) -> None:
        """Places the order and brings it to where the release before leaves it.

        Raises:
            Stuck: it does not get there.
        """
        self._in_play = await place_order(self.api, delivery_time=self.scene.delivery_time)
        for move in _flat(self.scene.opening):
            await self._do(move)
        await self._stands_at(self.scene.reached)

    async def ask(self) -> None:
        """Makes the undecided move, which nobody carries out now.

        Raises:
            Stuck: it was not written down, or somebody carried it out.
        """
        for move in _flat(self.scene.undecided):
            answer = await self._send(move, await self._body(move), self._new_key())
            if answer is None or answer.status_code != httpx.codes.ACCEPTED:
                raise self._stuck(f"{move.action} was to be written down and was {_said(answer)}")

    async def finish(self) -> None:
        """Brings the order to its end.

        Raises:
            Stuck: it does not get there.
        """
        for move in _flat(self.scene.ending):
            await self._do(move)
        await self._stands_at(self.scene.end)

    def _stuck(self, why: str) -> Stuck:
        return Stuck(f"{self.scene.name}: {why}")

    async def _do(self, move: Move) -> None:
        """Repeats a move under one key until it is done."""
        body, key, answer = await self._body(move), self._new_key(), None
        async for _ in _attempts():
            answer = await self._send(move, body, key)
            if answer is not None and answer.status_code == httpx.codes.OK:
                return
            if answer is not None and answer.status_code not in (202, 429, 503):
                break
        raise self._stuck(f"{move.action} by the {move.by} was {_said(answer)}")

    async def _body(self, move: Move) -> Json | None:
        """What is said with a move, once the order is seen; a patient one, once it is offered."""
        async for _ in _attempts():
            seen = await self._look(self._who(move.by))
            if seen is not None and (not move.patient or move.action in seen["actions"]):
                return fields(seen, move.by, move.action, move.variant, self._random)
        raise self._stuck(f"{move.action} was not offered to the {move.by}")

    async def _stands_at(self, state: str) -> None:
        seen = None
        async for _ in _attempts():
            seen = await self._look(self.in_play.buyer)
            if seen is not None and seen["state"] == state:
                return
        raise self._stuck(f"it should be {state} and is {seen and seen['state']}")

    async def _send(self, move: Move, body: Json | None, key: str) -> httpx.Response | None:
        path = f"/v1/orders/{self.id}/actions/{move.action}"
        try:
            return await self.api.post(path, self._who(move.by), body, key=key)
        except httpx.HTTPError:
            return None

    async def _look(self, who: Person) -> Json | None:
        try:
            answer = await self.api.get(f"/v1/orders/{self.id}", who)
        except httpx.HTTPError:
            return None
        seen: Json | None = answer.json() if answer.status_code == httpx.codes.OK else None
        return seen

    def _who(self, role: str) -> Person:
        others = {"mediator": MEDIATOR, "operator": OPERATOR}
        return others.get(role) or (self.in_play.buyer if role == "buyer" else self.in_play.seller)

    def _new_key(self) -> str:
        return f"rehearsal-{self.id}-{next(_keys)}"


def _flat(words: str) -> list[Move]:
    return [move for step in moves(words) for move in step]


def _said(answer: httpx.Response | None) -> str:
    if answer is None:
        return "not answered"
    if answer.status_code == httpx.codes.ACCEPTED:
        return "answered with 202 again and again: nobody carries it out"
    return f"answered with {answer.status_code} {answer.text[:300]}"


async def _attempts() -> AsyncIterator[None]:
    """Turns with pauses between them, as long as patience lasts."""
    clock = asyncio.get_running_loop().time
    until = clock() + PATIENCE_SECONDS
    while clock() < until:
        yield None
        await asyncio.sleep(PAUSE_SECONDS)
