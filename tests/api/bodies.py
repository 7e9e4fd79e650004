"""A body for every call that wants one, by the last word of its address."""

from uuid import uuid4

from tests.api.answers import Json
from tests.api.assertions import eur

ENDPOINT = {"url": "https://93.184.215.14/hooks"}
BODIES: Json = {
    "services": {"title": "A logo", "price": eur(2000), "delivery_time": "P3D"},
    "orders": {"service_id": str(uuid4()), "brief": "A logo."},
    "deliver": {"message": "Here it is."},
    "request_revision": {"reason": "Bluer."},
    "refuse_revision": {"ground": "vague", "reason": "How?"},
    "open_dispute": {"reason": "It is not blue."},
    "buy_extra": {"extra_id": "no such extra"},
    "request_offer": {"description": "A letterhead, too."},
    "make_offer": {"title": "A letterhead", "price": eur(500), "delivery_time": "P2D"},
    "withdraw_offer": {"offer_id": "no such offer"},
    "decline_offer": {"offer_id": "no such offer"},
    "accept_offer": {"offer_id": "no such offer"},
    "request_cancellation": {"reason": "Too slow."},
    "refuse_cancellation": {"reason": "Almost done."},
    "propose_settlement": {"refund": eur(500)},
    "withdraw_settlement": {"settlement_id": "no such proposal"},
    "accept_settlement": {"settlement_id": "no such proposal"},
    "add_statement": {"statement": "It is blue."},
    "resolve": {"outcome": "refund", "reasons": "It is not blue."},
    "top-ups": eur(1),
    "payouts": eur(1),
    "webhook-endpoints": ENDPOINT,
    "{endpoint_id}": ENDPOINT,
    "me": {"language": "en", "email": None, "time_zone": "UTC", "channels": {"email": False}},
    "read": {"up_to": "1"},
}


def body_for(path: str) -> Json | None:
    """The body of a POST to a path or a route; a preview takes that of its action."""
    if path.endswith("_id}/read"):
        return None
    body: Json | None = BODIES.get(path.removesuffix("/preview").rpartition("/")[2])
    return body
