"""What the stand-in is told to do: as payers, banks, its own staff, and the network between."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict

from embedded.stripe_stand_in import checkout, connect, disputes, payouts
from embedded.stripe_stand_in.calls import Calls
from embedded.stripe_stand_in.checkout import Here
from embedded.stripe_stand_in.faults import Faults
from embedded.stripe_stand_in.hooks import Hooks
from embedded.stripe_stand_in.wire import Json
from embedded.stripe_stand_in.world import World

router = APIRouter(prefix="/_control")

WAYS: dict[str, Callable[[World, Json], Json]] = {
    "pays": checkout.pay,
    "pays_twice": checkout.pay_twice,
    "promises": checkout.promise,
    "arrives": checkout.arrive,
    "bounces": checkout.bounce,
    "is_declined": checkout.decline,
    "lets_it_lapse": checkout.lapse,
}


@router.post("/sessions/{name}/{way}")
async def payer(name: str, way: str, world: Here) -> Json:
    """A payer does something at a page."""
    return WAYS[way](world, world.found("checkout.session", name))


@router.post("/accounts/{name}/{state}")
async def account(name: str, state: str, world: Here) -> Json:
    """An account is judged anew, or deleted."""
    found = world.found("account", name)
    return (
        connect.delete(world, found) if state == "deleted" else connect.become(world, found, state)
    )


@router.post("/payouts/{name}/{state}")
async def payout(
    name: str, state: Literal["in_transit", "paid", "failed", "canceled"], world: Here
) -> Json:
    """A payout comes to something."""
    return payouts.settle(world, world.found("payout", name), state)


class NewDispute(BaseModel):
    """A bank asks for money back: all of it, unless an amount is named."""

    model_config = ConfigDict(extra="forbid")

    amount: int | None = None
    asks: bool = False


@router.post("/disputes/of/{session}")
async def dispute(session: str, world: Here, said: NewDispute) -> Json:
    """A payment is disputed."""
    page = world.found("checkout.session", session)
    intent = world.found("payment_intent", page["payment_intent"])
    return disputes.open_dispute(world, intent, said.amount, asks=said.asks)


@router.post("/disputes/{name}/{to}")
async def decide(
    name: str, to: Literal["won", "lost", "prevented", "warning_closed", "escalated"], world: Here
) -> Json:
    """A dispute comes to something."""
    found = world.found("dispute", name)
    return (
        disputes.escalate(world, found) if to == "escalated" else disputes.close(world, found, to)
    )


@router.post("/begin-anew")
async def begin_anew(request: Request, world: Here) -> Json:
    """Everything is forgotten, and nothing goes wrong any more."""
    calls: Calls = request.app.state.calls
    await calls.begin_anew()
    return world.books()


@router.post("/faults")
async def faults(request: Request, world: Here, said: Faults) -> Faults:
    """What goes wrong from now on; nothing else does."""
    world.faults = said
    if not said.reorder:
        request.app.state.calls.send_gathered()
    return said


class Ways(BaseModel):
    """How the stand-in works from now on, as far as it is said."""

    model_config = ConfigDict(extra="forbid")

    keys: list[str] | None = None
    settles_later: bool | None = None
    fee_bps: int | None = None
    payouts_after: float | None = None


@router.post("/ways")
async def ways(world: Here, said: Ways) -> Json:
    """The fake works otherwise from now on."""
    made = said.model_dump(exclude_unset=True)
    for name, value in made.items():
        setattr(world, name, value)
    return made


@router.post("/settled")
async def settled(world: Here) -> Json:
    """What is pending becomes available."""
    world.pending.clear()
    return world.books()


@router.post("/forgotten-keys")
async def forgotten_keys(request: Request) -> Json:
    """A day passes: no idempotency key is known any more."""
    request.app.state.calls.kept.clear()
    return {}


class Listening(BaseModel):
    """Where events go, and what signs them."""

    model_config = ConfigDict(extra="forbid")

    deliver_to: str | None = None
    secrets: list[str] | None = None


@router.post("/listening")
async def listening(request: Request, said: Listening) -> Json:
    """Events go elsewhere, or are signed with other secrets."""
    hooks: Hooks = request.app.state.hooks
    made = said.model_dump(exclude_unset=True)
    for name, value in made.items():
        setattr(hooks, name, value)
    return made


@router.post("/events/{name}/again")
async def again(request: Request, name: str, world: Here) -> Json:
    """An event is sent once more."""
    event = world.found("event", name)
    request.app.state.hooks.send([event])
    return event


@router.post("/events")
async def of_nobody(world: Here, said: Annotated[Json, Body()]) -> Json:
    """Something is told that has nothing to do with what is known here."""
    return world.tell(said["type"], said["about"], account=said.get("account"))


@router.get("/attempts")
async def attempts(request: Request) -> list[Json]:
    """What became of each attempt to tell an event."""
    tried: list[Json] = request.app.state.hooks.attempts
    return tried


@router.get("/every/{kind}")
async def every(kind: str, world: Here) -> list[Json]:
    """All that there is of a kind, oldest first."""
    return world.every(kind)


@router.get("/books")
async def books(world: Here) -> Json:
    """What is held and what moved, by currency."""
    return world.books()
