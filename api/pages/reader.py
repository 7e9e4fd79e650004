"""Who looks at a page: signed in by a session's cookie, and how they read."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection
from structlog.contextvars import bind_contextvars

from api.auth.capabilities import Capability, can, demand
from api.auth.tokens import Caller, authorities
from api.locale import Locale, preferred
from api.pages import cookies
from api.pages.cookies import Sealed
from api.problems import Problem
from api.routes.notifications import TOLD_AS
from api.state import Services
from db import sessions
from db.pool import connection
from db.sessions import Session
from domain.clock import ClockReading
from domain.vocabulary import Code
from texts.catalogue import Language
from texts.formatter import Formatter

THEMES = ("auto", "light", "dark")
MOST_UNREAD = 99
"""Unread notices that are told apart; of more it is said that they are more."""
NOBODY = Caller("", frozenset(), 0.0)


@dataclass(frozen=True)
class Reader:
    """Who looks, in which language, time zone (an IANA name) and theme; without a session nobody
    that is known."""

    caller: Caller
    language: Language
    time_zone: str
    theme: str
    now: datetime
    """The product's time (UTC)."""
    clock: ClockReading | None = None
    """How the product's clock is set, where it can be moved."""
    name: str | None = None
    unread: int = 0
    """Of their latest notices, counted to one beyond `MOST_UNREAD`."""
    secret: str = ""
    """By which their session is found."""

    @property
    def is_signed_in(self) -> bool:
        """Return whether it is known who looks."""
        return self.caller is not NOBODY

    @property
    def locale(self) -> Locale:
        """Return in which language and time zone they read."""
        return Locale(self.language, self.time_zone)

    @property
    def formatter(self) -> Formatter:
        """Return how sentences, amounts and instants are said to them."""
        return Formatter(self.language, self.time_zone)

    def can(self, capability: Capability) -> bool:
        """Return whether their roles give them a capability."""
        return can(self.caller, capability)


class NotSignedIn(Problem):
    """Nobody is signed in, or not any more."""

    def __init__(self) -> None:
        super().__init__(Code.UNAUTHENTICATED, "Sign in first: your session has ended.")


def stranger(request: HTTPConnection) -> Reader:
    """Return a reader of whom nothing is known but what their browser says."""
    return Reader(
        caller=NOBODY,
        language=_language(request, None),
        time_zone="UTC",
        theme=_theme(request),
        now=datetime.now(UTC),
    )


def sealed_in(request: HTTPConnection) -> Sealed | None:
    """Return what the session's cookie says, whether that session goes on or not."""
    value = request.cookies.get(cookies.SESSION)
    if value is None:
        return None
    return cookies.opened(request.app.state.settings.keyring, value)


async def visitor(request: Request) -> Reader:
    """Return who looks, signed in or not.

    Raises:
        Unavailable: the database does not answer.
    """
    said = sealed_in(request)
    if said is None:
        return _seen(request, stranger(request))
    shared: Services = request.app.state.services
    idle: timedelta = request.app.state.settings.session_idle
    async with connection(shared.pool) as acquired:
        found = await sessions.read(acquired, said.secret, idle, MOST_UNREAD + 1, TOLD_AS)
    if found is None:
        return _seen(request, stranger(request))
    caller, clock = _caller(found), found.clock
    bind_contextvars(caller=caller.id)
    return _seen(
        request,
        Reader(
            caller=caller,
            secret=said.secret,
            language=_language(request, found.language),
            time_zone=found.time_zone or "UTC",
            theme=_theme(request),
            now=found.read_at,
            clock=clock.reading if clock else None,
            name=found.name,
            unread=found.unread,
        ),
    )


async def signed_in(found: Annotated[Reader, Depends(visitor)]) -> Reader:
    """Return who is signed in.

    Raises:
        NotSignedIn: nobody is.
    """
    if not found.is_signed_in:
        raise NotSignedIn
    return found


async def _mediating(found: Annotated[Reader, Depends(signed_in)]) -> Reader:
    demand(found.caller, Capability.SEE_CASES)
    return found


async def _operating(found: Annotated[Reader, Depends(signed_in)]) -> Reader:
    demand(found.caller, Capability.READ_ALL)
    return found


Visitor = Annotated[Reader, Depends(visitor)]
SignedIn = Annotated[Reader, Depends(signed_in)]
Mediating = Annotated[Reader, Depends(_mediating)]
"""A mediator, or who looks on; others are told that it is not for them (403)."""

Operating = Annotated[Reader, Depends(_operating)]
"""Who may look at everything; what they may do, each page asks for itself."""


def _seen(request: Request, reader: Reader) -> Reader:
    """Note who looks, for the page that says what went wrong."""
    request.state.reader = reader
    return reader


def _caller(session: Session) -> Caller:
    return Caller(session.user_id, authorities(session.roles), session.ends_at, session.name)


def _language(request: HTTPConnection, chosen: str | None) -> Language:
    """Return the language that was switched to on this browser, else that of the person's settings,
    else what the browser asks for."""
    for said in (request.cookies.get(cookies.LANGUAGE), chosen):
        if said in list(Language):
            return Language(said)
    return preferred(request.headers.get("Accept-Language"))


def _theme(request: HTTPConnection) -> str:
    said = request.cookies.get(cookies.THEME, "")
    return said if said in THEMES else "auto"


def seconds_left(reader: Reader) -> float:
    """Return for how long a session may still last."""
    return max(0.0, reader.caller.expires_at - time.time())
