"""A body for every call that wants one, by the last word of its address."""

from uuid import uuid4

from tests import contract
from tests.contract import Json, eur

ENDPOINT = {"url": "https://93.184.215.14/hooks"}
BODIES: Json = {
    **contract.BODIES,
    "services": {"title": "A logo", "price": eur(2000), "delivery_time": "P3D"},
    "orders": {"service_id": str(uuid4()), "brief": "A logo."},
    "top-ups": eur(1),
    "pay-ins": {**eur(1), "return_url": "https://shop.example.org/wallet"},
    "payouts": eur(1),
    "reverse": {"reason": "The bank has called it back."},
    "payout-account": {"return_url": "https://marketplace.example.org/wallet"},
    "refuse": {"reason": "We have asked you for an invoice."},
    "webhook-endpoints": ENDPOINT,
    "{endpoint_id}": ENDPOINT,
    "{service_id}": {"title": "A larger logo"},
    "me": {"language": "en", "email": None, "time_zone": "UTC", "channels": {"email": False}},
    "messages": {"text": "Which blue do you like?"},
    "{user_id}": {"name": "Somebody Else"},
    "read": {"up_to": "1"},
}


def body_for(path: str) -> Json | None:
    """The body of a POST to a path or a route; a preview takes that of its action."""
    if path.endswith("_id}/read"):
        return None
    return BODIES.get(path.removesuffix("/preview").rpartition("/")[2]) or None
