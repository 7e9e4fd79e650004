"""What a payment on its way in asks of the world: of the provider, and of the books."""

from contextlib import AbstractAsyncContextManager
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.provider_silence import silence_noted
from db import clock, pay_ins, provider_events
from db.pay_ins import PayIn
from db.pool import Pool, connection
from domain.base import Frozen
from domain.payments import PayInState, PaymentRef, ProviderEventKind, Way
from providers.protocol import FoundPayIn, Provider, ProviderEvent

KINDS = {
    PayInState.PAID: ProviderEventKind.PAY_IN_PAID,
    PayInState.FAILED: ProviderEventKind.PAY_IN_FAILED,
    PayInState.LAPSED: ProviderEventKind.PAY_IN_LAPSED,
}

PAID_OTHERWISE = (
    "What was paid is not what was asked for: it is in no wallet, and an operator has to see to it."
)


class PayInRef(Frozen):
    """A payment, by its id."""

    id: str


class PayInActivities:
    """The activities of `PayInWorkflow`."""

    def __init__(self, pool: Pool, provider: Provider) -> None:
        self._pool = pool
        self._provider = provider

    @activity.defn(name="settle_pay_in")
    async def settle_pay_in(self, pay_in: PayInRef) -> PayInState | None:
        """Do what the provider has said of a payment; return its state then."""
        async with connection(self._pool) as acquired:
            return await pay_ins.settle(acquired, UUID(pay_in.id))

    @activity.defn(name="ask_for_pay_in")
    async def ask_for_pay_in(self, pay_in: PayInRef) -> None:
        """Ask the provider what became of a payment, and write down what it answers, as if it had
        said so by itself."""
        row = await self._row(pay_in)
        if row.reference is not None:
            async with self._silence_noted(row):
                found = await self._provider.find_pay_in(row.reference)
            await self._note(row, found)

    @activity.defn(name="end_pay_in")
    async def end_pay_in(self, pay_in: PayInRef) -> None:
        """Let nobody pay it any more; one for which the provider never answered has no place where
        that could be done. Should the money come all the same, it is booked. One that was paid
        otherwise than it was asked for is for a person, and ends here: nothing more comes of it by
        asking."""
        row = await self._row(pay_in)
        found = FoundPayIn(PayInState.LAPSED)
        if row.reference is not None:
            async with self._silence_noted(row):
                found = await self._provider.end_pay_in(row.reference)
        await self._note(row, found)
        if found.state is PayInState.PAID and found.money != row.money:
            await self._note(row, FoundPayIn(PayInState.FAILED, reason=PAID_OTHERWISE))

    def _silence_noted(self, row: PayIn) -> AbstractAsyncContextManager[None]:
        was_silent = row.silent_since is not None
        return silence_noted(self._pool, PaymentRef(Way.IN, row.id), was_silent=was_silent)

    async def _row(self, pay_in: PayInRef) -> PayIn:
        async with connection(self._pool) as acquired:
            row = await pay_ins.get(acquired, UUID(pay_in.id))
        if row is None:
            raise ApplicationError("there is no such payment", non_retryable=True)
        return row

    async def _note(self, row: PayIn, found: FoundPayIn) -> None:
        if found.state not in KINDS:
            return
        async with connection(self._pool) as acquired:
            event = ProviderEvent(
                id=f"asked:{row.id}:{found.state}",
                kind=KINDS[found.state],
                name="asked",
                at=await clock.now(acquired),
                reference=row.reference,
                ours=str(row.id),
                money=found.money,
                reason=found.reason,
                payment=found.payment,
            )
            await provider_events.note(acquired, row.provider, event)
