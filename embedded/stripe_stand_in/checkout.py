"""Money in: pages to pay at, the payments under them, and what goes back."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from embedded.stripe_stand_in.amounts import Amount, Currency, demand_whole
from embedded.stripe_stand_in.wire import Json, Params, Refused, asked
from embedded.stripe_stand_in.world import PLATFORM, World

DAY = 86_400

router = APIRouter(prefix="/v1")


def world_of(request: Request) -> World:
    """What the stand-in knows."""
    world: World = request.app.state.world
    return world


Here = Annotated[World, Depends(world_of)]


class Strict(BaseModel):
    """A part of what is asked."""

    model_config = ConfigDict(extra="forbid")


class Product(Strict):
    """What is paid for."""

    name: str = Field(min_length=1)


class Price(Strict):
    """What it costs."""

    currency: Currency
    unit_amount: Amount
    product_data: Product


class Line(Strict):
    """A line of a bill."""

    quantity: int = Field(ge=1)
    price_data: Price


class Noted(Strict):
    """What the payment takes over."""

    metadata: dict[str, str] = Field(default_factory=dict)


class Adaptive(Strict):
    """Whether the payer may pay in another currency."""

    enabled: bool


class NewSession(Params):
    """A page to pay at."""

    mode: Literal["payment"]
    line_items: list[Line] = Field(min_length=1)
    success_url: str = Field(pattern="^https?://")
    cancel_url: str | None = None
    client_reference_id: str | None = Field(default=None, max_length=200)
    metadata: dict[str, str] = Field(default_factory=dict)
    payment_intent_data: Noted = Field(default_factory=Noted)
    adaptive_pricing: Adaptive | None = None


@router.post("/checkout/sessions")
async def new_session(request: Request, world: Here) -> Json:
    """A page is opened."""
    new = await asked(request, NewSession)
    currency = new.line_items[0].price_data.currency
    total = sum(line.quantity * line.price_data.unit_amount for line in new.line_items)
    demand_whole(total, currency)
    session = world.made(
        *("cs_test", "checkout.session"),
        **new.model_dump(include={"mode", "success_url", "cancel_url", "client_reference_id"}),
        metadata=new.metadata,
        intent_metadata=new.payment_intent_data.metadata,
        amount_total=total,
        currency=currency,
        status="open",
        payment_status="unpaid",
        payment_intent=None,
        expires_at=int(time.time()) + DAY,
    )
    session["url"] = f"{world.url}/pay/{session['id']}"
    return session


@router.get("/checkout/sessions/{name}")
async def session(name: str, request: Request, world: Here) -> Json:
    """What became of a page."""
    params = await asked(request, Params)
    return world.expanded(world.found("checkout.session", name), params.expand)


@router.post("/checkout/sessions/{name}/expire")
async def expire(name: str, world: Here) -> Json:
    """A page is closed before its time."""
    return lapse(world, world.found("checkout.session", name))


@router.get("/payment_intents/{name}")
async def intent(name: str, world: Here) -> Json:
    """A payment."""
    return world.found("payment_intent", name)


def lapse(world: World, session: Json) -> Json:
    """Nobody paid at a page in time."""
    _demand_open(session)
    session.update(status="expired", url=None)
    world.tell("checkout.session.expired", session)
    return session


def decline(world: World, session: Json) -> Json:
    """A card is declined; the payer may try another one."""
    _demand_open(session)
    failed = _intent(world, session, "requires_payment_method")
    session["payment_intent"] = None
    world.tell("payment_intent.payment_failed", failed)
    return session


def pay(world: World, session: Json) -> Json:
    """A payer pays at a page, at once."""
    _demand_open(session)
    session.update(status="complete", url=None)
    arrive(world, session, "checkout.session.completed")
    return session


def pay_twice(world: World, session: Json) -> Json:
    """A payer pays at a page, and at another one for the same, which it is given back."""
    again = {**session, "id": f"{session['id']}again", "url": f"{session['url']}again"}
    world.objects[again["id"]] = again
    pay(world, session)
    return pay(world, again)


def promise(world: World, session: Json) -> Json:
    """A payer pays in a way that takes days."""
    _demand_open(session)
    session.update(status="complete", url=None)
    _intent(world, session, "processing")
    world.tell("checkout.session.completed", session)
    return session


def arrive(
    world: World, session: Json, told: str = "checkout.session.async_payment_succeeded"
) -> Json:
    """The money is there."""
    intent = world.objects.get(session["payment_intent"] or "")
    intent = intent or _intent(world, session, "succeeded")
    charge = _charge(world, intent)
    intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
    session["payment_status"] = "paid"
    world.tell("payment_intent.succeeded", intent)
    world.tell(told, session)
    return session


def bounce(world: World, session: Json) -> Json:
    """The money that was promised does not come."""
    intent = world.found("payment_intent", session["payment_intent"])
    intent["status"] = "requires_payment_method"
    intent["last_payment_error"] = {"message": "The payer's bank declined the debit."}
    world.tell("checkout.session.async_payment_failed", session)
    return session


def _demand_open(session: Json) -> None:
    if session["status"] != "open":
        raise Refused("Only Checkout Sessions with a status of `open` can do this.", is_kept=True)


def _intent(world: World, session: Json, status: str) -> Json:
    intent = world.made(
        *("pi", "payment_intent"),
        amount=session["amount_total"],
        amount_received=0,
        currency=session["currency"],
        metadata=dict(session["intent_metadata"]),
        status=status,
        last_payment_error=None,
        latest_charge=None,
    )
    session["payment_intent"] = intent["id"]
    return intent


def _charge(world: World, intent: Json) -> Json:
    amount, currency = intent["amount"], intent["currency"]
    charge = world.made(
        *("ch", "charge"),
        amount=amount,
        amount_refunded=0,
        currency=currency,
        metadata=dict(intent["metadata"]),
        payment_intent=intent["id"],
        disputed=False,
    )
    world.total(currency)["paid_in"] += amount
    world.book(PLATFORM, "charge", amount, charge, fee=amount * world.fee_bps // 10_000)
    if world.settles_later:
        world.pending[currency] += amount
    return charge


class NewRefund(Params):
    """Money back to its payer."""

    payment_intent: str
    amount: Amount | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


@router.post("/refunds")
async def new_refund(request: Request, world: Here) -> Json:
    """Money goes back."""
    new = await asked(request, NewRefund)
    charge = _charge_of(world, new.payment_intent)
    left = charge["amount"] - charge["amount_refunded"]
    amount = left if new.amount is None else new.amount
    demand_whole(amount, charge["currency"])
    _demand_refundable(world, charge, amount, left)
    refund = world.made(
        *("re", "refund"),
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=new.payment_intent,
        metadata=new.metadata,
        status="succeeded",
    )
    charge["amount_refunded"] += amount
    world.total(charge["currency"])["refunded"] += amount
    world.book(PLATFORM, "refund", -amount, refund)
    world.tell("charge.refunded", charge)
    return refund


def _charge_of(world: World, intent: str) -> Json:
    name = world.found("payment_intent", intent)["latest_charge"]
    if name is None:
        raise Refused(f"This PaymentIntent ({intent}) does not have a successful charge to refund.")
    return world.found("charge", name)


def _demand_refundable(world: World, charge: Json, amount: int, left: int) -> None:
    if charge["disputed"]:
        raise Refused("The charge was disputed.", "charge_disputed", is_kept=True)
    if amount > left:
        raise Refused(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            is_kept=True,
        )
    if amount > world.balance(PLATFORM)[charge["currency"]]:
        raise Refused("Insufficient funds.", "balance_insufficient", is_kept=True)
