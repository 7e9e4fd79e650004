"""A payment into a wallet: written down, begun at the provider, answered once a key."""

from contextlib import suppress
from uuid import NAMESPACE_URL, UUID, uuid5

from api.answers import Answer, answer_with, once, reused
from api.auth.tokens import Caller
from api.currencies import demand_current
from api.gateway import GatewayError
from api.payment_provider import demanded, silence_of
from api.problems import Problem, unavailable
from api.schemas.orders import NewOrder
from api.schemas.pay_ins import NewPayIn, PayInView
from api.state import Services
from db import pay_ins, provider_events, provider_silence, services
from db.errors import TooManyOpen
from db.idempotency import Key
from db.pay_ins import NewRow, PayIn
from db.pool import Connection, connection
from db.reading import reading
from domain.payments import MOST_OPEN, PayInState, PaymentRef, ProviderEventKind, Way
from domain.vocabulary import Code
from providers import protocol
from providers.protocol import ProviderAway, ProviderEvent, ProviderRefused

FOR_THE_WALLET = "Money for your wallet"


async def begun_once(shared: Services, caller: Caller, body: NewPayIn, key: Key) -> Answer:
    """Answer with where a payment is made. Repeated with its key it is the same payment, also where
    the provider did not answer the first time.

    Raises:
        Problem: there is no provider (409), it does not answer (503), or the key came with another
            request before (422).
    """
    demanded(shared)
    row = await _written(shared, caller, body, key)
    refusal = await _begun(shared, row)

    async def answer(acquired: Connection) -> Answer:
        if refusal is not None:
            raise refusal
        found = await pay_ins.get(acquired, row.id)
        return answer_with(201, view(found or row, caller), Location=f"/v1/pay-ins/{row.id}")

    return await once(shared.pool, key, answer)


def id_under(caller_id: str, key: str) -> UUID:
    """Return the id of the payment that somebody asks for under a key of theirs."""
    return uuid5(NAMESPACE_URL, f"{caller_id}\n{key}")


async def _written(shared: Services, caller: Caller, body: NewPayIn, key: Key) -> PayIn:
    """Return the payment's row, which is there before the provider is asked for it."""
    async with connection(shared.pool) as acquired:
        wish = await _on_these_terms(acquired, body.order) if body.order else None
        new = NewRow(
            id=id_under(key.caller, key.key),
            user_id=caller.id,
            amount=body.amount,
            currency=body.currency,
            provider=shared.payments.name,
            return_url=body.return_url,
            fingerprint=key.fingerprint,
            wish=wish.model_dump(mode="json") if wish else None,
        )
        try:
            row = await pay_ins.add(acquired, new)
        except TooManyOpen as error:
            raise _too_many() from error
    if row.fingerprint != key.fingerprint:
        raise reused()
    return row


def _too_many() -> Problem:
    return Problem(
        Code.RATE_LIMITED,
        f"{MOST_OPEN} payments of yours wait to be made: make one of them, or ask again when one"
        " has lapsed. Nothing changed.",
        headers={"Retry-After": "3600"},
    )


async def _on_these_terms(acquired: Connection, order: NewOrder) -> NewOrder:
    """Return an order as it is wished for now: what its seller asks for by the time that the money
    is there, its buyer has not agreed to."""
    if order.service_version is not None:
        return order
    row = await services.get(acquired, order.service_id)
    return order if row is None else order.model_copy(update={"service_version": row.version})


async def _begun(shared: Services, row: PayIn) -> Problem | None:
    """Have the provider take the payment, unless it does already; return its refusal."""
    if row.url is not None or row.state is not PayInState.OPEN:
        return None
    try:
        demand_current(row.currency, "body.currency")
    except Problem as problem:
        await _refused(shared, row, problem.detail)
        return problem
    await _awaited(shared, row.id)
    asked = protocol.NewPayIn(
        id=str(row.id),
        user_id=row.user_id,
        money=row.money,
        title=FOR_THE_WALLET,
        return_url=row.return_url,
    )
    try:
        place = await shared.payments.start_pay_in(asked)
    except ProviderAway as error:
        async with connection(shared.pool) as acquired:
            await provider_silence.note(acquired, PaymentRef(Way.IN, row.id), str(error))
        raise unavailable("The payment provider") from error
    except ProviderRefused as error:
        await _refused(shared, row, str(error))
        said = str(error).rstrip(".")
        return Problem(Code.PROVIDER_REFUSED, f"The payment provider refuses: {said}.")
    async with connection(shared.pool) as acquired:
        await pay_ins.note_place(acquired, row.id, place)
    return None


async def _refused(shared: Services, row: PayIn, why: str) -> None:
    """End the payment that the provider does not take: nobody can pay it."""
    event = ProviderEvent(
        id=f"asked:{row.id}:refused",
        kind=ProviderEventKind.PAY_IN_FAILED,
        name="refused",
        at=await shared.clock.now(),
        ours=str(row.id),
        reason=why,
    )
    async with connection(shared.pool) as acquired:
        await provider_events.note(acquired, row.provider, event)
        await pay_ins.settle(acquired, row.id)


async def _awaited(shared: Services, pay_in_id: UUID) -> None:
    """Have somebody wait for the payment; the relay sees to it where that does not work at once."""
    with suppress(GatewayError):
        reading = await shared.clock.reading()
        await shared.gateway.tell_payment(PaymentRef(Way.IN, pay_in_id), reading)
        async with connection(shared.pool) as acquired:
            await pay_ins.mark_started(acquired, pay_in_id)


def view(row: PayIn, reader: Caller) -> PayInView:
    """Return a payment as a document; where it is paid is for its payer to know.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    is_payers = row.state is PayInState.OPEN and row.user_id == reader.id
    with reading(f"payment {row.id}"):
        return PayInView(
            id=row.id,
            user_id=row.user_id,
            amount=row.money,
            state=row.state,
            url=row.url if is_payers else None,
            until=row.until,
            reference=row.reference,
            reason=row.reason,
            transfer_id=row.transfer_id,
            order_id=row.order_id,
            order_refused=row.order_refused,
            created_at=row.created_at,
            ended_at=row.ended_at,
            silence=silence_of(row, reader),
        )
