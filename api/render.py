"""From rows and domain models to the documents that callers get."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from api.auth.order_roles import CallerRoles
from api.schemas.ledger import (
    AccountsView,
    AccountView,
    EntryView,
    PostingView,
    TransferView,
    WalletView,
)
from api.schemas.operator_journal import DeedOutcome, DeedView
from api.schemas.orders import AcceptedView, EventView, RequestOutcome, RequestView
from api.schemas.services import ServiceView
from db import transfers
from db.accounts import Sum
from db.events import JournalEntry
from db.messages import MessageRow
from db.operator_journal import JournalledDeed
from db.orders import OrderRow
from db.reading import reading
from db.requests import Outcome, Request
from db.services import ServiceExtra, ServiceRow
from db.wallet_entries import WalletEntry
from db.wallets import Balance, Transfer, Uncleared
from documents.message import MessageView, message_document
from documents.order import ExtraView, OrderView, order_document
from domain.ledger import AccountKind, PostingKind
from domain.money import Money
from domain.operator_deeds import NOTED_AS_BEGUN
from domain.rules import as_of
from domain.vocabulary import Role
from texts.catalogue import Language
from texts.wallets import wallet_entry


def service(row: ServiceRow) -> ServiceView:
    """Return a service as everybody sees it.

    Raises:
        Spoiled: nothing can be made of it. So it is with all rows here.
    """
    offered = row.service
    with reading(f"service {offered.id}"):
        return ServiceView(
            id=offered.id,
            seller_id=offered.seller_id,
            title=offered.title,
            description=offered.description,
            price=Money(amount=offered.price, currency=offered.currency),
            delivery_time=offered.delivery_time,
            revision_time=offered.revision_time,
            revisions_included=offered.revisions_included,
            extras=[_extra(extra, offered.currency) for extra in offered.extras],
            external_id=offered.external_id,
            metadata=dict(offered.metadata),
            archived=row.is_archived,
            version=row.version,
            created_at=row.created_at,
        )


def _extra(extra: ServiceExtra, currency: str) -> ExtraView:
    return ExtraView(
        id=extra.id,
        title=extra.title,
        price=Money(amount=extra.price, currency=currency),
        delivery_time=extra.delivery_time,
    )


def order(row: OrderRow, roles: CallerRoles) -> OrderView:
    """Return an order as the caller sees it; `actions` allows for what has just expired."""
    with reading(f"order {row.order.id}"):
        # By the database's clock, which deadlines are judged by, and not by this process's.
        current = as_of(row.order, row.read_at)
        return order_document(
            row.order,
            row.words,
            roles.actions(current),
            late=current.is_late,
            unread=row.read_mark(roles.caller_id).unread,
            to_operator=Role.OPERATOR in roles.roles,
        )


def request(order_id: UUID, asked: Request) -> RequestView:
    """Return what was asked, and what became of it."""
    with reading(f"a request of order {order_id}"):
        return RequestView(
            id=asked.id,
            order_id=order_id,
            action=asked.action,
            actor=asked.actor,
            received_at=asked.received_at,
            outcome=_outcome(asked.outcome) if asked.outcome else None,
        )


def _outcome(outcome: Outcome) -> RequestOutcome:
    refusal = outcome.refusal
    return RequestOutcome(
        accepted=refusal is None,
        seq=outcome.seq,
        code=refusal.code if refusal else None,
        detail=refusal.detail if refusal else None,
    )


def accepted(order_id: UUID, request_id: str, location: str) -> AcceptedView:
    """Return a request that is written down and not yet decided."""
    return AcceptedView(id=request_id, order_id=order_id, location=location)


def event(order_id: UUID, entry: JournalEntry) -> EventView:
    """Return an entry of an order's journal."""
    with reading(f"entry {entry.seq} of the journal of order {order_id}"):
        return EventView(**vars(entry))


def message(order_id: UUID, row: MessageRow) -> MessageView:
    """Return a message of an order."""
    with reading(f"message {row.number} of order {order_id}"):
        return message_document(order_id, row.read())


def posting(transfer: Transfer) -> PostingView:
    """Return a transfer of an order's money."""
    number = f"{transfer.tx_id}-{transfer.leg}"
    with reading(f"movement {number}"):
        return PostingView(
            id=number,
            at=transfer.at,
            kind=PostingKind(transfer.kind),
            debit=_account(transfer.debit_kind, transfer.debit_owner),
            credit=_account(transfer.credit_kind, transfer.credit_owner),
            amount=Money(amount=transfer.amount, currency=transfer.currency),
        )


def _account(kind: str, owner: str) -> AccountView:
    return AccountView.model_validate({"kind": kind, "owner": owner})


def balance(held: Balance) -> Money:
    """Return what a wallet holds in one currency."""
    return Money(amount=held.amount, currency=held.currency)


def wallet(
    held: Sequence[Balance], uncleared: Mapping[str, Uncleared], owed: Sequence[Balance]
) -> WalletView:
    """Return what a wallet holds, of which so much was earned and is not cleared yet, by currency:
    what was spent since was spent of what is available. And what its owner owes."""
    not_yet = {currency: one.amount for currency, one in uncleared.items()}
    clearing = [min(one.amount, not_yet.get(one.currency, 0)) for one in held]
    return WalletView(
        balances=[balance(one) for one in held],
        available=[
            Money(amount=one.amount - clears, currency=one.currency)
            for one, clears in zip(held, clearing, strict=True)
        ],
        clearing=[
            Money(amount=clears, currency=one.currency)
            for one, clears in zip(held, clearing, strict=True)
        ],
        receivable=[balance(one) for one in owed],
    )


def accounts(sums: Iterable[Sum]) -> AccountsView:
    """Return what accounts hold together, by their kind."""
    held: dict[str, list[Money]] = {kind: [] for kind in AccountKind}
    for one in sums:
        held.setdefault(one.kind, []).append(Money(amount=one.amount, currency=one.currency))
    return AccountsView(
        escrow=held[AccountKind.ESCROW],
        commission=held[AccountKind.COMMISSION],
        wallets=held[AccountKind.WALLET],
        world=held[AccountKind.WORLD],
        payout_pending=held[AccountKind.PAYOUT_PENDING],
        receivable=held[AccountKind.RECEIVABLE],
    )


def transfer(row: transfers.Transfer) -> TransferView:
    """Return what came in or went out."""
    held, currency = row.balance_after, row.currency
    with reading(f"transfer {row.id}"):
        return TransferView(
            id=row.id,
            at=row.at,
            kind=PostingKind(row.kind),
            user_id=row.user_id,
            amount=Money(amount=row.amount, currency=currency),
            balance=None if held is None else Money(amount=held, currency=currency),
            reference=row.reference,
            reverses=row.reverses,
            reversed_by=row.reversed_by,
            reason=row.reason,
            made_by=row.made_by,
        )


def deed(row: JournalledDeed) -> DeedView:
    """Return what somebody did who operates the marketplace."""
    kept = {name: value for name, value in vars(row).items() if name not in _ONLY_KEPT}
    with reading(f"entry {row.id} of the operators' journal"):
        return DeedView(**kept, id=str(row.id), by=row.by_id, outcome=_outcome_of(row))


_ONLY_KEPT = ("id", "by_id", "accepted")


def _outcome_of(row: JournalledDeed) -> DeedOutcome:
    if row.accepted is None:
        return DeedOutcome.BEGUN if row.deed in NOTED_AS_BEGUN else DeedOutcome.WAITING
    return DeedOutcome.DONE if row.accepted else DeedOutcome.REFUSED


def entry(row: WalletEntry, language: Language) -> EntryView:
    """Return one side of a transfer, as the wallet's owner sees it."""
    number = f"{row.tx_id}-{row.leg}"
    with reading(f"movement {number}"):
        kind = PostingKind(row.kind)
        return EntryView(
            id=number,
            at=row.at,
            kind=kind,
            order_id=row.order_id,
            amount=Money(amount=row.amount, currency=row.currency),
            balance_after=Money(amount=row.balance_after, currency=row.currency),
            reference=row.reference,
            text=wallet_entry(kind, row.amount, row.reason, language),
        )
