"""Where somebody's page is."""

from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from domain.identifiers import Identifier

_ID: TypeAdapter[str] = TypeAdapter(Identifier)


def person_page(user_id: str) -> str:
    """Return the address of somebody's page; nothing where no address can carry their id, such as
    one that a signal by hand made up."""
    try:
        _ID.validate_python(user_id)
    except ValidationError:
        return ""
    return f"/console/people/{quote(user_id, safe='')}"
