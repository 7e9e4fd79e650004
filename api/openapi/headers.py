"""The headers of answers, as the OpenAPI document says them."""

from typing import Any

from api.guard.request_ids import LONGEST

Headers = dict[str, dict[str, Any]]


def etag(of: str) -> Headers:
    """Return the header that says which version something is at."""
    return {
        "ETag": {
            "description": f"The {of}'s version, to be sent as `If-Match`.",
            "required": True,
            "schema": {"type": "string", "pattern": '^"[0-9]+"$', "examples": ['"5"']},
        }
    }


ETAG = etag("order")
SERVICE_ETAG = etag("service")
REQUEST_ID: Headers = {
    "X-Request-Id": {
        "description": "The request's name in the logs: the one that it came with, where that is up"
        f" to {LONGEST} letters, digits, dots, underscores and hyphens, or else a new one.",
        "required": True,
        "schema": {"type": "string", "pattern": f"^[A-Za-z0-9._-]{{1,{LONGEST}}}$"},
    }
}
REPLAYED: Headers = {
    "Idempotency-Replayed": {
        "description": "There where the key came before: this is the answer that was given then.",
        "schema": {"type": "string", "const": "true"},
    }
}


def location(of: str) -> Headers:
    """Return the header that says where something is."""
    return {
        "Location": {
            "description": f"Where {of} is.",
            "required": True,
            "schema": {"type": "string", "format": "uri-reference"},
        }
    }
