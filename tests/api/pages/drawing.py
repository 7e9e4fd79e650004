"""Pages of actions drawn without a server: an order as an example, its readers, and the page."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from fastapi import Request

from api.auth.order_roles import CallerRoles
from api.auth.tokens import Authority, Caller
from api.pages.assets import Assets
from api.pages.forms import Form
from api.pages.page import drawn
from api.pages.panel import Sheet
from api.pages.reader import Reader
from api.pages.standing import CASE, CONSOLE, ORDER, Standing, standing_at
from db.orders import OrderRow
from domain.order import Actor, Order
from domain.order_texts import OrderTexts
from domain.vocabulary import Action, Role
from tests.app_under_test import KEYRING
from tests.domain.examples import (
    BUYERS_PROPOSAL,
    NOW,
    SELLERS_PROPOSAL,
    offer,
    wish_to_cancel,
)
from texts.catalogue import Language

TITLES = {"logo": "A logo", "express": "Express", "sources": "Source files"}
WORDS = OrderTexts("A logo", "Blue.", TITLES, buyer_name="Bea", seller_name="Sam")
PLACES = {Role.MEDIATOR: CASE, Role.OPERATOR: CONSOLE}
NOTHING_WRITTEN = Form(())


@dataclass(frozen=True)
class _Settings:
    keyring: Any = KEYRING
    marketplace_name: str | None = "Atelier"
    frame_ancestors: str | None = None


def request(path: str = "/orders/o1/actions/cancel") -> Request:
    """A request to an application that draws pages and does nothing else."""
    app = SimpleNamespace(state=SimpleNamespace(settings=_Settings(), assets=Assets()))
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    return Request({**scope, "app": app, "server": ("localhost", 80), "scheme": "http"})


def reader(who: Actor, language: Language = Language.EN) -> Reader:
    """Somebody who is signed in, in UTC."""
    roles = {Role.MEDIATOR: Authority.MEDIATOR, Role.OPERATOR: Authority.OPERATOR}
    caller = Caller(who.id or "", frozenset({roles.get(who.role, Authority.USER)}), 0.0)
    return Reader(caller, language, "UTC", "auto", NOW, secret="secret")


def found(order: Order, who: Actor, language: Language = Language.EN) -> Standing:
    """How an order stands for one of its people."""
    row = OrderRow(order=order, words=WORDS, created_at=NOW, read_at=NOW)
    roles = CallerRoles(who.id or "", (who.role,), reader(who).caller.roles)
    return standing_at(PLACES.get(who.role, ORDER), row, roles, reader(who, language))


def sheet(order: Order, who: Actor, action: Action, **written: str) -> Sheet:
    """An action's form on an order, with what was written in it."""
    return Sheet(found(order, who), action, Form(tuple(written.items())))


def page(standing: Standing, template: str, **values: Any) -> str:
    """A template, drawn for whom the order stands so."""
    return drawn(request(), standing.reader, template, **values)


def with_everything_open(order: Order) -> Order:
    """The same order with all open on it that can be."""
    if order.state.is_final:
        return order
    proposals = (BUYERS_PROPOSAL, SELLERS_PROPOSAL)
    more: dict[str, Any] = {"offer": offer(), "settlements": proposals}
    if order.state == "in_progress":
        more["cancellation_request"] = wish_to_cancel()
    return order.model_copy(update=more)
