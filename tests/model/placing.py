"""Services and their orders, bought out of a wallet or by card, with the model's order beside."""

from dataclasses import dataclass
from itertools import count

from domain.payments import ProviderEventKind
from tests.app_under_test import Json, eventually
from tests.contract import DAY, WINDOWS, eur
from tests.model import effects
from tests.model.banks import Payment
from tests.model.modelled_order import ModelledOrder
from tests.model.modelled_payments import RETURN, asked_by
from tests.model.reference import Item, Reference
from tests.model.timed_app import RECOVERY_BPS
from tests.providers.paper import said

SERVICE_TIME = 3 * DAY
EXTRA_TIMES = (1 * DAY, 2 * DAY)

_numbers = count(1)


@dataclass(frozen=True)
class Wanted:
    """A service and how it is bought: cents, and whether with its first extra at once; `card`: by a
    payment of all that it costs, of `half` of it, or of `more`."""

    price: int
    extras: tuple[int, int]
    with_extra: bool
    savings: int
    strict: bool
    revisions: int | None = None
    card: str = ""

    def paid_for(self, total: int) -> int:
        """How much the payment is, where there is one."""
        return {"all": total, "half": (total + 1) // 2, "more": total + 700}[self.card]


async def place(modelled: ModelledOrder, wanted: Wanted) -> None:
    """An order with just the money that is wanted for it, or what is left of the last one."""
    service = await _offer(modelled, wanted)
    extras = _items_of(service, wanted)
    bought = list(extras)[: int(wanted.with_extra)]
    items = [Item(wanted.price, SERVICE_TIME), *(extras[one] for one in bought)]
    total = sum(item.price for item in items)
    body = {"service_id": service["id"], "extra_ids": bought, "brief": "A logo."}
    by_card = wanted.paid_for(total) if wanted.card else 0
    await _have(modelled, total + wanted.savings - by_card)
    before, _ = await modelled.timed.now()
    if by_card:
        modelled.order = await _paid_by_card(modelled, body, by_card)
    else:
        modelled.order = await _ordered(modelled, body, wanted.strict)
    strict = await _is_strict(modelled) if by_card else wanted.strict
    left = {one: item for one, item in extras.items() if one not in bought}
    until = before + WINDOWS["pending"]
    model = Reference(modelled.wallets, strict, items, left, until, bought=bought)
    model.included, model.recovery_bps = wanted.revisions, RECOVERY_BPS[strict]
    model.slack = (await modelled.timed.now())[1] - before
    modelled.model = model
    if by_card:
        modelled.payments[-1].order = model
    modelled.figures.orders += 1
    await modelled.agrees()


async def _offer(modelled: ModelledOrder, wanted: Wanted) -> Json:
    """The seller's service."""
    extras = [
        {"title": "More", "price": eur(cents), "delivery_time": f"P{time.days}D"}
        for cents, time in zip(wanted.extras, EXTRA_TIMES, strict=True)
    ]
    return await modelled.api.offer(
        modelled.people["seller"],
        price=eur(wanted.price),
        delivery_time=f"P{SERVICE_TIME.days}D",
        revision_time=f"P{effects.REVISION_TIME.days}D",
        revisions_included=wanted.revisions,
        extras=extras,
    )


def _items_of(service: Json, wanted: Wanted) -> dict[str, Item]:
    """The service's extras by their ids."""
    ids = [one["id"] for one in service["extras"]]
    items = map(Item, wanted.extras, EXTRA_TIMES)
    return dict(zip(ids, items, strict=True))


async def _have(modelled: ModelledOrder, cents: int) -> None:
    """The buyer's wallet holds so much at least."""
    if (missing := cents - modelled.wallets.buyer) > 0:
        await modelled.api.top_up(modelled.people["buyer"], missing)
        modelled.wallets.buyer += missing


async def _ordered(modelled: ModelledOrder, body: Json, strict: bool) -> Json:
    """The order, placed twice under one key: once."""
    api, buyer = await modelled.timed.api_for(strict), modelled.people["buyer"]
    key = f"order-{next(_numbers)}"
    first, again = [await api.post("/v1/orders", buyer, body, key=key) for _ in range(2)]
    assert first.status_code == 201, first.text
    assert (201, first.content) == (again.status_code, again.content)
    order: Json = first.json()
    return order


async def _paid_by_card(modelled: ModelledOrder, body: Json, cents: int) -> Json:
    """The order that is placed by itself when its payment is there."""
    begun = await asked_by(
        modelled, "buyer", "/v1/pay-ins", {**eur(cents), **RETURN, "order": body}
    )
    assert begun.status_code == 201, begun.text
    await modelled.timed.tells(said(ProviderEventKind.PAY_IN_PAID, begun.json()))
    path = f"/v1/pay-ins/{begun.json()['id']}"

    async def look() -> Json:
        found: Json = (await modelled.api.get(path, modelled.people["buyer"])).json()
        return found

    paid = await eventually(look, lambda one: one["order_id"] or one["order_refused"])
    assert paid["order_id"] is not None, paid["order_refused"]
    modelled.wallets.buyer += cents
    modelled.payments.append(Payment(begun.json()["id"], "buyer", cents))
    return await modelled.api.order(paid["order_id"], modelled.people["buyer"])


async def _is_strict(modelled: ModelledOrder) -> bool:
    """Under which of the two policies it was placed: by whichever process came first."""
    async with modelled.timed.app.pool.acquire() as connection:
        expiry = await connection.fetchval(
            "SELECT doc->'policy'->>'decision_expiry' FROM orders WHERE id::text = $1",
            modelled.order["id"],
        )
    return bool(expiry == "open_dispute")
