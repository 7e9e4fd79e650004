"""What people say to each other on an order."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from api import paging, render
from api.answers import Answer, KeyHeader, answer_with, key_of, once
from api.auth.caller import SignedIn
from api.auth.order_roles import CallerRoles, roles_in
from api.auth.tokens import Caller
from api.causes import cause_of_this_call
from api.guard.strict_json import StrictRoute
from api.problems import Problem, documented, not_found, refused
from api.routes.orders import readable
from api.schemas.messages import NUMBER, MessagePage, NewMessage, ReadMarkView, ReadUpToMessage
from api.state import Shared
from db import messages, orders
from db.errors import TooManyAttempts
from db.messages import NotWritten
from db.orders import OrderRow
from db.pool import Connection, connection
from documents.message import MessageView, message_document
from domain import conversation
from domain.command import Refusal
from domain.conversation import ConversationMessage
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/orders", tags=["messages"], route_class=StrictRoute)

POSITION: TypeAdapter[int] = TypeAdapter(paging.Number)


@router.get(
    "/{order_id}/messages",
    operation_id="list_order_messages",
    response_model=MessagePage,
    responses=documented(Code.NOT_FOUND),
)
async def list_messages(
    order_id: paging.Id,
    caller: SignedIn,
    shared: Shared,
    after: Annotated[
        str | None,
        Query(
            pattern=NUMBER,
            description="Only what came after the message with this `id`: none that is written"
            " later gets a lower one.",
            json_schema_extra={"pattern": NUMBER},
        ),
    ] = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 100,
) -> MessagePage:
    """What was said on the order, oldest first, for whoever may read the order. A part ends before
    its `limit` where people wrote much: it holds no more than 256 KiB of their words."""
    start = max(paging.read(cursor, POSITION) or 0, int(after or 0))
    row, _ = await readable(shared, caller, order_id)
    order = UUID(row.order.id)
    async with connection(shared.pool) as acquired:
        found = await messages.after(acquired, order, start, limit)
    show = partial(render.message, order)
    part = paging.part(found.rows, show, lambda one: one.number, more=found.more)
    mark = row.read_mark(caller.id)
    return MessagePage(
        items=part.items,
        next_cursor=part.next_cursor,
        unread=mark.unread,
        read_up_to=_id(mark.up_to),
    )


@router.post(
    "/{order_id}/messages",
    operation_id="write_order_message",
    status_code=201,
    response_model=MessageView,
    responses=documented(
        Code.FORBIDDEN,
        Code.NOT_FOUND,
        Code.ACTION_NOT_ALLOWED,
        Code.DEADLINE_PASSED,
        Code.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def write_message(
    request: Request,
    order_id: paging.Id,
    caller: SignedIn,
    shared: Shared,
    body: NewMessage,
    key: KeyHeader = None,
) -> Response:
    """Say something on the order: its buyer and its seller from when it is placed until 30 days
    after its end, mediators while it is in dispute. A message moves nothing of the order, and stays
    as it is."""
    row, roles = await readable(shared, caller, order_id)
    render.order(row, roles)  # what cannot be shown, nobody is told about either
    most = shared.max_messages

    async def work(connection: Connection) -> Answer:
        written = await _write(connection, row, caller, body, most)
        return answer_with(201, message_document(UUID(row.order.id), written))

    try:
        answer = await once(shared.pool, key_of(request, caller, key, body), work)
    except TooManyAttempts as error:  # kept under no key: it is another answer later
        raise _too_many(most, error.wait_seconds) from error
    return answer.response()


async def _write(
    connection: Connection, row: OrderRow, caller: Caller, body: NewMessage, most: int
) -> ConversationMessage:
    """Write the message, judged by the order as it is when it is written.

    Raises:
        Problem: the caller may not write on it, or not any more.
        TooManyAttempts: they have written too much on it.
    """
    while True:
        roles = roles_in(row.order, caller)
        author = conversation.author(row.order, caller.id, roles.roles, row.read_at)
        if isinstance(author, Refusal):
            raise _refused(author, row, roles)
        said = (author, body.text, body.links, most, cause_of_this_call())
        written = await messages.write(connection, row.order, *said)
        if isinstance(written, ConversationMessage):
            return written
        row = await _again(connection, row, written, roles)


async def _again(
    connection: Connection, row: OrderRow, found: NotWritten, roles: CallerRoles
) -> OrderRow:
    until = conversation.writes_until(row.order)
    if found.is_too_late and until is not None:
        raise _refused(conversation.too_late(until), row, roles)
    moved = await orders.get(connection, UUID(row.order.id))
    if moved is None:
        raise not_found("order")
    return moved


def _refused(refusal: Refusal, row: OrderRow, roles: CallerRoles) -> Problem:
    if refusal.code is Code.FORBIDDEN:
        return refused(refusal)
    view = render.order(row, roles)
    return refused(refusal, state=view.state, actions=view.actions)


def _too_many(most: int, wait_seconds: int) -> Problem:
    detail = (
        f"One may write {most} messages on an order at once, and {most} more over each hour; try"
        f" again in {wait_seconds} s. Nothing was written. What was said can be read meanwhile."
    )
    return Problem(Code.RATE_LIMITED, detail, headers={"Retry-After": str(wait_seconds)})


@router.post(
    "/{order_id}/messages/read",
    operation_id="mark_order_messages_read",
    response_model=ReadMarkView,
    responses=documented(Code.NOT_FOUND, Code.IDEMPOTENCY_KEY_REUSED),
)
async def read_up_to(
    request: Request,
    order_id: paging.Id,
    caller: SignedIn,
    shared: Shared,
    body: ReadUpToMessage,
    key: KeyHeader = None,
) -> Response:
    """Mark a message and all before it as read, for the caller alone. A mark never goes back: an
    earlier message leaves it where it is. One that is not there is not marked (404)."""
    row, _ = await readable(shared, caller, order_id)
    number, newest = int(body.up_to), row.messages
    if number > newest:  # numbers may have a gap, as a count has none
        async with connection(shared.pool) as acquired:
            newest = await messages.newest(acquired, UUID(row.order.id))
    if number > newest:  # before the key: what is not there now may be there later
        there = f"the newest is {newest}" if newest else "there are none yet"
        raise Problem(Code.NOT_FOUND, f"There is no message {number} on this order; {there}.")

    async def work(connection: Connection) -> Answer:
        mark = await messages.mark_read(connection, UUID(row.order.id), caller.id, number)
        return answer_with(200, ReadMarkView(read_up_to=_id(mark.up_to), unread=mark.unread))

    return (await once(shared.pool, key_of(request, caller, key, body), work)).response()


def _id(number: int) -> str | None:
    return str(number) if number else None
