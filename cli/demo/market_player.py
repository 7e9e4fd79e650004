"""Plays the marketplace through the API, a deed after the other, as the clock is moved forward."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from api.auth.tokens import Authority
from cli.demo.market_progress import Progress
from cli.demo.market_story import ENTER, OFFER_SERVICE, Deed, Market
from cli.stories.clock import StoryClock
from cli.stories.player import role_on
from cli.stories.saying import body_of, id_of_extra
from cli.stories.story import PLACE, money
from cli.stories.world import MARKETPLACE, Json, Refused, Who, World
from domain.vocabulary import Code
from embedded.errors import StackError
from texts.demo_people import PEOPLE

TRIES = 60
PAUSE_SECONDS = 1.0
KEPT = ("id", "state", "buyer_id", "seller_id", "extras", "offer", "settlements")
"""What later deeds need of an order."""


@dataclass
class MarketPlayer:
    """Does what the marketplace tells, from where it was left."""

    market: Market
    world: World
    clock: StoryClock
    progress: Progress
    data_dir: Path
    say: Callable[[str], None]

    async def play(self) -> None:
        """Fill the marketplace to its end.

        Raises:
            StackError: the product does something else than the marketplace tells.
        """
        deeds, day = self.market.deeds(), -1
        for number, deed in enumerate(deeds[self.progress.done :], self.progress.done):
            if deed.at.days > day:
                day = deed.at.days
                self.say(self._told(day))
            await self.clock.go_to(self.progress.begins + deed.at)
            await self._carefully(number, deed)
            self.progress.done = number + 1
            self.progress.keep(self.data_dir)
        await self.clock.go_to(self.progress.begins + self.market.ends)
        self.progress.is_whole = True
        self.progress.keep(self.data_dir)

    def _told(self, day: int) -> str:
        shown = (self.progress.begins + timedelta(days=day)).strftime("%A %d %B")
        return f"  {shown}: {len(self.progress.orders)} orders placed so far."

    async def _carefully(self, number: int, deed: Deed) -> None:
        """Do a deed once, however often it has to be asked for."""
        key = f"market-{self.progress.run}-{number}"
        for _ in range(TRIES):
            try:
                await self._done(deed, key)
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_SECONDS)
            except Refused as refusal:
                if refusal.code != Code.UNAVAILABLE:
                    return self._of_refusal(deed, refusal)
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return self._of_success(deed)
        raise _stuck(deed, "the stack does not answer")

    @staticmethod
    def _of_refusal(deed: Deed, refusal: Refused) -> None:
        if refusal.code != deed.refused:
            raise _stuck(deed, str(refusal)) from refusal

    @staticmethod
    def _of_success(deed: Deed) -> None:
        if deed.refused is not None:
            raise _stuck(deed, f"should have been refused as {deed.refused}")

    async def _done(self, deed: Deed, key: str) -> None:
        besides: dict[str, Callable[[Deed, str], Awaitable[None]]] = {
            ENTER: self._enter,
            OFFER_SERVICE: self._offer_service,
            PLACE: self._place,
            "write": self._write,
            "top_up": self._top_up,
            "pay_out": self._pay_out,
            "reverse": self._reverse,
            "archive": self._archive,
            "listen": self._listen,
            "read_inbox": self._read_inbox,
        }
        await besides.get(deed.does, self._act)(deed, key)

    async def _post(self, path: str, deed: Deed, body: Json | None, key: str) -> Json:
        return await self.world.ask("POST", path, who(deed.who), body, key)

    async def _enter(self, deed: Deed, _key: str) -> None:
        person = next(one for one in PEOPLE if one.id == deed.who)
        wishes = {
            "name": person.name,
            "language": person.language,
            "time_zone": person.time_zone,
        }
        await self.world.ask("PUT", f"/v1/users/{person.id}", MARKETPLACE, wishes)

    async def _offer_service(self, deed: Deed, key: str) -> None:
        name = deed.fields["service"]
        sold = self.market.services[name]
        body = sold.model_dump(mode="json", exclude={"seller"}, exclude_none=True)
        self.progress.services[name] = await self._post("/v1/services", deed, body, key)

    async def _place(self, deed: Deed, key: str) -> None:
        name = str(deed.order)
        order = self.market.orders[name]
        service = self.progress.services[order.service]
        body = {
            "service_id": service["id"],
            "brief": order.brief,
            "extra_ids": [id_of_extra(service["extras"], title) for title in order.extras],
            "external_id": f"shop-{name}",
        }
        self._note(name, await self._post("/v1/orders", deed, body, key))

    def _note(self, name: str, order: Json) -> None:
        self.progress.orders[name] = {part: order[part] for part in KEPT}

    async def _act(self, deed: Deed, key: str) -> None:
        name = str(deed.order)
        order = self.progress.orders[name]
        await self._read_messages(deed, order)
        role = role_on(order, who(deed.who))
        body = body_of(deed.does, deed.fields, order, role) or None
        path = f"/v1/orders/{order['id']}/actions/{deed.does}"
        self._note(name, await self._post(path, deed, body, key))

    async def _write(self, deed: Deed, key: str) -> None:
        name = str(deed.order)
        order = self.progress.orders[name]
        await self._read_messages(deed, order)
        path = f"/v1/orders/{order['id']}/messages"
        written = await self._post(path, deed, deed.fields, key)
        self.progress.messages[name] = (written["id"], deed.who)

    async def _read_messages(self, deed: Deed, order: Json) -> None:
        """Whoever does something on an order has read what was said there."""
        newest, author = self.progress.messages.get(str(deed.order), ("", deed.who))
        if author != deed.who:
            path = f"/v1/orders/{order['id']}/messages/read"
            await self.world.ask("POST", path, who(deed.who), {"up_to": newest})

    async def _top_up(self, deed: Deed, key: str) -> None:
        await self._transfer(deed, "top-ups", key)

    async def _pay_out(self, deed: Deed, key: str) -> None:
        await self._transfer(deed, "payouts", key)

    async def _transfer(self, deed: Deed, kind: str, key: str) -> None:
        body = money(deed.fields["amount"]).model_dump()
        body["reference"] = deed.fields["reference"]
        path = f"/v1/wallets/{deed.fields['of']}/{kind}"
        made = await self._post(path, deed, body, key)
        self.progress.transfers[deed.fields["reference"]] = made["id"]

    async def _reverse(self, deed: Deed, key: str) -> None:
        transfer = self.progress.transfers[deed.fields["transfer"]]
        body = {"reason": deed.fields["reason"]}
        await self._post(f"/v1/transfers/{transfer}/reverse", deed, body, key)

    async def _archive(self, deed: Deed, key: str) -> None:
        service = self.progress.services[deed.fields["service"]]["id"]
        await self._post(f"/v1/services/{service}/archive", deed, None, key)

    async def _listen(self, deed: Deed, key: str) -> None:
        try:
            await self._post("/v1/webhook-endpoints", deed, deed.fields, key)
        except Refused as refusal:
            if refusal.code != Code.INVALID_REQUEST:
                raise
            self.say("  No webhook endpoint: SEQUESTRE_WEBHOOK_ALLOW_PRIVATE is off.")

    async def _read_inbox(self, deed: Deed, _key: str) -> None:
        reader = who(deed.who)
        page = await self.world.ask("GET", "/v1/notifications?limit=1", reader)
        for newest in page["items"]:
            body: dict[str, Any] = {"up_to": newest["id"]}
            await self.world.ask("POST", "/v1/notifications/read", reader, body)


def who(user_id: str) -> Who:
    """Return somebody of the marketplace with their role."""
    person = next(one for one in PEOPLE if one.id == user_id)
    return person.id, Authority(person.roles[0])


def _stuck(deed: Deed, why: str) -> StackError:
    on = f" on {deed.order}" if deed.order else ""
    return StackError(
        f"The marketplace cannot be filled: {deed.who} {deed.does.replace('_', ' ')}{on}: {why}\n"
        "It is left as it is, half full. Start again to go on, or take another --data-dir."
    )
