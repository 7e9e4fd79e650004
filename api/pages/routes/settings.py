"""One's own settings, saved part by part: what one is called, and how one is told."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.responses import Response

from api.answers import required_key
from api.pages import cookies
from api.pages.forms import KEY, Form, Posted
from api.pages.page import show, to
from api.pages.reader import Reader, SignedIn
from api.pages.zones import zones
from api.problems import Problem
from api.routes.me import asked_again, known, wish
from api.schemas.base import Nothing
from api.schemas.people import MeView, Wishes
from api.state import Services, Shared
from domain.display_name import MAX_NAME
from domain.vocabulary import Code
from texts.catalogue import msg
from texts.refusals import problem_said

router = APIRouter(include_in_schema=False)

PARTS = ("name", "language", "time_zone", "email")
SAVED = {
    "name": msg("Saved. The people whom you have orders with read this name."),
    "language": msg("Saved. Pages, mails and notices speak it from now on."),
    "time_zone": msg("Saved. Every time is said in this zone from now on."),
    "email": msg("Saved."),
    "asked": msg("A mail with a new link is on its way."),
}
WRONG = {
    "name": msg(
        "Please write a name of up to %(most)s characters on one line, without a web address, or"
        " nothing for the one that the marketplace gives you."
    ),
    "language": msg("Please choose one of these."),
    "time_zone": msg("Please choose one of these."),
    "email": msg("Please write a whole address, such as ana@example.org, or nothing."),
}
ASKED_OFTEN = msg(
    "So many mails with a link were sent today that no more are. Open the link in one of them, or"
    " try again tomorrow. Nothing changed."
)


@router.get("/settings")
async def settings(request: Request, reader: SignedIn, shared: Shared, saved: str = "") -> Response:
    """Show the settings, and beside one that was just saved that it was."""
    me = await known(shared, reader.caller, reader.language)
    return _show(request, reader, me, saved=saved if saved in SAVED else "")


def _show(
    request: Request,
    reader: Reader,
    me: MeView,
    *,
    status: int = 200,
    saved: str = "",
    wrong: Mapping[str, str] | None = None,
    written: Mapping[str, str] | None = None,
) -> Response:
    as_it_is = {
        "name": me.name or "",
        "language": me.language.value,
        "time_zone": me.time_zone,
        "email": me.email or "",
        "by_email": "on" if me.channels.email else "",
    }
    return show(
        request,
        reader,
        "settings.html",
        status=status,
        me=me,
        values={**as_it_is, **(written or {})},
        saved={saved: reader.formatter.say(SAVED[saved])} if saved else {},
        wrong=wrong or {},
        zones=zones(reader.now),
        most=MAX_NAME,
    )


@router.post("/settings/{part}")
async def save(
    request: Request, reader: SignedIn, shared: Shared, part: str, form: Posted
) -> Response:
    """Save one part; the others stay as they are."""
    me = await known(shared, reader.caller, reader.language)
    if part == "confirmation":
        return await _ask_again(request, reader, shared, me, form)
    if part not in PARTS:
        return to("/settings")
    try:
        body = Wishes.model_validate_json(to_json(_wished(me, part, form)))
        await wish(shared, reader.caller, body)
    except ValidationError:
        said = reader.formatter.say(WRONG[part], {"most": str(MAX_NAME)})
        return _again(request, reader, me, part, form, said, 422)
    except Problem as problem:
        return _again(request, reader, me, part, form, _said(problem, reader), problem.status)
    answer = to(f"/settings?saved={part}#{part}")
    if part == "language":
        cookies.forget(request, answer, (cookies.LANGUAGE,))
    return answer


async def _ask_again(
    request: Request, reader: Reader, shared: Services, me: MeView, form: Form
) -> Response:
    key = required_key(request, reader.caller, form.get(KEY), Nothing())
    try:
        answer = await asked_again(shared, reader.caller, key)
    except Problem as problem:
        return _again(request, reader, me, "email", form, _said(problem, reader), problem.status)
    if answer.status >= 400:
        said = ASKED_OFTEN if answer.status == 429 else WRONG["email"]
        return _again(request, reader, me, "email", form, reader.formatter.say(said), answer.status)
    return to("/settings?saved=asked#email")


def _said(problem: Problem, reader: Reader) -> str:
    if problem.code is Code.RATE_LIMITED:
        return reader.formatter.say(ASKED_OFTEN)
    return problem_said(problem.code, reader.formatter)


def _again(
    request: Request, reader: Reader, me: MeView, part: str, form: Form, said: str, status: int
) -> Response:
    written = {name: form[name] for name in PARTS if name in form}
    if part == "email" and "email" in form:
        written["by_email"] = form.get("by_email", "")
    return _show(request, reader, me, status=status, wrong={part: said}, written=written)


def _wished(me: MeView, part: str, form: Form) -> dict[str, Any]:
    """Return all that is wished: what is known, but for the part that was written."""
    found: dict[str, Any] = {
        "language": me.language,
        "time_zone": me.time_zone,
        "email": me.email,
        "channels": {"email": me.channels.email},
    }
    if part == "email":
        address = form.get("email", "").strip() or None
        return {**found, "email": address, "channels": {"email": "by_email" in form}}
    if part == "name":
        return {**found, "name": form.get("name", "").strip() or None}
    return {**found, part: form.get(part, "")}
