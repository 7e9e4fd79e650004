"""A browser at pages that trust an identity provider, and what it is told there."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from tests.api.pages.browser import Visit, visiting
from tests.api.pages.provider.server import HOME, OidcProvider
from tests.app_under_test import PATIENCE_SECONDS, ApiClient, AppUnderTest, Json


@dataclass
class Meeting:
    """A browser at pages that trust a provider."""

    app: AppUnderTest
    api: ApiClient
    provider: OidcProvider
    visit: Visit

    async def to_provider(self, onward: str = "/") -> str:
        """Presses the button; gives where it leads."""
        answer = await self.visit.get(f"/session/oidc?next={quote(onward)}")
        assert 303 == answer.status_code, answer.text
        return answer.headers["Location"]

    async def at_provider(self, way: str) -> str:
        """Signs in there; gives where the provider sends the browser back, without the host."""
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            answer = await client.get(way)
        back = answer.headers["Location"]
        assert back.startswith(f"{HOME}/session/oidc/callback?")
        return back.removeprefix(HOME)

    async def signs_in(self, onward: str = "/") -> httpx.Response:
        """The whole way."""
        return await self.visit.get(await self.at_provider(await self.to_provider(onward)))

    async def is_in(self) -> bool:
        """Whether somebody is signed in."""
        return (await self.visit.get("/")).headers["Location"] != "/session"


def met(app: AppUnderTest, provider: OidcProvider, **settings: Any) -> "_Met":
    return _Met(app, provider, settings)


class _Met:
    def __init__(self, app: AppUnderTest, provider: OidcProvider, settings: Json) -> None:
        self._given = app, provider, settings
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Meeting:
        app, provider, settings = self._given
        opened = app.with_settings(**{**provider.trusted, **settings})
        api = await self._stack.enter_async_context(opened)
        visit = await self._stack.enter_async_context(visiting(app, api=api))
        return Meeting(app, api, provider, visit)

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


async def refused(meeting: Meeting, answer: httpx.Response, status: int, words: str) -> None:
    """It was told in words, by a page, and nobody is signed in."""
    assert (status, "text/html; charset=utf-8") == (
        answer.status_code,
        answer.headers["Content-Type"],
    )
    assert words in answer.text
    assert 'role="alert"' in answer.text
    assert "sequestre_session=" not in str(answer.headers.get_list("Set-Cookie"))
    assert not await meeting.is_in()
