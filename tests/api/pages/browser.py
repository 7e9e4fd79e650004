"""Somebody at the pages without a script: a browser's cookies, links and forms."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

import httpx

from tests.app_under_test import PATIENCE_SECONDS, ApiClient, AppUnderTest, Person
from tests.callers import SHORTER_THAN_THE_SERVERS


@dataclass
class Visit:
    """One person's browser."""

    client: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page as it is, without following where it sends."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(path, headers=sent)


class _Hidden(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.value = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name") == self.name:
            self.value = given.get("value") or ""


def hidden(html: str, name: str) -> str:
    """The value of a page's hidden field; empty where there is none."""
    parser = _Hidden(name)
    parser.feed(html)
    return parser.value


def who(html: str) -> str | None:
    """The name of who is signed in, as a page says it; None where nobody is."""
    found = re.search(r'class="who".*?<span>([^<]*)<span', html, re.DOTALL)
    return unescape(found[1]) if found else None


@asynccontextmanager
async def visiting(
    app: AppUnderTest, who: Person | None = None, api: ApiClient | None = None
) -> AsyncIterator[Visit]:
    """A browser at the product; of somebody who is signed in by the marketplace's link, or of
    nobody."""
    at = api or app.api
    async with httpx.AsyncClient(
        base_url=at.client.base_url, timeout=PATIENCE_SECONDS, limits=SHORTER_THAN_THE_SERVERS
    ) as client:
        if who is not None:
            token = who.signed(at.secret)["Authorization"].removeprefix("Bearer ")
            answer = await client.get("/session", params={"token": token})
            assert (303, "/") == (answer.status_code, answer.headers["Location"])
        yield Visit(client)
