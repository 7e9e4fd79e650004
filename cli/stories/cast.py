"""Who and what there is when a story begins: people, money and services."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from api.auth.tokens import Authority
from cli.stories.story import PLACES, Story
from cli.stories.world import MARKETPLACE, Json, Who, World, moved
from domain.vocabulary import State

Money = dict[str, Counter[str]]
"""What each holds, in minor units by currency."""


@dataclass
class Cast:
    """The people of a story on a stack, its services and the orders placed so far."""

    world: World
    story: Story
    services: dict[str, Json] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    """The ids of the orders that the story calls by a name."""
    placed: list[tuple[str, Who]] = field(default_factory=list)
    """Every order with its buyer."""
    _postings: dict[str, list[Json]] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)

    def who(self, name: str) -> Who:
        """Return somebody of the story with their role."""
        return name, Authority(self.story.people[name].role)

    @property
    def names(self) -> dict[str, str]:
        """Return what people are called."""
        return {user_id: one.name or user_id for user_id, one in self.story.people.items()}

    async def enter(self) -> None:
        """Let everybody and everything be there.

        Raises:
            Refused: the API does not take it.
        """
        for name, person in self.story.people.items():
            wishes = person.model_dump(exclude={"role"}, exclude_none=True)
            if wishes:
                await self.world.ask("PUT", f"/v1/users/{name}", MARKETPLACE, wishes)
        for name, amount in self.story.wallets.items():
            path, body = f"/v1/wallets/{name}/top-ups", amount.model_dump()
            await self.world.ask("POST", path, MARKETPLACE, body)
        for name, service in self.story.services.items():
            body = service.model_dump(mode="json", exclude={"seller"}, exclude_none=True)
            seller = self.who(service.seller)
            self.services[name] = await self.world.ask("POST", "/v1/services", seller, body)

    async def order(self, name: str) -> Json:
        """Return an order that the story calls by a name, as its buyer sees it."""
        order_id = self.orders[name]
        buyer = next(who for one, who in self.placed if one == order_id)
        return await self.world.ask("GET", f"/v1/orders/{order_id}", buyer)

    async def money(self, order_id: str | None = None) -> Money:
        """Return where the money of the story is: in wallets, escrows and the commission, after
        something that moved none but this order's, or any order's."""
        for order, buyer in self.placed:
            if order not in self._ended and order_id in (None, order):
                await self._look(order, buyer)
        users = [name for name in self.story.people if self.who(name)[1] is Authority.USER]
        held = {name: await self.world.wallet(self.who(name)) for name in users}
        postings = [posting for some in self._postings.values() for posting in some]
        return held | {place: moved(postings, place) for place in PLACES}

    async def _look(self, order_id: str, buyer: Who) -> None:
        path = f"/v1/orders/{order_id}"
        order = await self.world.ask("GET", path, buyer)
        self._postings[order_id] = (await self.world.ask("GET", f"{path}/ledger", buyer))["items"]
        if State(order["state"]).is_final:  # nothing moves its money any more
            self._ended.add(order_id)

    async def newest_notices(self, names: Iterable[str]) -> dict[str, int]:
        """Return the newest notice of each of these people; 0: none."""
        newest = {}
        for name in names:
            page = await self.world.ask("GET", "/v1/notifications?limit=1", self.who(name))
            newest[name] = int(page["items"][0]["id"]) if page["items"] else 0
        return newest
