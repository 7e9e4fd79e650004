"""The tokens in the links that confirm addresses: an id, and its signature with whom and what it
was made for. Who reads the database cannot make one."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from pydantic_core import to_json

from db.confirmations import Confirmation
from db.sealing import Keyring

PURPOSE = "confirmation of an address"

_ID_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{64}", re.ASCII)


def token_of(confirmation: Confirmation, keyring: Keyring) -> str:
    """Return the token of a confirmation: 64 characters that may stand in an address."""
    signature = keyring.sign(PURPOSE, _signed(confirmation))
    return urlsafe_b64encode(confirmation.id.bytes + signature).decode()


def id_in(token: str) -> UUID | None:
    """Return which confirmation a token speaks of, or None where it is no token."""
    if not _TOKEN.fullmatch(token):
        return None
    return UUID(bytes=urlsafe_b64decode(token)[:_ID_BYTES])


def is_genuine(token: str, confirmation: Confirmation, keyring: Keyring) -> bool:
    """Return whether a token with the confirmation's id was made for it, by one of the keys."""
    signature = urlsafe_b64decode(token)[_ID_BYTES:]
    return keyring.has_signed(PURPOSE, _signed(confirmation), signature)


def _signed(confirmation: Confirmation) -> bytes:
    return to_json([str(confirmation.id), confirmation.user_id, confirmation.email])
