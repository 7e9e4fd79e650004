"""The second half of the demonstration: what is sent to people and to the marketplace is shown."""

import asyncio
from collections.abc import Sized
from dataclasses import dataclass

from cli.demo.fake_servers import FakeMailbox, Marketplace
from cli.stories.cast import Cast
from cli.stories.world import MARKETPLACE, Json, Refused
from cli.terminal import Terminal

PATIENCE_SECONDS = 30


@dataclass
class SecondHalf:
    """Shows what arrives, and waits for it."""

    cast: Cast
    mailbox: FakeMailbox
    marketplace: Marketplace
    console: Terminal
    _mails: int = 0
    _hooks: int = 0

    async def begin(self, hooks_url: str) -> None:
        """Begin to show, once everything of the first half has arrived.

        Raises:
            Refused: a mail has not arrived.
        """
        self.console.rule("Second half: everybody is told", align="left")
        self._mails = sum([await self._mails_of(order) for order, _ in self.cast.placed])
        await _arrived(self.mailbox.received, self._mails)
        self.mailbox.say = self.marketplace.say = self.console.say
        body = {"url": hooks_url}
        made = await self.cast.world.ask("POST", "/v1/webhook-endpoints", MARKETPLACE, body)
        self.marketplace.secret = made["secret"]
        self.console.say("  The marketplace listens for webhooks.")

    async def everything_told(self) -> None:
        """Wait until what the newest order's steps had to tell has arrived.

        Raises:
            Refused: something has not arrived.
        """
        order, _ = self.cast.placed[-1]
        self._hooks += len(await self._steps(order))
        self._mails += await self._mails_of(order)
        await _arrived(self.marketplace.received, self._hooks)
        await _arrived(self.mailbox.received, self._mails)

    async def _mails_of(self, order_id: str) -> int:
        # Only the one who can still act is reminded; of everything else both are told.
        steps = await self._steps(order_id)
        return sum(1 if step["event"].endswith("_reminder") else 2 for step in steps)

    async def _steps(self, order_id: str) -> list[Json]:
        buyer = next(who for order, who in self.cast.placed if order == order_id)
        events = self.cast.world.items(f"/v1/orders/{order_id}/events", buyer)
        return [event async for event in events if event["accepted"]]


async def _arrived(where: Sized, count: int) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(where) < count:
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Refused({"detail": "a mail or a webhook has not arrived"}) from None
