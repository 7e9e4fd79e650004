"""Secrets of others, sealed before they are kept: who reads the database, or a backup of it, cannot
sign in their name.

What is kept names its key by the first characters of the key's fingerprint, and is bound to whom it
belongs to (AES-256-GCM, with that id beside it): put into another's row, it does not open.

From the same keys comes what signs links in mails and seals tickets.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.errors import DatabaseError

KEY_BYTES = 32
_MARK = "sealed:1:"
_NONCE_BYTES = 12
_NAME = 12
NO_KEYS = "must be one key, or several with commas between them, each of 32 bytes in base64"


class Unsealable(DatabaseError):
    """A secret cannot be opened by any of the keys at hand."""


class Keyring:
    """Keys of 32 bytes: the first seals, and all of them open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self._first = _name(keys[0])

    @classmethod
    def read(cls, text: str) -> "Keyring":
        """Return the keys of a setting.

        Raises:
            ValueError: it is not what it has to be; says what that is.
        """
        return cls([_key(part.strip()) for part in text.split(",")])

    @property
    def mark(self) -> str:
        """Return what everything begins with that the first key has sealed."""
        return f"{_MARK}{self._first}:"

    def seal(self, secret: str, whose: UUID) -> str:
        """Return a secret as it is kept."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._first].encrypt(nonce, secret.encode(), whose.bytes)
        return self.mark + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, kept: str, whose: UUID) -> str:
        """Return a secret from what is kept; what was kept before there were keys is in clear.

        Raises:
            Unsealable: none of the keys opens it.
        """
        if not kept.startswith(_MARK):
            return kept
        name, _, text = kept.removeprefix(_MARK).partition(":")
        try:
            raw = base64.urlsafe_b64decode(text)
            nonce, sealed = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return self._ciphers[name].decrypt(nonce, sealed, whose.bytes).decode()
        except (KeyError, ValueError, InvalidTag):
            raise Unsealable("its secret cannot be opened by the keys at hand") from None

    def seal_for(self, purpose: str, message: bytes) -> bytes:
        """Return a message sealed by the first key for a purpose; for no other does it open."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(_derived(self._keys[0], purpose)).encrypt(nonce, message, None)

    def open_for(self, purpose: str, sealed: bytes) -> bytes:
        """Return a message that one of the keys has sealed for a purpose.

        Raises:
            Unsealable: none has.
        """
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for key in self._keys:
            with suppress(InvalidTag, ValueError):
                return AESGCM(_derived(key, purpose)).decrypt(nonce, rest, None)
        raise Unsealable("it was sealed by none of the keys at hand")

    def sign(self, purpose: str, message: bytes) -> bytes:
        """Return the first key's signature of a message (HMAC-SHA256), which for any other purpose
        is another one."""
        return _signature(self._keys[0], purpose, message)

    def has_signed(self, purpose: str, message: bytes, signature: bytes) -> bool:
        """Return whether one of the keys made this signature of a message for a purpose."""
        made = (_signature(key, purpose, message) for key in self._keys)
        return any(hmac.compare_digest(one, signature) for one in made)


def _signature(key: bytes, purpose: str, message: bytes) -> bytes:
    return hmac.digest(_derived(key, purpose), message, "sha256")


def _derived(key: bytes, purpose: str) -> bytes:
    # A key of its own for each purpose: what seals is not what signs.
    return hmac.digest(key, f"sequestre {purpose}".encode(), "sha256")


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(NO_KEYS)
    return key


def _name(key: bytes) -> str:
    return hashlib.sha256(b"sequestre secrets key " + key).hexdigest()[:_NAME]
