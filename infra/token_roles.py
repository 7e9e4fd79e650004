"""Where the tokens of an identity provider hold roles, and what they are called there.

A claim is found by the names on the way to it. Written as text: `roles`; with dots between the
names of a path, `realm_access.roles`; with a slash or a colon in it the name of one claim, dots and
all, `https://market.example/roles`. As a JSON list it can be any path of any names.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from infra.setting_types import wrong

ROLES = ("user", "mediator", "operator", "support", "finance", "provider")
"""What a token can say that somebody is."""

RoleNames = Mapping[str, frozenset[str]]
"""The roles that a provider's names stand for."""

OWN_NAMES: RoleNames = {role: frozenset({role}) for role in ROLES}
"""What roles are called in tokens that the marketplace signs itself."""

UNNAMED: RoleNames = {role: OWN_NAMES[role] for role in ("user", "mediator", "operator")}
"""What a provider's roles stand for that nobody has named. The others have to be: many a provider
has a `support` or a `finance` that speaks of another program, and these move money."""

_CLAIM = (
    "must be the name of a claim, a path such as realm_access.roles, or a JSON list of the names on"
    ' the way, such as ["resource_access", "my.client", "roles"]'
)
_NAMES = (
    "must be pairs with commas between them, such as marketplace-admin=operator, or a JSON object"
    " of names and roles; the roles are user, mediator, operator, support, finance and provider"
)


def claim_path(text: str) -> tuple[str, ...]:
    """Return the names on the way to a claim, the outermost first.

    Raises:
        ValueError: the text is no path.
    """
    if text.lstrip().startswith("["):
        names = _json(text)
    else:
        names = [text] if {"/", ":"} & set(text) else text.split(".")
    if not names or not all(_is_name(name) for name in names):
        raise ValueError(_CLAIM)
    return tuple(names)


def role_names(text: str) -> RoleNames:
    """Return what a provider's names stand for. A role that is named is known by these names alone;
    the others go by their own if they are in `UNNAMED`, and are nobody's if not.

    Raises:
        ValueError: the text is neither pairs nor an object of names, or names no role.
    """
    pairs = _from_object(text) if text.lstrip().startswith("{") else _from_pairs(text)
    if not pairs or not all(_is_name(name) and role in ROLES for name, role in pairs):
        raise ValueError(_NAMES)
    named = {role for _, role in pairs}
    pairs += [(role, role) for role in UNNAMED if role not in named]
    return {name: frozenset(role for one, role in pairs if one == name) for name, _ in pairs}


def _from_pairs(text: str) -> list[tuple[str, str]]:
    found = (part.rpartition("=") for part in text.split(","))
    return [(name.strip(), role.strip()) for name, _, role in found]


def _from_object(text: str) -> list[tuple[str, str]]:
    found = _json(text)
    if not isinstance(found, dict):
        return []
    return [(name, role) for name, roles in found.items() for role in _several(roles)]


def _several(roles: Any) -> list[Any]:
    return roles if isinstance(roles, list) and roles else [roles]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name == name.strip() != "" and name.isprintable()


def _claim(text: str) -> str:
    try:
        claim_path(text)
    except ValueError as error:
        raise wrong(str(error)) from None
    return text


def _names(text: str) -> str:
    try:
        role_names(text)
    except ValueError as error:
        raise wrong(str(error)) from None
    return text


RolesClaim = Annotated[str, AfterValidator(_claim)]
RoleNamesText = Annotated[str, AfterValidator(_names)]
