"""The pages that the link in a confirmation mail leads to. For browsers, and without a token: who
has the link has the mail. Programs that open every link of a mail only read; the button confirms.
"""

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse

from api.guard.strict_json import StrictRoute
from api.locale import preferred
from api.state import Shared
from db import confirmation_tokens, confirmations
from db.confirmations import Confirmation
from db.pool import Connection, connection
from db.sealing import Keyring
from texts.catalogue import Language
from texts.confirmations import PATH, Link, link_page

STATUS = {
    Link.OPEN: 200,
    Link.CONFIRMED: 200,
    Link.USED: 200,
    Link.EXPIRED: 410,
    Link.VOID: 410,
    Link.UNKNOWN: 404,
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""The address of the page is as good as a key for a while: it goes nowhere else."""

Asked = Annotated[str | None, Header(alias="Accept-Language")]

router = APIRouter(include_in_schema=False, route_class=StrictRoute)


@router.get(PATH + "{token}")
async def show(token: str, shared: Shared, accept_language: Asked = None) -> HTMLResponse:
    """What has become of the link, with the button where it still confirms. Changes nothing."""
    async with connection(shared.pool) as acquired:
        found = await _genuine(acquired, token, shared.keyring)
    return _page(found, _standing(found), accept_language)


@router.post(PATH + "{token}")
async def confirm(token: str, shared: Shared, accept_language: Asked = None) -> HTMLResponse:
    """Confirm the address, once."""
    async with connection(shared.pool) as acquired:
        found = await _genuine(acquired, token, shared.keyring)
        if found is not None:
            found = await confirmations.use(acquired, found.id)
    standing = _standing(found)
    return _page(found, Link.CONFIRMED if standing is Link.OPEN else standing, accept_language)


async def _genuine(acquired: Connection, token: str, keyring: Keyring) -> Confirmation | None:
    number = confirmation_tokens.id_in(token)
    found = await confirmations.get(acquired, number) if number else None
    if found is None or not confirmation_tokens.is_genuine(token, found, keyring):
        return None
    return found


def _standing(found: Confirmation | None) -> Link:
    if found is None:
        return Link.UNKNOWN
    if found.is_used:
        return Link.USED
    if found.is_void:
        return Link.VOID
    return Link.EXPIRED if found.has_expired else Link.OPEN


def _page(found: Confirmation | None, link: Link, accept_language: str | None) -> HTMLResponse:
    language = Language(found.language) if found else preferred(accept_language)
    return HTMLResponse(link_page(link, language), STATUS[link], HEADERS)
