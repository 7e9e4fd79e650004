"""What a bank says of a payment is asked of its order before the provider is answered: however long
a worker is down, no deadline acts on what was known before it, and time stands still from then."""

from contextlib import suppress
from uuid import UUID

from api.gateway import Away
from api.relay import going_on
from api.state import Services
from db import chargebacks
from db.errors import Unavailable
from db.pool import connection
from db.requests import Pending
from domain.identifiers import exact_uuid
from providers.protocol import ProviderEvent


async def ask_its_order(shared: Services, event: ProviderEvent) -> None:
    """Have an order be as what was said of its payment asks for, as far as that can be done now.
    All else is the relay's.

    Raises:
        Unavailable: the database does not answer; the provider sends the event again.
    """
    pay_in_id = _payment_of(event)
    if pay_in_id is None:
        return
    for asked in await _asked(shared, pay_in_id):
        # Written down it is safe: where this does not reach its order, the relay does.
        with suppress(Away, Unavailable), going_on(str(asked.order_id)):
            await shared.relay.send(asked)


async def _asked(shared: Services, pay_in_id: UUID) -> list[Pending]:
    """Return what is asked of the payment's order; nothing where that has to wait."""
    asked: list[Pending] = []
    with going_on(str(pay_in_id)):
        async with connection(shared.pool) as acquired:
            asked = await chargebacks.carry_all_of(acquired, pay_in_id)
    return asked


def _payment_of(event: ProviderEvent) -> UUID | None:
    """Return the payment of ours that an event is about; None where it names none."""
    try:
        return exact_uuid(event.ours or "")
    except ValueError:
        return None
