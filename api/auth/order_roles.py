"""What a caller is to an order: the one place that decides who may see and touch it."""

from dataclasses import dataclass
from datetime import datetime

from api.auth.capabilities import TO_ORDERS, Capability, beyond, can, is_able
from api.auth.tokens import Authority, Caller
from api.currencies import can_be_offered
from api.problems import not_found
from domain.actions import Fields
from domain.command import command
from domain.order import Actor, Order
from domain.rules import RULES, allowed, as_of, decide
from domain.step import Step
from domain.vocabulary import Action, Role


@dataclass(frozen=True)
class CallerRoles:
    """The capacities in which a caller may act on one order, the first one before the others."""

    caller_id: str
    roles: tuple[Role, ...]
    authorities: frozenset[Authority] = frozenset()
    """What their token says that they are: who acts as an operator may do what that allows."""

    def may(self, role: Role, action: Action) -> bool:
        """Return whether the caller's token lets them do in a role what the rules leave to it."""
        needed = TO_ORDERS.get(action)
        return role is not Role.OPERATOR or needed is None or is_able(self.authorities, needed)

    def roles_for(self, action: Action) -> list[Role]:
        """Return the roles in which the caller can do this at some time.

        Raises:
            Problem: it is left to operators, and beyond what the caller's token allows (403).
        """
        able = {rule.by for rule in RULES if rule.action is action}
        asked = [role for role in self.roles if role in able]
        mine = [role for role in asked if self.may(role, action)]
        if asked and not mine:
            raise beyond(TO_ORDERS[action])
        return mine

    def actor(self, action: Action, fields: Fields, order: Order, now: datetime) -> Actor:
        """Return the caller in the first role in which they may do this at `now` (UTC), or else in
        the last one in which they may at other times: who is mediator and operator takes a case as
        the one and hands it over as the other.

        Raises:
            Problem: as `roles_for`.
        """
        roles = self.roles_for(action) or self.roles[:1]
        actors = [Actor(id=self.caller_id, role=role) for role in roles]
        if len(actors) == 1:
            return actors[0]
        current = as_of(order, now)
        verdicts = (decide(current, command(action, one, now, fields), now) for one in actors)
        found = zip(actors, verdicts, strict=True)
        return next((actor for actor, it in found if isinstance(it, Step)), actors[-1])

    def actions(self, order: Order) -> list[Action]:
        """Return what the caller may do to the order as it stands."""
        found = [
            action
            for role in self.roles
            for action in allowed(order, Actor(id=self.caller_id, role=role))
            if self.may(role, action) and can_be_offered(order, action)
        ]
        return list(dict.fromkeys(found))


def roles_in(order: Order, caller: Caller) -> CallerRoles:
    """Return what the caller is to the order; without roles they may not know of it.

    A party is only ever a party to its own order, whatever other roles it has. Mediators see an
    order once it has been disputed, those who operate see all.
    """
    if caller.id == order.buyer_id:
        return CallerRoles(caller.id, (Role.BUYER,), caller.roles)
    if caller.id == order.seller_id:
        return CallerRoles(caller.id, (Role.SELLER,), caller.roles)
    others = {
        Role.MEDIATOR: can(caller, Capability.MEDIATE) and order.dispute is not None,
        Role.OPERATOR: can(caller, Capability.READ_ALL),
    }
    return CallerRoles(caller.id, tuple(role for role, has in others.items() if has), caller.roles)


def demand_roles(order: Order, caller: Caller) -> CallerRoles:
    """Return what the caller is to the order.

    Raises:
        Problem: they may not know of it (404, as if it were not there).
    """
    found = roles_in(order, caller)
    if not found.roles:
        raise not_found("order")
    return found
