"""A service as it is after a change: a merge patch (RFC 7396) over what its seller said before."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from api.currencies import demand_current
from api.external_ids import with_metadata
from api.problems import invalid
from api.schemas.service_changes import ChangedExtra, ServiceChange
from api.schemas.services import ONE_CURRENCY
from db.services import Service, ServiceExtra

_AS_NAMED = ("title", "description", "delivery_time", "revisions_included", "external_id")


def changed(service: Service, change: ServiceChange) -> Service:
    """Return the service after a change: an equal one where that says nothing new.

    Raises:
        Problem: the whole of it would be none that can be offered (422).
    """
    named = change.named()
    terms: dict[str, Any] = {name: named[name] for name in _AS_NAMED if name in named}
    if "price" in named:
        prices = {"amount": "price", "currency": "currency"}
        terms |= {prices[name]: value for name, value in named["price"].named().items()}
    if "revision_time" in named:
        delivery_time = terms.get("delivery_time", service.delivery_time)
        terms["revision_time"] = named["revision_time"] or delivery_time
    if "metadata" in named:
        terms["metadata"] = with_metadata(service.metadata, named["metadata"])
    currency = terms.get("currency", service.currency)
    if "extras" in named:
        terms["extras"] = _extras(service.extras, named["extras"] or [], currency)
    elif service.extras and currency != service.currency:
        raise invalid("body.extras", f"must be given anew, priced in {currency} like the service")
    after = replace(service, **terms)
    if _prices(after) != _prices(service):
        demand_current(currency, "body.price.currency")
    return after


def _prices(service: Service) -> tuple[object, ...]:
    return service.currency, service.price, [extra.price for extra in service.extras]


def _extras(
    before: Sequence[ServiceExtra], given: Sequence[ChangedExtra], currency: str
) -> list[ServiceExtra]:
    if any(one.price.currency != currency for one in given):
        raise invalid("body.extras", ONE_CURRENCY)
    ids = [one.id for one in given if one.id is not None]
    unknown = set(ids) - {extra.id for extra in before}
    if unknown:
        raise invalid("body.extras", f"the service has no extra {unknown.pop()}; leave out its id")
    if len(set(ids)) < len(ids):
        raise invalid("body.extras", "each extra can be there once")
    free = {extra.id: extra for extra in before if extra.id not in ids}
    return [_extra(one, one.id or _id_of_the_same(one, free)) for one in given]


def _id_of_the_same(given: ChangedExtra, free: dict[UUID, ServiceExtra]) -> UUID:
    """Return the id of the extra that is what is given, and take it; or a new one."""
    same = [extra_id for extra_id, extra in free.items() if extra == _extra(given, extra_id)]
    return free.pop(same[0]).id if same else uuid4()


def _extra(given: ChangedExtra, extra_id: UUID) -> ServiceExtra:
    return ServiceExtra(
        id=extra_id,
        title=given.title,
        price=given.price.amount,
        delivery_time=given.delivery_time,
    )
