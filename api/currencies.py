"""Which currencies are taken: new prices need one of today, and what exists keeps its own.

Asked at the door and not in `domain.rules`: the list of today changes with a release, and an order
that is replayed would decide otherwise than it did.
"""

from collections.abc import Collection

from api.problems import invalid
from domain.actions import Fields, MakeOffer
from domain.currencies import is_current, is_known
from domain.money import NO_CURRENCY, Money
from domain.order import Order
from domain.vocabulary import Action


def demand_current(code: str, field: str) -> None:
    """Refuse a new price in a currency that there is no longer.

    Raises:
        Problem: ISO 4217 has withdrawn it.
    """
    if not is_current(code):
        raise invalid(field, f"must be a currency of today; ISO 4217 has withdrawn {code}")


def demand_held(code: str, held: Collection[str]) -> None:
    """Refuse to take out what is no currency; what an account has `held` is one, whatever became of
    it since.

    Raises:
        Problem: it is none of these.
    """
    if not is_known(code) and code not in held:
        raise invalid("body.currency", NO_CURRENCY)


def demand_orderable(code: str) -> None:
    """Refuse an order for a service whose price is in a currency that there is no longer.

    Raises:
        Problem: ISO 4217 has withdrawn it.
    """
    if not is_current(code):
        raise invalid(
            "body.service_id",
            f"is priced in {code}, which ISO 4217 has withdrawn; its seller can offer it anew",
        )


def demand_known(fields: Fields, order: Order) -> None:
    """Refuse amounts in what is no currency and was none, unless the order itself is in it.

    Raises:
        Problem: it names the field.
    """
    for name, value in fields:
        if (
            isinstance(value, Money)
            and value.currency != order.currency
            and not is_known(value.currency)
        ):
            raise invalid(f"body.{name}.currency", NO_CURRENCY)


def is_odd(fields: Fields) -> bool:
    """Return whether there are amounts which only an order in the same currency takes."""
    return any(isinstance(value, Money) and not is_known(value.currency) for _, value in fields)


def demand_priced(fields: Fields) -> None:
    """Refuse an offer in a currency that there is no longer: it would be a new price.

    Raises:
        Problem: ISO 4217 has withdrawn it.
    """
    if isinstance(fields, MakeOffer):
        demand_current(fields.price.currency, "body.price.currency")


def can_be_offered(order: Order, action: Action) -> bool:
    """Return whether an action that the rules allow is not one that `demand_priced` refuses
    always."""
    return action is not Action.MAKE_OFFER or is_current(order.currency)
