"""The document of the API as it is, and the one that was released, both without their words."""

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

from api.app import create_app
from infra.settings import Settings
from scripts.api_promise.limits import Json

RELEASED = Path(__file__).parents[2] / "docs" / "openapi-released.json"
WORDS = {"title", "summary", "description", "example", "examples", "tags", "discriminator"}
"""What a document says to readers and promises nothing."""

REFUSAL = re.compile(r"[345]\d\d")
NAMED = {"properties", "schemas", "headers", "webhooks", "paths", "content", "responses"}
"""In these, names are those of things, whatever they are."""


def released() -> Json:
    """Return what was released last."""
    found: Json = json.loads(RELEASED.read_text(encoding="utf-8"))
    return found


def current() -> Json:
    """Return what the API of this code says of itself."""
    key = b64encode(bytes(32)).decode()
    values: Json = {"database_url": "postgresql://nowhere", "jwt_secret": key, "secrets_key": key}
    document: Json = bare(create_app(Settings(_env_file=None, **values)).openapi())
    return document


def keep(document: Json) -> None:
    """Make a document the one that was released."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    RELEASED.write_text(f"{text}\n", encoding="utf-8")


def bare(part: Any, *, named: bool = False) -> Any:
    """Return a part of a document without what is for readers alone, and without refusals: they
    are one document, whatever the call, and may come and go."""
    if isinstance(part, list):
        return [bare(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: bare(value, named=name in NAMED and not named)
        for name, value in part.items()
        if (named or name not in WORDS) and not REFUSAL.fullmatch(name)
    }
