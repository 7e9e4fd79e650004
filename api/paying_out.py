"""A payout out of a wallet: asked for by its owner, approved by a second person, taken back."""

from contextlib import suppress
from uuid import NAMESPACE_URL, UUID, uuid5

from api import payout_accounts
from api.answers import Answer, Work, answer_with, kept_under, once, reused
from api.auth.capabilities import Capability, can
from api.auth.tokens import Caller
from api.currencies import demand_held
from api.gateway import GatewayError
from api.operator_deeds import note
from api.payment_provider import demanded, in_problems, silence_of
from api.problems import Problem, not_found
from api.schemas.payouts import ApprovalView, AskedPayout, OtherPayoutsView, PayoutView
from api.state import Services
from db import payouts, provider_silence, wallets
from db.errors import InsufficientFunds
from db.idempotency import Key
from db.payout_accounts import KeptAccount
from db.payouts import NewRow, Payout
from db.pool import Connection, connection
from db.reading import reading
from domain.money import Money
from domain.operator_deeds import Deed, Subject
from domain.payments import AccountState, PaymentRef, PayoutState, Way
from domain.payout_approval import NeededApproval, needed_approval
from domain.vocabulary import Code
from providers.protocol import FoundPayout, ProviderStuck


async def asked_once(shared: Services, caller: Caller, body: AskedPayout, key: Key) -> Answer:
    """Answer with the payout that this key has made, now or before; its money has left the wallet.

    Raises:
        Problem: there is no provider (409), or it has to be asked and does not answer (503).
    """
    if (kept := await kept_under(shared.pool, key)) is not None:
        return kept  # whatever has become of the account since, or of the provider
    account = await payout_accounts.known(shared, caller.id)
    payout_id = uuid5(NAMESPACE_URL, f"{key.caller}\npayout\n{key.key}")

    async def work(acquired: Connection) -> Answer:
        to = ready(account)
        await _demand_currency(acquired, caller.id, body.currency)
        # Whoever asks for another one at this moment waits here, and is then asked about both.
        await payouts.lock_wallet(acquired, caller.id, body.currency)
        approval = await approval_for(shared, acquired, caller.id, body)
        new = _new(shared, caller, body, to, payout_id, approval)
        try:
            await payouts.add(acquired, new)
        except InsufficientFunds as error:
            raise short_of(body) from error
        row = await found(acquired, payout_id)
        if (row.user_id, row.amount, row.currency) != (new.user_id, new.amount, new.currency):
            raise reused()  # the kept answer has expired, the payout has not
        return answer_with(201, view(row, caller), Location=f"/v1/payouts/{row.id}")

    answer = await once(shared.pool, key, work)
    await tell(shared, payout_id)
    return answer


async def approval_for(
    shared: Services, acquired: Connection, user_id: str, money: Money
) -> NeededApproval | None:
    """Return why a second person has to approve a payout of so much that somebody asks for; None
    where nobody has to. What they ask for meanwhile is seen by who has locked their wallet."""
    above = shared.payout_approval_above
    if above is None:
        return None
    others = await payouts.unapproved(acquired, user_id, money.currency)
    return needed_approval(money.amount, others, above)


def _new(
    shared: Services,
    caller: Caller,
    body: AskedPayout,
    account: str,
    payout_id: UUID,
    approval: NeededApproval | None,
) -> NewRow:
    return NewRow(
        id=payout_id,
        user_id=caller.id,
        amount=body.amount,
        currency=body.currency,
        provider=shared.payments.name,
        account=account,
        state=PayoutState.REQUESTED if approval else PayoutState.PENDING,
        approval=approval,
    )


def ready(account: KeptAccount | None) -> str:
    """Return what the provider calls an account to which it pays.

    Raises:
        Problem: it pays nothing to it yet (409).
    """
    if account is not None and account.state is AccountState.ACTIVE:
        return account.reference
    shown = payout_accounts.view(account)
    raise Problem(
        Code.PAYOUT_ACCOUNT_NOT_READY,
        "The payment provider does not pay you out yet: POST /v1/payout-account says where you make"
        " your account there ready. Nothing changed.",
        account_state=shown.state,
        asked=shown.asked,
    )


async def _demand_currency(acquired: Connection, user_id: str, currency: str) -> None:
    held = await wallets.balances(acquired, user_id)
    demand_held(currency, {balance.currency for balance in held})


def short_of(body: AskedPayout) -> Problem:
    """Return what is said to whose wallet holds less that can be paid out."""
    return Problem(
        Code.INSUFFICIENT_FUNDS,
        f"Of the wallet less than {body} can be paid out: GET /v1/wallet has what is available, and"
        " what keeps the rest. Nothing changed.",
    )


async def cancelled_once(
    shared: Services, caller: Caller, payout_id: UUID, key: Key | None
) -> Answer:
    """Answer with a payout of the caller's that is taken back.

    Raises:
        Problem: it is not theirs (404), or the provider has to be asked and does not answer (503).
    """
    if (kept := await kept_under(shared.pool, key)) is not None:
        return kept  # who was told that nothing changed is to be right
    is_handed_over = await _taken_back(shared, caller, payout_id)

    async def work(acquired: Connection) -> Answer:
        row = await found(acquired, payout_id)
        if is_handed_over and row.state is PayoutState.PENDING:
            raise _not_now(row)
        if row.state is not PayoutState.CANCELLED:
            raise _not(row, "It cannot be taken back any more")
        return answer_with(200, view(row, caller))

    return await once(shared.pool, key, work)


async def _taken_back(shared: Services, caller: Caller, payout_id: UUID) -> bool:
    """Take a payout back where that can be done: here, or by the provider that has it already;
    return whether nobody can, since it is being handed over."""
    async with connection(shared.pool) as acquired:
        row = await found(acquired, payout_id)
        if row.user_id != caller.id:
            raise not_found("payout")
        is_back = await payouts.cancel(acquired, payout_id, caller.id, None)
        # As it is by now: the provider may have been asked, and have answered, in between.
        row = await found(acquired, payout_id)
    if not is_back and row.state is PayoutState.PENDING and row.reference is not None:
        said = await _cancelled_there(shared, row, row.reference)
        async with connection(shared.pool) as acquired:
            await payouts.settle(acquired, payout_id, said, row.seen)
            await provider_silence.note(acquired, PaymentRef(Way.OUT, payout_id), None)
    await tell(shared, payout_id)
    return row.is_handed_over


async def _cancelled_there(shared: Services, row: Payout, reference: str) -> FoundPayout:
    """Have the provider take a payout back that it has; return what became of it.

    Raises:
        Problem: it does not answer (503), refuses, or does not give back what it has (409).
    """
    with in_problems():
        try:
            return await demanded(shared).cancel_pay_out(row.account, reference)
        except ProviderStuck as error:
            async with connection(shared.pool) as acquired:
                await payouts.note_trouble(acquired, row.id, str(error))
            raise


async def approved_once(
    shared: Services, caller: Caller, payout_id: UUID, key: Key | None
) -> Answer:
    """Answer with a payout that a second person lets go."""

    async def work(acquired: Connection) -> Answer:
        row = await _of_another(acquired, caller, payout_id)
        if not await payouts.approve(acquired, payout_id, caller.id):
            raise _not(row, "It does not wait for anybody's approval")
        of = {"user_id": row.user_id}
        await note(acquired, caller, Deed.APPROVE_PAYOUT, Subject.PAYOUT, payout_id, **of)
        return answer_with(200, view(await found(acquired, payout_id), caller))

    return await _decided_once(shared, payout_id, key, work)


async def refused_once(
    shared: Services, caller: Caller, payout_id: UUID, reason: str, key: Key | None
) -> Answer:
    """Answer with a payout that a second person does not let go: its money is in the wallet again,
    and its owner reads why."""

    async def work(acquired: Connection) -> Answer:
        row = await _of_another(acquired, caller, payout_id)
        if not await payouts.cancel(acquired, payout_id, caller.id, reason):
            raise _not(row, "It does not wait for anybody's approval")
        of = {"user_id": row.user_id, "reason": reason}
        await note(acquired, caller, Deed.REFUSE_PAYOUT, Subject.PAYOUT, payout_id, **of)
        return answer_with(200, view(await found(acquired, payout_id), caller))

    return await _decided_once(shared, payout_id, key, work)


async def _decided_once(shared: Services, payout_id: UUID, key: Key | None, work: Work) -> Answer:
    answer = await once(shared.pool, key, work)
    await tell(shared, payout_id)
    return answer


async def _of_another(acquired: Connection, caller: Caller, payout_id: UUID) -> Payout:
    row = await found(acquired, payout_id)
    if row.user_id == caller.id:
        raise Problem(
            Code.FORBIDDEN, "Somebody else than who asked for it has to decide. Nothing changed."
        )
    return row


async def found(acquired: Connection, payout_id: UUID) -> Payout:
    """Return a payout.

    Raises:
        Problem: there is none (404).
    """
    row = await payouts.get(acquired, payout_id)
    if row is None:
        raise not_found("payout")
    return row


async def tell(shared: Services, payout_id: UUID) -> None:
    """Have a payout carried on at once; the relay sees to it where that does not work."""
    async with connection(shared.pool) as acquired:
        row = await payouts.get(acquired, payout_id)
    if row is None:
        return
    with suppress(GatewayError):
        reading = await shared.clock.reading()
        await shared.gateway.tell_payment(PaymentRef(Way.OUT, payout_id), reading)
        async with connection(shared.pool) as acquired:
            await payouts.mark_told(acquired, payout_id, row.state)


def _not_now(row: Payout) -> Problem:
    """Return what is said to who takes a payout back at the very moment at which it is begun."""
    return Problem(
        Code.PAYOUT_NOT_ALLOWED,
        "It cannot be taken back at this moment: it is being handed to the payment provider, which"
        " has not answered yet. Nothing changed. Once it has, the payout has a `reference`: ask"
        " again then, under another key; it is taken back if the provider lets it.",
        payout_state=row.state,
    )


def _not(row: Payout, why: str) -> Problem:
    said = f"is {row.state}"
    if row.is_handed_over:
        said = "is being handed to the payment provider"
    elif row.state is PayoutState.PENDING:
        said = "is with the payment provider"
    return Problem(
        Code.PAYOUT_NOT_ALLOWED, f"{why}: it {said}. Nothing changed.", payout_state=row.state
    )


def view(row: Payout, reader: Caller) -> PayoutView:
    """Return a payout as a document for a reader.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    with reading(f"payout {row.id}"):
        return PayoutView(
            id=row.id,
            user_id=row.user_id,
            amount=Money(amount=row.amount, currency=row.currency),
            state=row.state,
            approval=_approval(row),
            approved_by=row.approved_by if can(reader, Capability.READ_ALL) else None,
            attempts=row.attempts,
            reference=row.reference,
            reason=row.reason,
            created_at=row.created_at,
            ended_at=row.ended_at,
            recovered=Money(amount=row.recovered, currency=row.currency),
            silence=silence_of(row, reader),
        )


def _approval(row: Payout) -> ApprovalView | None:
    why = row.approval
    if why is None:
        return None
    others = why.others and OtherPayoutsView(
        amount=Money(amount=why.others.amount, currency=row.currency),
        count=why.others.count,
        since=why.others.since,
    )
    return ApprovalView(above=Money(amount=why.above, currency=row.currency), others=others)
