"""Signing in with the marketplace's identity provider, and out of it."""

from contextlib import suppress
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.auth.discovery import ProviderAway
from api.auth.sign_in_provider import SignInProvider, SignInRefused, new_attempt
from api.pages import cookies, pending_sign_ins
from api.pages.own_paths import own_path
from api.pages.page import show, to
from api.pages.pending_sign_ins import Pending
from api.pages.reader import Reader, Visitor
from api.pages.routes.sign_in import begin
from api.pages.sign_in_page import hushed, looks_ahead, not_followed, sign_in_page
from api.problems import not_found
from api.state import Services, Shared
from db import sessions
from db.pool import transaction
from texts.catalogue import msg

router = APIRouter(include_in_schema=False)
log = structlog.get_logger()

NOT_BEGUN = msg(
    "This sign-in was not begun in this browser, or too long ago, or it is over already. Begin it"
    " once more."
)
DENIED = msg("You were not signed in: it was broken off, or it is not allowed to you.")
NOT_PROVED = msg(
    "What your account’s provider answered does not hold, so nobody was signed in. Begin once more."
)
AWAY = msg("Your account’s provider does not answer just now. Try again in a minute.")
ITS_TROUBLE = ("server_error", "temporarily_unavailable")


def provider_of(request: Request) -> SignInProvider:
    """Return the provider that people sign in with.

    Raises:
        Problem: there is none (404).
    """
    found: SignInProvider | None = request.app.state.provider
    if found is None:
        raise not_found("page")
    return found


@router.get("/session/oidc")
async def start(
    request: Request, reader: Visitor, onward: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Send somebody to the provider to sign in there."""
    attempt, onward = new_attempt(), own_path(onward)
    try:
        answer = hushed(to(await provider_of(request).way_in(attempt)))
    except ProviderAway:
        return sign_in_page(request, reader, onward, AWAY, 503)
    keyring = request.app.state.settings.keyring
    pending_sign_ins.note(request, answer, keyring, attempt, onward)
    return answer


@router.get("/session/oidc/callback")
async def callback(
    request: Request,
    reader: Visitor,
    shared: Shared,
    state: str = "",
    code: str = "",
    error: str = "",
    iss: str | None = None,
) -> Response:
    """Begin a session for who comes back from the provider, once."""
    provider = provider_of(request)
    if looks_ahead(request):
        return not_followed(request, reader, "/")
    pending = pending_sign_ins.begun(request, request.app.state.settings.keyring, state)
    if pending is None or not await _is_first(shared, pending):
        return sign_in_page(request, reader, "/", NOT_BEGUN, 401)
    if error or not code:
        answer = _refused(request, reader, pending, error)
    else:
        answer = await _signed_in(request, reader, shared, provider, pending, code, iss)
    pending_sign_ins.forget(request, answer, state)
    return hushed(answer)


async def _is_first(shared: Services, pending: Pending) -> bool:
    # However lax the provider is with its codes, a sign-in comes to an end once.
    async with transaction(shared.pool) as acquired:
        return await sessions.spend(acquired, f"oidc {pending.attempt.state}", pending.until)


async def _signed_in(
    request: Request,
    reader: Reader,
    shared: Services,
    provider: SignInProvider,
    pending: Pending,
    code: str,
    issuer: str | None,
) -> Response:
    try:
        caller = await provider.signed_in(pending.attempt, code, issuer)
    except SignInRefused as refused:
        log.warning("sign-in refused", because=str(refused))
        return sign_in_page(request, reader, pending.onward, NOT_PROVED, 401)
    except ProviderAway:
        return sign_in_page(request, reader, pending.onward, AWAY, 503)
    await shared.shown_roles.note(caller)
    answer = await begin(request, shared, caller, pending.onward)
    cookies.keep(request, answer, cookies.BY_PROVIDER, "yes", None)
    return answer


def _refused(request: Request, reader: Reader, pending: Pending, error: str) -> Response:
    if error in ITS_TROUBLE:
        return sign_in_page(request, reader, pending.onward, AWAY, 503)
    return sign_in_page(request, reader, pending.onward, DENIED, 401)


@router.get("/session/oidc/end")
async def end(request: Request, reader: Visitor) -> Response:
    """Lead who has signed out here to where they sign out of the provider. A page between, since
    browsers follow no form to another site (`form-action` of the policy)."""
    provider, way_out = provider_of(request), None
    with suppress(ProviderAway):  # who has left is out here, whatever becomes of it there
        way_out = await provider.way_out()
    if way_out is None:
        return to("/session")
    request.state.found_again_at = "/session"
    return show(request, reader, "signed_out.html", way_out=way_out)
