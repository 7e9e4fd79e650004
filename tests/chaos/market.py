"""The people of a run, what they sell, and the fields of what they do."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.app_under_test import MEDIATOR, OPERATOR, Person
from tests.chaos.clients import Answer, Clients, Intent
from tests.chaos.plan import Plan, PlannedOrder
from tests.chaos.till import Till
from tests.contract import Json, body_on, eur

STRANGER = Person("a-stranger")
EXTRA_PRICE = 299
NEVER = "PT1H"
AT_ONCE = "PT1S"


@dataclass(repr=False)
class Market:
    """Services by what is asked of them; they are made when they are first wanted."""

    clients: Clients
    till: Till | None = None
    """What people do at a payment provider, where there is one."""
    funded: dict[str, int] = field(default_factory=dict)

    async def fund(self, plan: Plan) -> None:
        """Gives every buyer what the plan says, and nobody more than that."""
        for buyer, amount in plan.funds.items():
            await self.top_up(Person(buyer), amount)

    async def top_up(self, who: Person, amount: int) -> Answer | None:
        """Money that comes in from outside."""
        return await self._move(who, "top-ups", amount)

    async def pay_out(self, who: Person, amount: int) -> Answer | None:
        """Money that goes out; too much of it is refused."""
        return await self._move(who, "payouts", amount)

    async def take_commission(self, amount: int) -> Answer | None:
        """What the platform takes out of what it earned; more than that is refused."""
        path = "/v1/accounts/commission/payouts"
        wanted = self.clients.intent(OPERATOR, "operator", "commission", path, eur(amount))
        return await self.clients.insist(wanted)

    async def regret(self, moved: Answer | None, operators: int) -> None:
        """So many operators take back what moved, at once: one of them does, or nobody if it is
        spent."""
        if moved is None or moved.status != 201:
            return
        path, body = f"/v1/transfers/{moved.document['id']}/reverse", {"reason": "By mistake."}
        wanted = [
            self.clients.intent(OPERATOR, "operator", "reverse", path, body)
            for _ in range(operators)
        ]
        await asyncio.gather(*map(self.clients.insist, wanted))

    async def _move(self, who: Person, what: str, amount: int) -> Answer | None:
        path = f"/v1/wallets/{who.id}/{what}"
        wanted = self.clients.intent(OPERATOR, "operator", what, path, eur(amount))
        return await self.clients.insist(wanted)

    async def service_for(self, order: PlannedOrder) -> Json | None:
        """A service of the order's seller at its price."""
        extras = [
            {"title": f"Extra {n}", "price": eur(EXTRA_PRICE + n), "delivery_time": AT_ONCE}
            for n in range(3)
        ]
        body = {
            "title": f"Service of order {order.number}",
            "price": eur(order.price),
            "delivery_time": AT_ONCE if order.quick else NEVER,
            "revisions_included": order.revisions,
            "extras": extras,
        }
        seller = Person(order.seller)
        offered = self.clients.intent(seller, "seller", "offer", "/v1/services", body)
        answer = await self.clients.insist(offered)
        return answer.document if answer and answer.status == 201 else None

    async def archive(self, order: PlannedOrder, service: Json) -> None:
        """The order's seller sells this no more."""
        path = f"/v1/services/{service['id']}/archive"
        seller = Person(order.seller)
        await self.clients.insist(self.clients.intent(seller, "seller", "archive", path, None))


def person(order: PlannedOrder, role: str) -> Person:
    """Who acts in a role on an order."""
    people = {"mediator": MEDIATOR, "operator": OPERATOR, "stranger": STRANGER}
    return people.get(role) or Person(order.buyer if role == "buyer" else order.seller)


def fields(order: Json, role: str, action: str, variant: str, random: Random) -> Json | None:
    """What is said with an action, about the order as it was last seen; a move's variant is a
    mediator's ruling, or who gets the case."""
    body = body_on(order, role, action)
    return body and {**body, **_by_chance(order, action, variant, random)}


def _by_chance(order: Json, action: str, variant: str, random: Random) -> Json:
    match action:
        case "make_offer":
            return {"price": eur(random.randint(1, 999)), "delivery_time": NEVER}
        case "propose_settlement":
            return _part_of(order, random)
        case "resolve":
            more = {"split": _part_of(order, random), "restart": {"delivery_time": NEVER}}
            return {"outcome": variant, **more.get(variant, {})}
        case "assign" if variant:
            return {"mediator_id": variant}
        case _:
            return {}


def _part_of(order: Json, random: Random) -> Json:
    return {"refund": eur(random.randint(1, order["total"]["amount"] - 1))}


def intent_for(
    clients: Clients,
    order: PlannedOrder,
    seen: Json,
    role: str,
    action: str,
    body: Any = None,
    **more: Any,
) -> Intent:
    """An action that somebody wants done to an order."""
    path = f"/v1/orders/{seen['id']}/actions/{action}"
    return clients.intent(
        person(order, role), role, action, path, body, order_id=seen["id"], **more
    )
