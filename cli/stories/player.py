"""Plays a story on a running stack, and tells where the product does something else."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from cli.stories.cast import Cast, Money
from cli.stories.clock import NoTestClock, StoryClock
from cli.stories.expectations import Look, differences
from cli.stories.narration import Narrator
from cli.stories.saying import NotThere, body_of, id_of_extra
from cli.stories.story import PLACE, Scene, Step
from cli.stories.world import Json, Refused, Who

WATCHED_SECONDS = 30
"""How long what time brings is waited for where the clock cannot be moved."""


class _NotPlayed(Exception):
    """A step could not be played as it is written, so that the rest of its scene means nothing."""


@dataclass(frozen=True)
class Difference:
    """A place where the product does something else than the story says."""

    line: int
    scene: str
    problem: str


@dataclass
class Player:
    """Plays the scenes of a story, one after another."""

    cast: Cast
    clock: StoryClock
    narrator: Narrator
    differences: list[Difference] = field(default_factory=list)
    steps: int = 0
    _money: Money = field(default_factory=dict)
    """Where it was after the step before."""
    _order: str | None = None
    """The order that a step speaks of which names none."""

    async def play(self, scenes: Sequence[Scene]) -> None:
        """Play scenes; a scene ends where it can no longer go on as it is written."""
        self._money = await self.cast.money()
        for scene in scenes:
            self.narrator.scene(scene.scene)
            self._order = None
            try:
                for step in scene.steps:
                    await self._step(scene, step)
            except _NotPlayed:
                continue

    async def _step(self, scene: Scene, step: Step) -> None:
        self.steps += 1
        self._order = self._meant(step)
        earlier = Look(self._money, await self.cast.newest_notices(step.expect.told))
        problems = await self._attempt(step)
        order, found = await self._come_of(step, earlier, watched=not problems)
        if step.expect.refused is None or problems:
            self.narrator.step(step, order, self._money)
        for problem in problems or found:
            self.differences.append(Difference(step.line, scene.scene, problem))
            self.narrator.differs(step.line, problem)
        if problems:
            raise _NotPlayed

    async def _attempt(self, step: Step) -> list[str]:
        """Play a step, and return why it cannot be played as it is written."""
        try:
            await self._played(step)
        except Refused as refusal:
            self.narrator.refused(step, refusal)
            return self._of_refusal(step, refusal)
        except (NotThere, NoTestClock) as error:
            return [str(error)]
        return self._of_success(step)

    def _meant(self, step: Step) -> str | None:
        return self._order if step.order is None else self.cast.orders.get(step.order)

    @staticmethod
    def _of_refusal(step: Step, refusal: Refused) -> list[str]:
        if step.expect.refused is None:
            return [f"refused: {refusal}"]
        if step.expect.refused != refusal.code:
            return [f"should be refused as {step.expect.refused}, and is as {refusal.code}"]
        return []

    @staticmethod
    def _of_success(step: Step) -> list[str]:
        if step.expect.refused is None:
            return []
        return [f"should be refused as {step.expect.refused}, and is not"]

    async def _played(self, step: Step) -> None:
        if step.after is not None:
            await self.clock.go_on(step.after)
        elif step.does == PLACE:
            await self._place(step)
        else:
            await self._act(step)

    async def _place(self, step: Step) -> None:
        buyer = self.cast.who(str(step.who))
        service = self.cast.services[str(step.service)]
        body = {
            "service_id": service["id"],
            "brief": step.fields.get("brief", "As it is described."),
            "extra_ids": [id_of_extra(service["extras"], title) for title in step.extras],
        }
        order = await self.cast.world.ask("POST", "/v1/orders", buyer, body)
        self._order = order["id"]
        self.cast.placed.append((order["id"], buyer))
        if step.named is not None:
            self.cast.orders[step.named] = order["id"]

    async def _act(self, step: Step) -> None:
        if self._order is None:
            raise NotThere("the order that this speaks of has not been placed")
        who = self.cast.who(str(step.who))
        order = await self._seen()
        body = body_of(str(step.does), step.fields, order, role_on(order, who)) or None
        path = f"/v1/orders/{self._order}/actions/{step.does}"
        if step.look:
            self.narrator.looks(
                step, await self.cast.world.ask("POST", f"{path}/preview", who, body)
            )
        await self.cast.world.ask("POST", path, who, body)

    async def _seen(self) -> Json:
        """Return the order as its buyer sees it."""
        buyer = next(who for order_id, who in self.cast.placed if order_id == self._order)
        return await self.cast.world.ask("GET", f"/v1/orders/{self._order}", buyer)

    async def _come_of(
        self, step: Step, earlier: Look, *, watched: bool
    ) -> tuple[Json | None, list[str]]:
        """Return the order after a step, and what of its expectations does not hold. What time
        brings by itself is watched for a while."""
        watched = watched and step.after is not None and not self.clock.can_be_moved
        until = time.monotonic() + (WATCHED_SECONDS if watched else 0)
        while True:
            order = await self._seen() if self._order is not None else None
            self._money = await self.cast.money(None if step.after else self._order)
            found = await differences(self.cast, step.expect, order, earlier, self._money)
            if not found or time.monotonic() >= until:
                return order, found
            await asyncio.sleep(0.2)


def role_on(order: Json, who: Who) -> str | None:
    """Return what somebody is to an order as one of its parties; None: neither."""
    return {order["buyer_id"]: "buyer", order["seller_id"]: "seller"}.get(who[0])
