"""What was written in a form whose session has ended: shown, kept, and sent again by whoever wrote
it. It is nowhere but on their page."""

import re
from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.responses import Response

from api.pages.forms import (
    KEY,
    SEEN,
    TOKEN,
    Form,
    FormExpired,
    SessionEnded,
    demand_own_page,
    read,
    token_for,
    token_to_send_again,
)
from api.pages.own_paths import own_path
from api.pages.page import answered, drawn, is_fragment
from api.pages.reader import NotSignedIn, Reader, stranger
from api.problems import Problem

WIDEST_LINE = 80
MOST_ROWS = 20

_OURS = re.compile(rf"(?:{TOKEN}|{KEY}|{SEEN}|next|more|.*_id)")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Written:
    """One thing that somebody wrote, and how many lines it takes."""

    text: str
    rows: int


def written(form: Form) -> list[Written]:
    """Return what a reader wrote or chose themselves, in the order of the form."""
    return [
        Written(value, _rows(value))
        for name, value in form.pairs
        if value.strip() and not _OURS.fullmatch(name) and not _ID.fullmatch(value)
    ]


def install(app: FastAPI) -> None:
    """Have the application show lost forms."""
    app.add_exception_handler(NotSignedIn, _on_not_signed_in)
    app.add_exception_handler(SessionEnded, _on_lost)
    app.add_exception_handler(FormExpired, _on_lost)


async def _on_not_signed_in(request: Request, error: Exception) -> Response:
    """Answer who is not signed in: a page that asks for its reader first has not looked yet at the
    form that came with them."""
    if not isinstance(error, NotSignedIn):
        raise error
    if request.method != "POST":
        return error.response()
    try:
        demand_own_page(request)
        form = await read(request)
    except Problem as problem:
        return problem.response()
    return await _on_lost(request, SessionEnded(form))


async def _on_lost(request: Request, error: Exception) -> Response:
    if not isinstance(error, SessionEnded | FormExpired):
        raise error
    has_ended = isinstance(error, SessionEnded)
    reader: Reader = getattr(request.state, "reader", None) or stranger(request)
    keyring = request.app.state.settings.keyring
    token = token_to_send_again(request, error.form) if has_ended else token_for(keyring, reader)
    text = drawn(
        request,
        reader,
        "expired.html",
        has_ended=has_ended,
        address=address_of(request),
        token=token,
        token_name=TOKEN,
        kept=error.form.written,
        written=written(error.form),
    )
    # A script put a part of a page where the form was: this is a page.
    headers = {"HX-Retarget": "body"} if is_fragment(request) else {}
    return answered(request, text, error.status, headers)


def address_of(request: Request) -> str:
    """Return where the form was sent, as the browser spelt it."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope["query_string"]
    return own_path((path + (b"?" + query if query else b"")).decode("ascii", "replace"))


def _rows(text: str) -> int:
    lines = sum(1 + len(line) // WIDEST_LINE for line in text.split("\n"))
    return min(lines, MOST_ROWS)
