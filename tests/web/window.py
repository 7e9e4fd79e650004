"""A person's window in a real browser, which listens for what no page may do."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from api.auth.tokens import issue
from api.pages.cookies import LANGUAGE
from tests.app_under_test import PATIENCE_SECONDS, Person

CHROMIUM = Path("/usr/bin/chromium")
NO_BROWSER = f"no browser: {CHROMIUM} is missing; `make test-web` brings Debian's where it may"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PHONE, DESKTOP = 390, 1280
HEIGHT = 900

Language = Literal["en", "fr"]
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

_REFUSED_BY_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`));
"""
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_NARROW = """
() => [...document.querySelectorAll("table.cards")].filter((table) =>
  getComputedStyle(table.tBodies[0]).display === "block" && [...table.tBodies[0].rows].some((row) =>
    row.getBoundingClientRect().width < table.parentElement.clientWidth - 1)).length
"""
_LOOK = """
async () => (await axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
})).violations.flatMap((one) => one.nodes.map((node) =>
  `${one.id}: ${node.target.join(" ")}: ${node.failureSummary}`))
"""

_tokens = itertools.count(3600)

expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@dataclass(frozen=True)
class Look:
    """How somebody reads: language, width in CSS pixels, theme, and whether scripts run."""

    language: Language = "en"
    width: int = DESKTOP
    theme: Theme = "light"
    script: bool = True


@dataclass
class Window:
    """One page of one person's browser."""

    page: Page
    base_url: str
    complaints: list[str] = field(default_factory=list)
    """What the browser said of errors: scripts, policy, files that are not there."""

    def listen(self) -> None:
        """Note down what the browser complains of."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        of_the_page = where.partition("#")[0] == self.page.url.partition("#")[0]
        is_its_status = message.text.startswith("Failed to load resource") and of_the_page
        if message.type in ("error", "warning") and not is_its_status:
            self.complaints.append(f"{message.type}: {message.text} ({where})")

    async def open(self, path: str) -> int:
        """Go to a path; gives the status of the answer."""
        answer = await self.page.goto(self.base_url + path)
        assert answer is not None
        return answer.status

    async def violations(self) -> list[str]:
        """What axe-core finds wrong on the page as it stands."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = await self.page.evaluate(_LOOK)
        return found

    async def sideways(self) -> int:
        """How many pixels the page is wider than the window."""
        found: int = await self.page.evaluate(_SIDEWAYS)
        return found

    async def faults(self) -> list[str]:
        """All that no page may have: what axe-core finds, a scroll sideways, a complaint."""
        found = [f"axe: {one}" for one in await self.violations()]
        if wider := await self.sideways():
            found.append(f"{wider} pixels wider than the window")
        if narrow := await self.page.evaluate(_NARROW):
            found.append(f"{narrow} tables with rows that are narrower than their card")
        return [*found, *self.complaints]

    async def faults_at(self, path: str, status: int = 200) -> list[str]:
        """All that is wrong with a page on a phone and on a desk, in the light and in the dark."""
        found = []
        for width in (PHONE, DESKTOP):
            await self.page.set_viewport_size({"width": width, "height": HEIGHT})
            assert status == await self.open(path)
            for theme in THEMES:
                await self.page.emulate_media(color_scheme=theme)
                found += [f"{path} {width} {theme}: {one}" for one in await self.faults()]
        return found


def signing_in(who: Person, secret: str) -> str:
    """The path of a marketplace's link for somebody; another one each time."""
    return f"/session?token={quote(issue(secret, who.id, who.roles, next(_tokens)))}"


@asynccontextmanager
async def browsing(browser: Browser, base_url: str, look: Look) -> AsyncIterator[BrowserContext]:
    """A browser's profile of its own, with nobody signed in."""
    context = await browser.new_context(
        viewport={"width": look.width, "height": HEIGHT},
        color_scheme=look.theme,
        java_script_enabled=look.script,
        locale={"en": "en-GB", "fr": "fr-FR"}[look.language],
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    await context.add_cookies([{"name": LANGUAGE, "value": look.language, "url": base_url}])
    await context.add_init_script(_REFUSED_BY_POLICY)
    try:
        yield context
    finally:
        await context.close()


async def window_in(context: BrowserContext, base_url: str) -> Window:
    """Another window (a tab) of a profile."""
    window = Window(await context.new_page(), base_url)
    window.listen()
    return window


def readable(found: Any) -> str:
    """Findings as they are printed where a test fails."""
    return json.dumps(found, indent=1, ensure_ascii=False)
