"""People who place orders, act on them, talk and are paid, for as long as the market is open."""

import asyncio
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    ApiClient,
    Json,
    OrderInPlay,
    Person,
    eventually,
    place_order,
    somebody,
)
from tests.contract import FINAL, WAY, eur
from tests.reconcile.conftest import REST

OPEN = tuple(state for state in WAY if state not in FINAL)
PAGE = 100


@dataclass
class Market:
    """Everybody at one API."""

    api: ApiClient
    random: Random
    placed: int = 0
    is_open: bool = True
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def in_every_state(self) -> list[OrderInPlay]:
        """An order in each state that is not final, which stays there."""
        return list(await asyncio.gather(*map(self._order, OPEN)))

    async def trade(self, traders: int) -> None:
        """So many people at a time order, act and stop somewhere, until the market closes."""
        await asyncio.gather(*(self._trader() for _ in range(traders)))

    async def has_placed(self, orders: int) -> None:
        """Returns when so many orders were placed."""

        async def are_there() -> bool:
            return self.placed >= orders

        await eventually(are_there)

    async def ends(self, in_play: OrderInPlay) -> None:
        """An order is brought to its end and its seller paid out, unless it ends by itself before
        anybody acts."""
        people = {"buyer": in_play.buyer, "seller": in_play.seller, "mediator": MEDIATOR}
        for action, who, body in REST[in_play.order["state"]]:
            answer = await self.api.act(in_play.order, action, people[who], body)
            if answer.status_code == 409 and (await in_play.now())["outcome"] is not None:
                return
            assert answer.status_code == 200, f"{action}: {answer.text}"
        await self.moves(in_play.seller, "payouts", 500)

    async def moves(self, who: Person, what: str, amount: int) -> Json:
        """Money comes in for somebody, or goes out."""
        body = {**eur(amount), "reference": f"pay-{next(self._numbers)}"}
        return await self._made(f"/v1/wallets/{who.id}/{what}", body)

    async def takes_commission(self, amount: int) -> None:
        """The platform takes what it has earned."""
        await self._made("/v1/accounts/commission/payouts", eur(amount))

    async def takes_back(self, transfer: Json) -> None:
        """What came in by mistake goes back."""
        await self._made(f"/v1/transfers/{transfer['id']}/reverse", {"reason": "By mistake."})

    async def keeps_feed(self, file: Path) -> list[Json]:
        """A backend keeps all that there is in the feed, an event a line."""
        kept: list[Json] = []
        after, more = "", True
        while more:
            answer = await self.api.get(f"/v1/events?limit={PAGE}{after}", OPERATOR)
            assert answer.status_code == 200, answer.text
            kept += answer.json()["items"]
            after, more = f"&after={answer.json()['next_cursor']}", answer.json()["more"]
        file.write_text("".join(json.dumps(one) + "\n" for one in kept))
        return kept

    async def _trader(self) -> None:
        while self.is_open:
            in_play = await self._order(self.random.choice(tuple(WAY)))
            if self.random.random() < 0.3:
                path = f"/v1/orders/{in_play.order['id']}/messages"
                said = await self.api.post(path, in_play.buyer, {"text": "How is it going?"})
                assert said.status_code == 201, said.text

    async def _order(self, state: str) -> OrderInPlay:
        in_play = await place_order(self.api, seller=await self._seller())
        self.placed += 1
        return await in_play.reach(state)

    async def _seller(self) -> Person:
        """Somebody who is told by mail, at an address that the marketplace answers for."""
        seller = somebody("seller")
        said = {"email": f"{seller.id}@example.org", "language": "en"}
        answer = await self.api.call("PUT", f"/v1/users/{seller.id}", OPERATOR, said)
        assert answer.status_code == 200, answer.text
        return seller

    async def _made(self, path: str, body: Any) -> Json:
        key = f"drill-{next(self._numbers)}"
        answer = await self.api.post(path, OPERATOR, body, key=key)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made
