"""The page of who is not signed in, and what links that sign somebody in are treated with."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from api.pages.demo_entrance import is_open_to
from api.pages.page import show
from api.pages.reader import Reader
from texts.catalogue import msg

SPENT_LINK = msg(
    "This link was used before: each one signs in once. Open the marketplace again and follow its"
    " link from there."
)
BAD_LINK = msg(
    "This link does not hold, or not any more. Open the marketplace again and follow its link from"
    " there."
)


PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
"""Where browsers say that they load a page before anybody asks for it."""


def sign_in_page(
    request: Request, reader: Reader, onward: str, wrong: str | None = None, status: int = 200
) -> Response:
    """Return the ways to sign in; `wrong` is an English sentence of the catalogues that says why
    one of them did not lead in."""
    request.state.found_again_at = f"/session?next={quote(onward)}"
    return show(
        request,
        reader,
        "session.html",
        status=status,
        wrong=wrong,
        next=onward,
        has_provider=request.app.state.provider is not None,
        has_entrance=is_open_to(request),
    )


def hushed(response: Response) -> Response:
    """Have a browser tell nobody the address that led here: it signs somebody in."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def not_followed(request: Request, reader: Reader, onward: str) -> Response:
    """Return the answer to who only looks at a link that signs somebody in. A browser throws away
    what it has loaded ahead with 503, and asks again when somebody follows the link."""
    return sign_in_page(request, reader, onward, status=200 if is_head(request) else 503)


def is_head(request: Request) -> bool:
    """Return whether a program asks for the head of a page alone."""
    return getattr(request.state, "is_head", False)


def looks_ahead(request: Request) -> bool:
    """Return whether a link is only looked at: by a program that asks for its head, or by a
    browser that loads what somebody might follow. Neither may spend it."""
    purposes = (request.headers.get(name, "").lower() for name in PURPOSES)
    return is_head(request) or any("fetch" in one or "preview" in one for one in purposes)
