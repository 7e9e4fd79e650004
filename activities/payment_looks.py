"""When payments are looked at next, written down where the clock can be moved."""

from datetime import datetime
from uuid import UUID

from temporalio import activity

from db import clock_of_payments
from db.pool import Pool, connection
from domain.base import Frozen
from domain.payments import PaymentRef, Way


class NextLook(Frozen):
    """A payment, and when (UTC) it is looked at again by itself."""

    way: Way
    id: str
    at: datetime


class PaymentLookActivities:
    """The activity that the workflows of payments share."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @activity.defn(name="note_next_look")
    async def note_next_look(self, look: NextLook) -> None:
        """Write down when a payment is looked at next, for whoever moves the clock."""
        payment = PaymentRef(look.way, UUID(look.id))
        async with connection(self._pool) as acquired:
            await clock_of_payments.note_next_look(acquired, payment, look.at)
