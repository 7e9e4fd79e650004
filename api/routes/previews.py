"""Previews: what an action would do, by the same code that does it."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import APIRouter, Response

from api.action_service import ActionRequest
from api.answers import Answer, answer_with, once
from api.asking import Asking, seen
from api.currencies import demand_priced
from api.guard.strict_json import StrictRoute
from api.locale import CallerLocale, Locale
from api.problems import Problem, documented
from api.routes.actions import asking, description
from api.schemas.previews import MoneyChange, PreviewView, RateChange
from api.state import Shared
from db import reputation, wallets
from db.pool import Connection
from db.reading import reading
from documents.order import order_document
from domain.command import Refusal, command
from domain.ledger import wallet
from domain.money import Money, in_words
from domain.order import Order
from domain.preview import cost, money
from domain.reasons import Reason
from domain.rules import as_of, decide
from domain.step import Step
from domain.vocabulary import Action, Code
from texts.previews import completion_note, notes

router = APIRouter(
    prefix="/v1/orders/{order_id}/actions", tags=["previews"], route_class=StrictRoute
)


async def preview(connection: Connection, asked: ActionRequest, to: Locale) -> PreviewView:
    """Say what the action would do now.

    Raises:
        Problem: it would be refused, for the same reason as the action itself.
        Spoiled: nobody can say, as the order cannot be read.
    """
    now = asked.row.read_at
    demand_priced(asked.fields)
    meant = command(asked.action, asked.actor, now, asked.fields, if_version=asked.if_version)
    with reading(f"order {asked.row.order.id}"):
        current = as_of(asked.row.order, now)
        step = decide(current, meant, now)
    if isinstance(step, Refusal):
        raise asked.refusal(step)
    await _demand_money(connection, step)
    rate = await _rate(connection, step.order, now)
    with reading(f"order {asked.row.order.id}"):
        return _view(asked, current, step, rate, to)


def _view(
    asked: ActionRequest, current: Order, step: Step, rate: RateChange | None, to: Locale
) -> PreviewView:
    words, actor = asked.row.words, asked.actor
    said = notes(asked.action, actor, current, step.order, words, to.language, to.time_zone)
    if rate is not None:
        said.append(completion_note(rate.before, rate.after, words, actor.role, to.language))
    document = order_document(step.order, words, (), late=step.order.is_late)
    return PreviewView(
        state=step.order.state,
        deadline=document.deadline,
        money=[
            MoneyChange(account=account, amount=Money(amount=n, currency=step.order.currency))
            for account, n in money(step).items()
        ],
        completion_rate=rate,
        notes=said,
    )


async def _demand_money(connection: Connection, step: Step) -> None:
    price = cost(step)
    if price == 0:
        return
    order = step.order
    held = await wallets.balance(connection, wallet(order.buyer_id), order.currency)
    if held < price:
        costs, has = (in_words(amount, order.currency) for amount in (price, held))
        detail = Reason.WALLET_SHORT_OF.says(price=costs, held=has)
        raise Problem(Code.INSUFFICIENT_FUNDS, detail)


async def _rate(connection: Connection, after: Order, now: datetime) -> RateChange | None:
    if after.outcome is None or after.outcome.counts_as is None:
        return None
    before = await reputation.of_seller(connection, after.seller_id, now)
    one_more = before.with_one_more(after.outcome.counts_as)
    return RateChange(before=before.completion_rate, after=one_more.completion_rate)


def _route(action: Action) -> Callable[..., Awaitable[Response]]:
    async def look(asked: Asking, shared: Shared, to: CallerLocale) -> Response:
        request = await seen(shared, asked)

        async def work(connection: Connection) -> Answer:
            return answer_with(200, await preview(connection, request, to))

        return (await once(shared.pool, request.key, work)).response()

    look.__annotations__["asked"] = asking(action)
    look.__doc__ = f"What this would do, without doing it.\n\n{description(action)}"
    return look


for _action in Action:
    router.add_api_route(
        f"/{_action.value}/preview",
        _route(_action),
        methods=["POST"],
        name=f"preview_{_action.value}",
        operation_id=f"preview_{_action.value}",
        response_model=PreviewView,
        responses=documented(
            Code.INSUFFICIENT_FUNDS,
            Code.FORBIDDEN,
            Code.NOT_FOUND,
            Code.ACTION_NOT_ALLOWED,
            Code.DEADLINE_PASSED,
            Code.VERSION_MISMATCH,
            Code.IDEMPOTENCY_KEY_REUSED,
        ),
    )
