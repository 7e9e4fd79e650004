"""What a token's claims say of its bearer: the roles, where a provider keeps them, and the name."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.display_name import readable_name
from infra.token_roles import RoleNames

Claims = Mapping[str, Any]


class OddClaim(Exception):
    """A claim is there and of no shape that can be read; the message says which."""


def roles_of(claims: Claims, path: Sequence[str], names: RoleNames) -> frozenset[str]:
    """Return the roles that a token shows: a list of names, or one text with spaces between them.
    Names that stand for no role are nobody's business here; a claim that is not there shows none.

    Raises:
        OddClaim: there is something else in its place.
    """
    found: Any = claims
    for name in path:
        if found is None:
            break
        if not isinstance(found, Mapping):
            raise OddClaim("its roles are not where they are looked for")
        found = found.get(name)
    shown = (names.get(one, frozenset()) for one in _listed(found))
    return frozenset().union(*shown)


def _listed(found: Any) -> list[Any]:
    if found is None:
        return []
    if isinstance(found, str):
        return found.split(" ")
    if not isinstance(found, list):
        raise OddClaim("its roles are neither a list nor a text")
    if any(isinstance(one, list | dict) for one in found):
        raise OddClaim("its roles are not a list of names")
    return found


def name_of(claims: Claims) -> str | None:
    """Return the name that a token gives; None where it has none that could be shown."""
    return readable_name(claims.get("name"))
