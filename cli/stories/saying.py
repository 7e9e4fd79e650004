"""What the API is sent for a deed of a story: ids for what people call by its name."""

from collections.abc import Mapping
from typing import Any

from cli.stories.story import length, money
from cli.stories.world import Json

OPEN_OFFER = ("accept_offer", "decline_offer", "withdraw_offer")
OPEN_SETTLEMENT = ("accept_settlement", "withdraw_settlement")
AMOUNTS, TIMES = ("price", "refund"), ("delivery_time",)


class NotThere(Exception):
    """What a step speaks of is not there on the order."""


def body_of(does: str, fields: Mapping[str, Any], order: Json, own_role: str | None) -> Json:
    """Return the fields of an action as the API takes them.

    Raises:
        NotThere: it speaks of an extra, an offer or a proposal that the order has not.
    """
    body = {name: _value(name, value) for name, value in fields.items()}
    if "extra" in body:
        body["extra_id"] = id_of_extra(order["extras"], body.pop("extra"))
    if "mediator" in body:
        body["mediator_id"] = body.pop("mediator")
    if does in OPEN_OFFER:
        body["offer_id"] = _offer(order)
    if does in OPEN_SETTLEMENT:
        own = does == "withdraw_settlement"
        body["settlement_id"] = _settlement(order, own_role, own=own)
    return body


def _value(name: str, value: Any) -> Any:
    if name in AMOUNTS:
        try:
            found = money(value)
        except ValueError as error:
            raise NotThere(f"{name}: {value} {error}") from None
        return found.model_dump() if hasattr(found, "model_dump") else found
    return length(value) if name in TIMES else value


def id_of_extra(extras: list[Json], title: str) -> str:
    """Return the id of an extra by its title.

    Raises:
        NotThere: there is none of this title.
    """
    found = next((one["id"] for one in extras if one["title"] == title), None)
    if found is None:
        titles = ", ".join(one["title"] for one in extras) or "none"
        raise NotThere(f"no extra “{title}” can be bought; there is: {titles}")
    return str(found)


def _offer(order: Json) -> str:
    if order["offer"] is None:
        raise NotThere("no offer is open")
    return str(order["offer"]["id"])


def _settlement(order: Json, role: str | None, *, own: bool) -> str:
    found = [one["id"] for one in order["settlements"] if (one["by"] == role) is own]
    if not found:
        raise NotThere("no such proposal is open")
    return str(found[0])
