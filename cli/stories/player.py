"""Plays a story on a running stack, and tells where the product does something else."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from cli.stories.cast import Cast
from cli.stories.clock import NoTestClock, StoryClock
from cli.stories.expectations import Before, before, differences
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
    _order: str | None = None
    """The order that a step speaks of which names none."""

    async def play(self, scenes: Sequence[Scene]) -> None:
        """Play scenes; a scene ends where it can no longer go on as it is written."""
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
        earlier = await before(self.cast)
        problems = []
        try:
            await self._played(step)
        except Refused as refusal:
            problems = self._of_refusal(step, refusal)
            self.narrator.refused(step, refusal)
        except (NotThere, NoTestClock) as error:
            problems = [str(error)]
        else:
            problems = self._of_success(step)
        cannot_go_on = bool(problems)
        problems += [] if cannot_go_on else await self._expected(step, earlier)
        await self._told(step)
        for problem in problems:
            self.differences.append(Difference(step.line, scene.scene, problem))
            self.narrator.differs(step.line, problem)
        if cannot_go_on:
            raise _NotPlayed

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
        body = body_of(step, order, _role(order, who)) or None
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

    async def _expected(self, step: Step, earlier: Before) -> list[str]:
        watched = step.after is not None and not self.clock.can_be_moved
        until = time.monotonic() + (WATCHED_SECONDS if watched else 0)
        while True:
            order = await self._seen() if self._order is not None else None
            found = await differences(self.cast, step, order, earlier)
            if not found or time.monotonic() >= until:
                return found
            await asyncio.sleep(0.2)

    async def _told(self, step: Step) -> None:
        order = await self._seen() if self._order is not None else None
        self.narrator.step(step, order, await self.cast.money())


def _role(order: Json, who: Who) -> str | None:
    return {order["buyer_id"]: "buyer", order["seller_id"]: "seller"}.get(who[0])
