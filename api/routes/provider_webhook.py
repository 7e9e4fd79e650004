"""Where the payment provider says what has happened: signed, and without a token."""

from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Request

from api.problems import Problem, documented, not_found, unavailable
from api.schemas.pay_ins import EventReceived
from api.state import Shared
from api.told_disputes import ask_its_order
from db import provider_events
from db.pool import connection
from domain.payments import OF_DISPUTES
from domain.vocabulary import Code
from providers.protocol import NotGenuine, Provider, ProviderAway, ProviderEvent, ProviderRefused

router = APIRouter(prefix="/v1/providers", tags=["payments"])

log = structlog.get_logger()

NO_EVENT = "It is signed by the provider, and is no event that can be read here."


@router.post(
    "/{name}/events",
    operation_id="receive_provider_event",
    response_model=EventReceived,
    responses=documented(Code.NOT_FOUND, Code.NOT_GENUINE),
)
async def receive(
    name: Annotated[str, Path(description="The provider, such as stripe.")],
    request: Request,
    shared: Shared,
) -> EventReceived:
    """An event of the payment provider, signed by it: no token is asked for. Answered as soon as it
    is written down, once an id however often it comes, and the order whose payment is disputed has
    been asked to freeze; what follows is done afterwards. Where it cannot be written down (503) the
    provider sends it again."""
    provider = shared.payments
    if name != provider.name or not provider.takes_payments:
        raise not_found("payment provider")
    raw = await request.body()
    try:
        event = provider.read_event(raw, request.headers, datetime.now(UTC))
    except (NotGenuine, ValueError) as error:
        log.warning("not an event of the provider", provider=name, because=type(error).__name__)
        said = str(error) if isinstance(error, NotGenuine) else NO_EVENT
        raise Problem(Code.NOT_GENUINE, f"{said} Nothing changed.") from error
    known = await _completed(provider, event)
    async with connection(shared.pool) as acquired:
        await provider_events.note(acquired, name, known)
    if known.kind in OF_DISPUTES:
        await ask_its_order(shared, known)
    return EventReceived()


async def _completed(provider: Provider, event: ProviderEvent) -> ProviderEvent:
    """Return an event with the payment of ours that it is about, where it leaves that out.

    Raises:
        Problem: the provider does not say now; it sends the event again (503).
    """
    try:
        return await provider.completed(event)
    except ProviderAway as error:
        log.warning("the payment provider is not to be asked", because=str(error))
        raise unavailable("The payment provider") from error
    except ProviderRefused as error:
        log.warning("of a payment that is not known", told=event.id, because=str(error))
        return event
