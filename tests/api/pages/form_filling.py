"""Forms of a page, filled in and sent as a browser without a script does."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx

from tests.api.pages.browser import Visit


@dataclass
class FoundForm:
    """A form, and what stands in it."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, written: dict[str, str | list[str]]) -> list[tuple[str, str]]:
        """What a browser sends once these fields are filled in."""
        kept = [(name, value) for name, value in self.fields if name not in written]
        for name, value in written.items():
            values = [value] if isinstance(value, str) else value
            kept += [(name, one) for one in values]
        return kept


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[FoundForm] = []
        self._open: FoundForm | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._chosen: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name")
        if tag == "form":
            self._open = FoundForm(given.get("action", ""))
            self.found.append(self._open)
        elif self._open is None or (name is None and tag != "option"):
            return
        elif tag == "input" and name is not None:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._open.fields.append((name, given.get("value", "on")))
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select, self._chosen = name, None
        elif tag == "option" and (self._chosen is None or "selected" in given):
            self._chosen = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._open is None:
            return
        if tag == "form":
            self._open = None
        elif tag == "textarea" and self._area is not None:
            self._open.fields.append((self._area, self._text.removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._select is not None:
            self._open.fields.append((self._select, self._chosen or ""))
            self._select = None


def form_to(html: str, action: str) -> FoundForm:
    """The form of a page that is sent to an address."""
    parser = _Forms()
    parser.feed(html)
    found = [one for one in parser.found if one.action == action]
    assert found, f"no form to {action} but to {[one.action for one in parser.found]}"
    return found[0]


async def send(visit: Visit, html: str, action: str, **written: str | list[str]) -> httpx.Response:
    """Fill in a form of a page, and send it."""
    content = urlencode(form_to(html, action).filled(written))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await visit.client.post(action, content=content, headers=headers)
