"""Which of the published keys tokens can be checked with: the others are ignored (RFC 7517 §5).

A shared secret is never among them, whatever its entry says of itself: what everybody can read
proves nothing.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from joserfc.jwk import ECKey, RSAKey

PublicKey: TypeAlias = RSAKey | ECKey

CURVE = "P-256"
KIND_OF: dict[str, type[RSAKey] | type[ECKey]] = {"RS256": RSAKey, "ES256": ECKey}
"""The algorithms that tokens may be signed by, each with the only kind of key that it is for."""

_BY_NAME: dict[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}
LONGEST_NAME = 100


def fits(key: PublicKey, algorithm: object) -> bool:
    """Return whether a token by this algorithm can have been signed with the key."""
    kind = KIND_OF.get(algorithm) if isinstance(algorithm, str) else None
    return kind is not None and isinstance(key, kind) and key.alg in (None, algorithm)


def usable_in(entries: Sequence[Any]) -> list[PublicKey]:
    """Return the keys of a set that tokens can be checked with, in its order."""
    found = (_read(entry) for entry in entries)
    return [key for key in found if not isinstance(key, str)]


def ignored_in(entries: Sequence[Any]) -> list[str]:
    """Return the other entries of a set: each by its name, or its place, and why it is of no
    use."""
    found = enumerate(map(_read, entries), start=1)
    return [f"{_name(entries[n - 1], n)}: {key}" for n, key in found if isinstance(key, str)]


def _name(entry: Any, number: int) -> str:
    kid = entry.get("kid") if isinstance(entry, dict) else None
    return repr(kid[:LONGEST_NAME]) if isinstance(kid, str) else f"entry {number}"


def _read(entry: Any) -> PublicKey | str:
    """Return the key, or why it is none that tokens can be checked with."""
    if not isinstance(entry, dict):
        return "is no object"
    members = {name: value for name, value in entry.items() if value is not None}
    why = _purpose(members)
    if why is not None:
        return why
    kind = _BY_NAME.get(str(members.get("kty")))
    if kind is None:
        return "is of a kind that is not used here"
    try:
        key = kind.import_key(members)
        key.public_key  # noqa: B018  # made only now: what is wrong with its numbers is said here
        key.ensure_kid()
    except Exception:  # whatever the libraries make of one entry, the others serve
        return "cannot be read as a key"
    if isinstance(key, ECKey) and key.curve_name != CURVE:
        return "is on a curve that is not used here"
    return key


def _purpose(entry: dict[str, Any]) -> str | None:
    """Return why the key is for something else, if it is."""
    if entry.get("use", "sig") != "sig":
        return "is not for signatures"
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return "is not for verifying"
    if "alg" in entry and entry["alg"] not in list(KIND_OF):
        return "is for an algorithm that is not used here"
    return None
