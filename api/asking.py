"""What a caller asks of an order, before and after somebody has looked at it."""

from collections.abc import Callable
from dataclasses import dataclass

from api import paging, render
from api.action_service import ActionRequest, recorded
from api.answers import Answer
from api.auth.order_roles import CallerRoles, demand_roles
from api.auth.tokens import Caller
from api.currencies import demand_known, demand_priced, is_odd
from api.entity_tags import version_in
from api.problems import Problem
from api.routes.orders import readable
from api.state import Services
from db.errors import Spoiled
from db.idempotency import Key
from db.orders import OrderRow
from db.party_requests import PartyRequest
from db.reading import reading
from db.requests import Pending
from domain.actions import Fields
from domain.vocabulary import Action


@dataclass(frozen=True)
class Asking:
    """What a caller asks of an order that was not looked at. `key` reads the request's key, and
    raises a Problem where it can be none."""

    order_id: str
    caller: Caller
    action: Action
    fields: Fields
    if_match: str | None
    key: Callable[[], Key | None]

    def needs_a_look(self) -> bool:
        """Return whether the order has to be seen before this is written down, or there is
        something to refuse, for which whoever may know of the order comes first."""
        if self.if_match is not None or is_odd(self.fields):
            return True
        try:
            self.key()
            demand_priced(self.fields)
            paging.identifier(self.order_id, "order")
        except Problem:
            return True
        return False


async def seen(shared: Services, asking: Asking) -> ActionRequest:
    """Return what a caller asks of an order that they may see.

    Raises:
        Problem: they may not know of it, an amount is in no currency (422), or the version or the
            key is none.
        Spoiled: what is kept of the order cannot be shown, so it is not changed either.
    """
    row, roles = await readable(shared, asking.caller, asking.order_id)
    return request_of(row, roles, asking.action, asking.fields, asking.if_match, asking.key)


def request_of(
    row: OrderRow,
    roles: CallerRoles,
    action: Action,
    fields: Fields,
    if_match: str | None,
    key: Callable[[], Key | None],
) -> ActionRequest:
    """Return what a caller asks of an order that they may see; `key` is read once all else is.

    Raises:
        Problem: it is beyond what the caller's token allows (403), an amount is in no currency
            (422), or the version or the key is none.
        Spoiled: what is kept of the order cannot be shown, so it is not changed either.
    """
    render.order(row, roles)
    roles.roles_for(action)
    demand_known(fields, row.order)
    with reading(f"order {row.order.id}"):
        actor = roles.actor(action, fields, row.order, row.read_at)
    return ActionRequest(
        row=row,
        roles=roles,
        action=action,
        actor=actor,
        fields=fields,
        if_version=version_in(if_match, row.order.version),
        key=key(),
    )


async def answered(shared: Services, asking: Asking) -> Answer:
    """Answer an action. What a party asks is written down as the order is read, where nothing has
    to be known of it before.

    Raises:
        Problem, Spoiled: as `seen`.
        Unavailable, Problem: as `ActionService.act`.
    """
    if not asking.needs_a_look():
        order_id = paging.identifier(asking.order_id, "order")
        asked = asking.caller.id, asking.key(), asking.action, asking.fields
        found = await shared.actions.write_as_party(order_id, *asked)
        if found is not None:
            return await _answered(shared, asking, found)
    return await shared.actions.act(await seen(shared, asking))


async def _answered(shared: Services, asking: Asking, found: PartyRequest) -> Answer:
    written = found.written
    if not isinstance(written, Pending) and written.answer is not None:
        return Answer(**vars(written.answer)).replayed()
    try:
        row = found.listed.read()
    except Spoiled:  # it is written down, which is not to be denied
        return recorded(found.listed.id, str(written.request_id))
    request = ActionRequest(
        row=row,
        roles=demand_roles(row.order, asking.caller),
        action=asking.action,
        actor=found.actor,
        fields=asking.fields,
        if_version=None,
        key=asking.key(),
    )
    return await shared.actions.answer(request, written)
