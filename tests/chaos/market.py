"""The people of a run, what they sell, and the fields of what they do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.app_under_test import MEDIATOR, OPERATOR, Json, Person
from tests.chaos.clients import Answer, Clients, Intent
from tests.chaos.plan import Plan, PlannedOrder

STRANGER = Person("a-stranger")
EXTRA_PRICE = 299
NEVER = "PT1H"
AT_ONCE = "PT1S"


def euros(amount: int) -> Json:
    """So many cents."""
    return {"amount": amount, "currency": "EUR"}


@dataclass(repr=False)
class Market:
    """Services by what is asked of them; they are made when they are first wanted."""

    clients: Clients
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

    async def _move(self, who: Person, what: str, amount: int) -> Answer | None:
        path = f"/v1/wallets/{who.id}/{what}"
        wanted = self.clients.intent(OPERATOR, "operator", what, path, euros(amount))
        return await self.clients.insist(wanted)

    async def service_for(self, order: PlannedOrder) -> Json | None:
        """A service of the order's seller at its price."""
        extras = [
            {"title": f"Extra {n}", "price": euros(EXTRA_PRICE + n), "delivery_time": AT_ONCE}
            for n in range(3)
        ]
        body = {
            "title": f"Service of order {order.number}",
            "price": euros(order.price),
            "delivery_time": AT_ONCE if order.quick else NEVER,
            "extras": extras,
        }
        seller = Person(order.seller)
        offered = self.clients.intent(seller, "seller", "offer", "/v1/services", body)
        answer = await self.clients.insist(offered)
        return answer.document if answer and answer.status == 201 else None


def person(order: PlannedOrder, role: str) -> Person:
    """Who acts in a role on an order."""
    people = {"mediator": MEDIATOR, "operator": OPERATOR, "stranger": STRANGER}
    return people.get(role) or Person(order.buyer if role == "buyer" else order.seller)


Fields = Callable[[Json, str, str, Random], Any]
"""From the order as it was last seen, the role, a move's variant, and chance."""


def _named(order: Json, part: str) -> str:
    return str((order.get(part) or {}).get("id", "none"))


def _their_proposal(order: Json, role: str, *, own: bool) -> str:
    found = [one["id"] for one in order["settlements"] if (one["by"] == role) is own]
    return found[0] if found else "none"


def _ruling(order: Json, _role: str, variant: str, random: Random) -> Json:
    more: dict[str, Json] = {
        "split": {"refund": euros(random.randint(1, order["total"]["amount"] - 1))},
        "restart": {"delivery_time": NEVER},
    }
    return {"outcome": variant, "reasons": "Both read the brief.", **more.get(variant, {})}


FIELDS: dict[str, Fields] = {
    "deliver": lambda *_: {"message": "Here it is."},
    "request_revision": lambda *_: {"reason": "Bluer."},
    "refuse_revision": lambda *_: {"ground": "vague", "reason": "How blue?"},
    "open_dispute": lambda *_: {"reason": "It is not blue."},
    "buy_extra": lambda order, *_: {
        "extra_id": order["extras"][0]["id"] if order["extras"] else order["id"]
    },
    "request_offer": lambda *_: {"description": "A letterhead too."},
    "make_offer": lambda _order, _role, _variant, random: {
        "title": "A letterhead",
        "price": euros(random.randint(1, 999)),
        "delivery_time": NEVER,
    },
    "withdraw_offer": lambda order, *_: {"offer_id": _named(order, "offer")},
    "decline_offer": lambda order, *_: {"offer_id": _named(order, "offer")},
    "accept_offer": lambda order, *_: {"offer_id": _named(order, "offer")},
    "request_cancellation": lambda *_: {"reason": "No longer needed."},
    "refuse_cancellation": lambda *_: {"reason": "Almost done."},
    "propose_settlement": lambda order, _role, _variant, random: {
        "refund": euros(random.randint(1, order["total"]["amount"] - 1))
    },
    "withdraw_settlement": lambda order, role, *_: {
        "settlement_id": _their_proposal(order, role, own=True)
    },
    "accept_settlement": lambda order, role, *_: {
        "settlement_id": _their_proposal(order, role, own=False)
    },
    "add_statement": lambda *_: {"statement": "The brief says blue."},
    "resolve": _ruling,
}


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
