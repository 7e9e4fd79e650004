"""The in-app inbox: what the caller is told, and what of it they have read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import TypeAdapter

from api import locale as readers
from api import paging
from api.answers import Answer, KeyHeader, KeyWithoutFields, answer_with, key_of, once
from api.auth.caller import SignedIn
from api.auth.capabilities import ROLES, Capability, can
from api.auth.tokens import Caller
from api.guard.strict_json import StrictRoute
from api.locale import CallerLocale
from api.problems import documented, not_found
from api.schemas.base import Page
from api.schemas.people import MOST_COUNTED, NotificationPage, NotificationView, UnreadView, UpTo
from api.state import Services, Shared
from db import notifications, wallet_notices
from db.notifications import InboxOwner, Notification
from db.pool import Connection, connection
from db.reading import reading
from db.together import IN_ONE_TRIP, together
from db.wallet_notices import WalletNotice
from domain.conversation import number_told
from domain.ledger import PostingKind
from domain.order import Actor
from domain.payments import ChargebackState
from domain.vocabulary import Code, Role
from texts.notices import NoticeText, notice
from texts.wallet_disputes import DisputeNotice, dispute_notice
from texts.wallets import wallet_notice

POSITION: TypeAdapter[int] = TypeAdapter(paging.BigNumber)
WIDE = {Capability.MEDIATE: Role.MEDIATOR, Capability.HAND_OVER: Role.OPERATOR}
"""By what somebody is told of what concerns all who can do it."""

TOLD_AS = [(shown, role) for capability, role in WIDE.items() for shown in ROLES[capability]]
"""The same by what a token shows."""

WALLET_REVERSED = "wallet.reversed"
"""What is told of no order: that a top-up or a payout was taken back."""

WALLET_RECOVERED = "wallet.recovered"
"""That something was kept for what somebody owes."""

OF_DISPUTES = {
    ChargebackState.OPENED: "wallet.disputed",
    ChargebackState.WON: "wallet.dispute_won",
    ChargebackState.LOST: "wallet.dispute_lost",
}
"""That something is kept back while a payment is disputed, that this ended well, and what is to be
made good where it did not."""

router = APIRouter(prefix="/v1/notifications", tags=["notifications"], route_class=StrictRoute)


def inbox_of(caller: Caller) -> InboxOwner:
    """Return whose inbox it is that a caller reads."""
    wide = [role for capability, role in WIDE.items() if can(caller, capability)]
    return InboxOwner(caller.id, wide)


async def _whose(caller: SignedIn) -> InboxOwner:
    return inbox_of(caller)


Mine = Annotated[InboxOwner, Depends(_whose)]


@router.get(
    "",
    operation_id="list_notifications",
    response_model=NotificationPage,
    responses=documented(),
)
async def list_notifications(
    mine: Mine,
    to: CallerLocale,
    shared: Shared,
    unread: Annotated[bool, Query(description="Only what has not been read.")] = False,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 20,
) -> NotificationPage:
    """What the caller is told, newest first, in their language and time zone; mediators and
    operators see what is for all of them, too."""
    return await part_of(shared, mine, to, cursor, limit, unread=unread)


async def part_of(
    shared: Services,
    mine: InboxOwner,
    to: readers.Locale,
    cursor: str | None,
    limit: int,
    *,
    unread: bool = False,
) -> NotificationPage:
    """Return a part of somebody's inbox, newest first, and how many of all are unread."""
    before = paging.read(cursor, POSITION)
    async with connection(shared.pool) as acquired:
        part, count = await together(
            acquired,
            notices_of(IN_ONE_TRIP, mine, to, before, limit, unread=unread),
            unread_of(IN_ONE_TRIP, mine),
        )
    return NotificationPage(items=part.items, next_cursor=part.next_cursor, unread=count)


async def notices_of(
    connection: Connection,
    mine: InboxOwner,
    to: readers.Locale,
    before: int | None,
    limit: int,
    *,
    unread: bool = False,
) -> Page[NotificationView]:
    """Return a part of somebody's inbox, newest first, from after notice `before`."""
    found = await _page(connection, mine, before, limit + 1, unread=unread)
    return paging.page(found, limit, lambda one: _view(one, mine.user_id, to), lambda one: one.id)


@router.post(
    "/read",
    operation_id="mark_notifications_read",
    response_model=UnreadView,
    responses=documented(Code.IDEMPOTENCY_KEY_REUSED),
)
async def read_up_to(
    request: Request,
    caller: SignedIn,
    mine: Mine,
    shared: Shared,
    body: UpTo,
    key: KeyHeader = None,
) -> Response:
    """Mark a notice and all before it as read."""

    async def work(connection: Connection) -> Answer:
        await mark_read_up_to(connection, mine, int(body.up_to))
        return answer_with(200, UnreadView(unread=await unread_of(connection, mine)))

    return (await once(shared.pool, key_of(request, caller, key, body), work)).response()


async def mark_read_up_to(connection: Connection, mine: InboxOwner, number: int) -> None:
    """Mark a notice and all before it as read."""
    await notifications.read_up_to(connection, mine, number)
    await wallet_notices.read(connection, mine.user_id, number, and_before=True)


@router.post(
    "/{notification_id}/read",
    operation_id="mark_notification_read",
    response_model=NotificationView,
    responses=documented(Code.NOT_FOUND, Code.IDEMPOTENCY_KEY_REUSED),
)
async def read_notification(
    notification_id: paging.NumberedId,
    mine: Mine,
    to: CallerLocale,
    shared: Shared,
    key: KeyWithoutFields,
) -> Response:
    """Mark a notice as read. One that is for a whole role is read by each on their own."""
    number = paging.number(notification_id, "notification")

    async def work(connection: Connection) -> Answer:
        await notifications.read(connection, mine, number)
        await wallet_notices.read(connection, mine.user_id, number, and_before=False)
        of_step = await notifications.get(connection, mine, number)
        found = of_step or await wallet_notices.get(connection, mine.user_id, number)
        if found is None:
            raise not_found("notification")
        return answer_with(200, _view(found, mine.user_id, to))

    return (await once(shared.pool, key, work)).response()


async def _page(
    connection: Connection, mine: InboxOwner, before: int | None, limit: int, *, unread: bool
) -> list[Notification | WalletNotice]:
    """Return what orders tell and what the wallet tells, together and newest first."""
    below = notifications.ABOVE_ALL if before is None else before
    steps, own = await together(
        connection,
        notifications.page(IN_ONE_TRIP, mine, before, limit, unread=unread),
        wallet_notices.page(IN_ONE_TRIP, mine.user_id, below, limit, unread=unread),
    )
    both: list[Notification | WalletNotice] = [*steps, *own]
    return sorted(both, key=lambda one: -one.id)[:limit]


async def unread_of(connection: Connection, mine: InboxOwner) -> int:
    """Return how many notices are unread; more than `MOST_COUNTED` are not counted."""
    of_orders, of_wallet = await together(
        connection,
        notifications.unread(IN_ONE_TRIP, mine, MOST_COUNTED),
        wallet_notices.unread(IN_ONE_TRIP, mine.user_id, MOST_COUNTED),
    )
    return min(of_orders + of_wallet, MOST_COUNTED)


def _view(
    found: Notification | WalletNotice, reader_id: str, to: readers.Locale
) -> NotificationView:
    if isinstance(found, WalletNotice):
        return _of_wallet(found, to)
    return _of_step(found, reader_id, to)


def _of_wallet(found: WalletNotice, to: readers.Locale) -> NotificationView:
    with reading(f"notice {found.id}"):
        event, said = _told_of_wallet(found, to)
        return NotificationView(
            id=str(found.id),
            order_id=None,
            seq=None,
            message_id=None,
            event=event,
            role=None,
            at=found.at,
            state=None,
            order_title=None,
            title=said.title,
            text=list(said.paragraphs),
            read_at=found.read_at,
        )


def _told_of_wallet(found: WalletNotice, to: readers.Locale) -> tuple[str, NoticeText]:
    """Return the event of a notice of a wallet, and its words."""
    if found.disputed is not None:
        return _told_of_dispute(ChargebackState(found.disputed), found, to)
    amount, currency = found.amount, found.currency
    kind, balance = PostingKind(found.kind or ""), found.balance or 0
    event = WALLET_RECOVERED if kind is PostingKind.RECOVERY else WALLET_REVERSED
    return event, wallet_notice(kind, amount, currency, balance, found.reason, to.language)


def _told_of_dispute(
    state: ChargebackState, found: WalletNotice, to: readers.Locale
) -> tuple[str, NoticeText]:
    told = DisputeNotice(
        state=state,
        amount=found.amount,
        currency=found.currency,
        order_title=found.order_title,
        paid=found.paid,
        balance=found.balance,
    )
    return OF_DISPUTES[state], dispute_notice(told, to.language)


def _of_step(found: Notification, reader_id: str, to: readers.Locale) -> NotificationView:
    role, moment = found.read()
    number = number_told(found.seq)
    with reading(found.name):
        said = notice(
            moment.event,
            Actor(id=reader_id, role=role),
            moment.order,
            moment.words,
            to.language,
            to.time_zone,
        )
        return NotificationView(
            id=str(found.id),
            order_id=found.order_id,
            seq=found.seq if number is None else None,
            message_id=None if number is None else str(number),
            event=moment.event,
            role=role,
            at=moment.at,
            state=moment.order.state,
            order_title=moment.words.title,
            title=said.title,
            text=list(said.paragraphs),
            read_at=found.read_at,
        )
