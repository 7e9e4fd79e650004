"""Where an order stands for somebody who may act on it, and from which page they do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from api.auth.order_roles import CallerRoles
from api.currencies import can_be_offered
from api.pages.fields import Kind, asks_nothing, shapes
from api.pages.reader import Reader
from api.routes.orders import readable_in
from api.state import Services
from db.orders import OrderRow
from db.pool import Connection, connection
from db.reading import reading
from domain.actions import FIELDS, Fields
from domain.command import Refusal, command
from domain.order import Actor, Order
from domain.rules import RULES, allowed, as_of, decide
from domain.step import Step
from domain.vocabulary import Action, Role
from texts.reader_context import ReaderContext

PARTIES = (Role.BUYER, Role.SELLER)


@dataclass(frozen=True)
class Place:
    """The pages on which an order is acted on: below `base`, as one of `roles`."""

    base: str
    roles: tuple[Role, ...]


ORDER = Place("/orders", PARTIES)
CASE = Place("/disputes", (Role.MEDIATOR, Role.OPERATOR))
CONSOLE = Place("/console/orders", (Role.OPERATOR,))


@dataclass(frozen=True)
class Standing:
    """An order as it stands, and its reader, who is something to it."""

    row: OrderRow
    roles: CallerRoles
    reader: Reader
    place: Place

    @property
    def address(self) -> str:
        """Return where the order's own page is."""
        return f"{self.place.base}/{self.row.order.id}"

    @cached_property
    def order(self) -> Order:
        """Return the order with all that has just expired.

        Raises:
            Spoiled: what is kept of it cannot be read.
        """
        with reading(f"order {self.row.order.id}"):
            return as_of(self.row.order, self.row.read_at)

    def able(self, action: Action) -> Role | None:
        """Return in which capacity the reader may do this now; None: in none."""
        if not can_be_offered(self.order, action):
            return None
        may = (
            role
            for role in self.roles.roles
            if self.roles.may(role, action) and action in allowed(self.order, self.actor(role))
        )
        return next(may, None)

    def role_for(self, action: Action) -> Role:
        """Return in which capacity the reader does this, or would."""
        able = {rule.by for rule in RULES if rule.action is action}
        asked = [role for role in self.roles.roles if role in able]
        return self.able(action) or next(iter(asked), self.roles.roles[0])

    def actor(self, role: Role) -> Actor:
        """Return the reader in one capacity."""
        return Actor(id=self.roles.caller_id, role=role)

    def told(self, role: Role) -> ReaderContext:
        """Return how the order is told to the reader in one capacity."""
        return ReaderContext(self.order, self.row.words, self.actor(role), self.reader.formatter)

    def verdict(self, action: Action, fields: Fields) -> Step | Refusal:
        """Return what would come of an action."""
        now = self.row.read_at
        meant = command(action, self.actor(self.role_for(action)), now, fields)
        return decide(self.order, meant, now)

    def refusal(self, action: Action, named: Mapping[str, str] | None = None) -> Refusal | None:
        """Return why an action is refused whatever is written with it; None where that is not to be
        said yet. `named` is what it is to stand on, by field."""
        role, said = self.role_for(action), named or {}
        asked = {shape.name for shape in shapes(action, role) if shape.kind is Kind.HIDDEN}
        is_said = bool(asked) and asked <= set(said) and asks_nothing(action, role)
        if action in allowed(self.order, self.actor(role)) and not is_said:
            return None  # it would hang on what is not said
        stands_on: dict[str, Any] = {name: said.get(name, "") for name in asked}
        fields = FIELDS[action].model_construct(**stands_on)
        verdict = self.verdict(action, fields)
        return verdict if isinstance(verdict, Refusal) else None


def standing_at(place: Place, row: OrderRow, roles: CallerRoles, reader: Reader) -> Standing:
    """Return how an order stands for its reader, who acts only as what a place is for."""
    mine = tuple(role for role in roles.roles if role in place.roles)
    return Standing(row, replace(roles, roles=mine or roles.roles), reader, place)


async def standing(shared: Services, reader: Reader, order_id: str, place: Place) -> Standing:
    """Return an order that the reader may see, as it stands.

    Raises:
        Problem: there is none, or they may not know of it (404).
        Spoiled: what is kept of it cannot be read.
    """
    async with connection(shared.pool) as acquired:
        return await standing_in(acquired, reader, order_id, place)


async def standing_in(
    connection: Connection, reader: Reader, order_id: str, place: Place
) -> Standing:
    """Return the same by a connection, alone or together with what else is read of the order."""
    row, roles = await readable_in(connection, reader.caller, order_id)
    return standing_at(place, row, roles, reader)


def home_of(found: Standing) -> Place:
    """Return the place where the reader looks at this order: a party at its page, a mediator at the
    case, an operator in the console."""
    mine = set(found.roles.roles)
    if mine & set(found.place.roles):
        return found.place
    if mine & set(PARTIES):
        return ORDER
    return CASE if Role.MEDIATOR in mine else CONSOLE
