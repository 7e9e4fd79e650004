"""Signing in and out: the marketplace's link, and the page of who is not signed in."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.auth.jwks import KeysUnavailable
from api.auth.tokens import BadToken, Caller, Verifier
from api.pages import cookies
from api.pages.cookies import Sealed
from api.pages.forms import Form, PostedByAnybody
from api.pages.navigation import home
from api.pages.own_paths import own_path
from api.pages.page import to
from api.pages.reader import THEMES, Visitor, sealed_in
from api.pages.sign_in_page import (
    BAD_LINK,
    SPENT_LINK,
    hushed,
    looks_ahead,
    not_followed,
    sign_in_page,
)
from api.problems import not_now
from api.state import Services, Shared
from db import sessions
from db.pool import connection, transaction
from texts.catalogue import Language

router = APIRouter(include_in_schema=False)

NextPage = Annotated[str, Query(alias="next")]


@router.get("/")
async def start(reader: Visitor) -> Response:
    """Lead somebody to what they do most."""
    return to(home(reader) if reader.is_signed_in else "/session")


@router.get("/session")
async def session(
    request: Request, reader: Visitor, shared: Shared, token: str = "", onward: NextPage = "/"
) -> Response:
    """Exchange the token of a link for a session, once; without one, say how to sign in."""
    onward = own_path(onward)
    if token and looks_ahead(request):
        return not_followed(request, reader, onward)
    if token:
        return hushed(await _exchange(request, reader, shared, token, onward))
    if reader.is_signed_in:
        return to(onward)
    return sign_in_page(request, reader, onward)


async def _exchange(
    request: Request, reader: Visitor, shared: Services, token: str, onward: str
) -> Response:
    verifier: Verifier = request.app.state.verifier
    try:
        caller = await verifier.verify(token)
    except BadToken:
        return sign_in_page(request, reader, onward, BAD_LINK, 401)
    except KeysUnavailable as error:
        raise not_now(str(error)) from error
    async with transaction(shared.pool) as acquired:
        is_new = await sessions.spend(acquired, token, caller.expires_at)
    if not is_new:
        return sign_in_page(request, reader, onward, SPENT_LINK, 401)
    await shared.shown_roles.note(caller)
    return await begin(request, shared, caller, onward)


async def begin(request: Request, shared: Services, caller: Caller, onward: str) -> Response:
    """Begin a session for somebody who has shown who they are, in place of any other of this
    browser, and send them on."""
    settings = request.app.state.settings
    idle: timedelta = settings.session_idle
    longest: timedelta = settings.session_limit
    secret = cookies.new_secret()
    async with transaction(shared.pool) as acquired:
        before = sealed_in(request)
        if before is not None:
            await sessions.end(acquired, before.secret)
        ends_at = await sessions.begin(acquired, secret, caller.id, caller.roles, idle, longest)
    answer = to(onward)
    said = Sealed(secret, caller.id, tuple(sorted(caller.roles)), ends_at)
    value = cookies.sealed(settings.keyring, said)
    cookies.keep(request, answer, cookies.SESSION, value, None)
    if cookies.BY_PROVIDER in request.cookies:
        cookies.forget(request, answer, (cookies.BY_PROVIDER,))
    return answer


@router.post("/session/end")
async def end(request: Request, shared: Shared, _form: PostedByAnybody) -> Response:
    """Sign out. Who was signed out already is told the same."""
    said = sealed_in(request)
    if said is not None:
        async with connection(shared.pool) as acquired:
            await sessions.end(acquired, said.secret)
    by_provider = request.app.state.provider and cookies.BY_PROVIDER in request.cookies
    answer = to("/session/oidc/end" if by_provider else "/session")
    cookies.forget(request, answer, (cookies.SESSION, cookies.BY_PROVIDER))
    return answer


@router.post("/preferences/language")
async def language(request: Request, form: PostedByAnybody) -> Response:
    """Switch the language of this browser."""
    return _prefer(request, form, cookies.LANGUAGE, "language", list(Language))


@router.post("/preferences/theme")
async def theme(request: Request, form: PostedByAnybody) -> Response:
    """Switch the theme of this browser."""
    return _prefer(request, form, cookies.THEME, "theme", THEMES)


def _prefer(
    request: Request, form: Form, cookie: str, name: str, known: tuple[str, ...] | list[Language]
) -> Response:
    answer = to(own_path(form.get("next", "/")))
    if form.get(name, "") in known:
        cookies.keep(request, answer, cookie, form[name], cookies.YEAR_SECONDS)
    return answer
