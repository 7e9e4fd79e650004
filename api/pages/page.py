"""How a page is drawn: a template, what it shows, and who looks at it."""

import gzip
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.capabilities import Capability
from api.pages.assets import THEME, Assets, takes_gzip
from api.pages.console.person_page import person_page
from api.pages.forms import KEY, SEEN, TOKEN, token_for
from api.pages.navigation import Place, places
from api.pages.reader import Reader
from api.pages.role_words import left_to
from domain.money import Money
from texts.catalogue import translated_plural
from texts.directions import Closed, closed
from texts.formatter import Formatter

TEMPLATES = Path(__file__).parent / "templates"
NO_NAME = "Séquestre"
SECRETS = ("token", "code", "state")
"""What links that sign somebody in have in their query."""


@dataclass(frozen=True)
class Banner:
    """What stands above every page of a stack that is made for trying things out."""

    clock: datetime
    """What its clock shows (UTC)."""


@dataclass(frozen=True)
class Page:
    """What every page shows round its own content."""

    path: str
    language: str
    theme: str
    nav: list[Place]
    who: str | None
    banner: Banner | None
    marketplace: str
    theme_css: str | None
    now: str
    zone: str
    is_signed_in: bool
    is_operator: bool


@cache
def environment() -> Environment:
    """Return where templates are found; everything that they show is escaped."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_closed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(t=_t, tn=_tn, money=_money, person_page=person_page)
    return found


def _closed(value: object) -> object:
    """Return what is shown, without a direction of writing that goes on behind it."""
    return closed(value) if type(value) is str else value


def _formatter(context: Context) -> Formatter:
    found: Formatter = context["fmt"]
    return found


@pass_context
def _t(context: Context, sentence: str, **values: object) -> str:
    """Say a sentence of the catalogue, with its values put in as they are."""
    return _formatter(context).say(sentence, {name: str(value) for name, value in values.items()})


@pass_context
def _tn(context: Context, one: str, many: str, n: int, **values: object) -> str:
    """Say a sentence about so many; its number is `%(n)s`."""
    formatter = _formatter(context)
    found = translated_plural(formatter.language, one, many, n)
    said = {name: str(value) for name, value in values.items()}
    return found % Closed({"n": formatter.number(n), **said})


@pass_context
def _money(context: Context, value: Money) -> str:
    return _formatter(context).money(value.amount, value.currency)


def show(
    request: Request,
    reader: Reader,
    template: str,
    *,
    status: int = 200,
    **values: Any,
) -> Response:
    """Return a page for its reader."""
    text = drawn(request, reader, template, **values)
    return answered(request, text, status)


def drawn(request: Request, reader: Reader, template: str, **values: Any) -> str:
    """Return a template, drawn for its reader; what each may use beside `values` is here."""
    formatter = reader.formatter
    settings, assets = request.app.state.settings, request.app.state.assets
    return (
        environment()
        .get_template(template)
        .render(
            page=_page(request, reader),
            reader=reader,
            fmt=formatter,
            instant=formatter.instant,
            day=formatter.day,
            moment=formatter.moment,
            duration=formatter.duration,
            may=lambda name: reader.can(Capability(name)),
            left_to=lambda name: left_to(Capability(name), formatter),
            asset=_address_in(assets),
            csrf=lambda: Markup('<input type="hidden" name="{}" value="{}">').format(
                TOKEN, token_for(settings.keyring, reader)
            ),
            once=lambda: Markup('<input type="hidden" name="{}" value="{}">').format(KEY, uuid4()),
            seen=lambda version: Markup('<input type="hidden" name="{}" value="{}">').format(
                SEEN, version
            ),
            **values,
        )
    )


def answered(
    request: Request, text: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return HTML as it is sent: compressed, kept by nobody, and with what it may load and where it
    may be shown."""
    sent = {**_headers(request.app.state.settings.frame_ancestors), **(headers or {})}
    if set(SECRETS) & set(request.query_params):
        sent["Referrer-Policy"] = "no-referrer"
    content = text.encode()
    if takes_gzip(request):
        content = gzip.compress(content, 5, mtime=0)
        sent["Content-Encoding"] = "gzip"
    return Response(content, status, sent, "text/html; charset=utf-8")


def to(address: str) -> RedirectResponse:
    """Send the reader on after something was done."""
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


def is_fragment(request: Request) -> bool:
    """Return whether a part of a page is asked for, by a script on it."""
    return request.headers.get("HX-Request") == "true"


def _headers(frame_ancestors: str | None) -> dict[str, str]:
    ancestors = frame_ancestors or "'none'"
    policy = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        f" form-action 'self'; frame-ancestors {ancestors}"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Vary": "Cookie, Accept-Language, Accept-Encoding, HX-Request",
    }


def _page(request: Request, reader: Reader) -> Page:
    settings = request.app.state.settings
    assets: Assets = request.app.state.assets
    return Page(
        path=_address(request),
        language=reader.language.value,
        theme=reader.theme,
        nav=places(reader, request.url.path) if reader.is_signed_in else [],
        who=(reader.name or reader.caller.id) if reader.is_signed_in else None,
        banner=Banner(reader.now) if reader.clock else None,
        marketplace=settings.marketplace_name or NO_NAME,
        theme_css=assets.address(THEME) if THEME in assets else None,
        now=reader.now.isoformat(),
        zone=reader.time_zone,
        is_signed_in=reader.is_signed_in,
        is_operator=any(place.href == "/console" for place in places(reader, "")),
    )


def _address(request: Request) -> str:
    """Return where a page is found again; what signs somebody in is no part of it."""
    elsewhere: str | None = getattr(request.state, "found_again_at", None)
    if elsewhere is not None:
        return elsewhere
    if request.method == "POST":
        return _read_at(request)
    said = [pair for pair in request.query_params.multi_items() if pair[0] not in SECRETS]
    query = f"?{urlencode(said)}" if said and request.method == "GET" else ""
    return request.url.path + query


def _read_at(request: Request) -> str:
    """Return where one reads what a form leads to: at its own address, or the nearest above it at
    which there is a page."""
    template, path = getattr(request.scope.get("route"), "path", ""), request.url.path
    methods: Mapping[str, Collection[str]] = request.app.state.page_methods
    if template in methods:
        while template and "GET" not in methods.get(template, ()):
            template, path = template.rpartition("/")[0], path.rpartition("/")[0]
    return path or "/"


def _address_in(assets: Assets) -> Callable[[str], str]:
    return assets.address
