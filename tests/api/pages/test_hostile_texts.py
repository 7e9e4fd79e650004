"""Texts that people write to break a page or to mislead who reads it: they are shown as they are,
and lead nowhere."""

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from html.parser import HTMLParser

import pytest

from api.auth.tokens import issue
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.every_route import LOOKING
from tests.app_under_test import (
    OPERATOR,
    SECRET,
    AppUnderTest,
    Json,
    OrderInPlay,
    place_order,
    somebody,
)

MARK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}%(buyer)s\u202e"
LONG = "ش🎉a" * 40
"""As long as a title may be, without a space."""

FORMULA = '=HYPERLINK("http://evil.example")'
OPENERS, CLOSER = "\u202a\u202b\u202d\u202e", "\u202c"


_visits = itertools.count()


class _Tags(HTMLParser):
    """What a browser makes of a page: its elements, and its texts one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def is_harmless(html: str) -> None:
    """No element, attribute or address of a page is what somebody wrote."""
    tags = _Tags()
    tags.feed(html)
    for tag, attributes in tags.found:
        assert not (tag == "script" and "src" not in attributes)
        assert tag not in ("img", "iframe", "object", "embed", "style")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action"):
            assert not re.match(r"\s*(javascript|data|vbscript):", attributes.get(name) or "")
    assert "49" not in re.findall(r"onerror=alert\(2\)>(\d+)", unescape(html))


def closes_what_it_opens(html: str) -> None:
    """No direction goes on beyond the text in which somebody turned it."""
    tags = _Tags()
    tags.feed(html)
    values = [value or "" for _, given in tags.found for value in given.values()]
    for text in [*tags.texts, *values]:
        opened = sum(text.count(one) for one in OPENERS)
        assert text.count(CLOSER) >= opened, text
    for text in tags.texts:
        for part in text.split("\u202e")[1:]:
            assert "€" not in part.split(CLOSER)[0], text


@pytest.fixture(scope="module")
async def hostile(app: AppUnderTest) -> OrderInPlay:
    """An order in dispute of which everything that can be written is meant badly."""
    title = MARK[:120]
    extra = {"title": title, "price": {"amount": 500, "currency": "EUR"}, "delivery_time": "P1D"}
    play = await place_order(
        app.api,
        title=title,
        description=MARK,
        extras=[extra],
        external_id=MARK.removesuffix("\u202e"),
        metadata={"<b>": MARK},
        money=20_000,
    )
    api = app.api
    await api.act(play.order, "accept", play.seller)
    steps: list[tuple[str, object, Json]] = [
        ("request_offer", play.buyer, {"description": MARK}),
        ("make_offer", play.seller, _offer(title)),
        ("propose_settlement", play.buyer, _share()),
        ("request_cancellation", play.buyer, {"reason": MARK}),
        ("refuse_cancellation", play.seller, {"reason": MARK}),
        ("deliver", play.seller, {"message": MARK, "links": [f"https://e.example/{LONG}'\"><i>"]}),
        ("request_revision", play.buyer, {"reason": MARK}),
        ("refuse_revision", play.seller, {"ground": "vague", "reason": MARK}),
        ("open_dispute", play.buyer, {"reason": MARK}),
        ("add_statement", play.seller, {"statement": MARK}),
    ]
    for action, who, body in steps:
        answer = await api.act(play.order, action, who, body)  # type: ignore[arg-type]
        assert answer.status_code == 200, (action, answer.text)
    said = {"text": MARK, "links": ["https://e.example/<script>"]}
    for who in (play.buyer, play.seller):
        sent = await api.post(f"/v1/orders/{play.order['id']}/messages", who, said)
        assert 201 == sent.status_code
    body = {"amount": 500, "currency": "EUR", "reference": FORMULA}
    for number, reference in enumerate((FORMULA, MARK)):
        where = f"/v1/wallets/{play.buyer.id}/top-ups"
        key = f"{play.buyer.id}-{number}"
        paid = await api.post(where, OPERATOR, {**body, "reference": reference}, key=key)
        assert 201 == paid.status_code, paid.text
    hook = {"url": "https://e.example/<script>alert(1)</script>\"'>", "metadata": {"<b>": MARK}}
    made = await api.post("/v1/webhook-endpoints", OPERATOR, hook)
    assert 201 == made.status_code, made.text
    return play


def _offer(title: str) -> Json:
    price = {"amount": 500, "currency": "EUR"}
    return {"title": title, "description": MARK, "price": price, "delivery_time": "P1D"}


def _share() -> Json:
    return {"refund": {"amount": 500, "currency": "EUR"}, "reason": MARK}


@asynccontextmanager
async def reading(app: AppUnderTest, play: OrderInPlay, role: str) -> AsyncIterator[Visit]:
    """One of those who read it."""
    who = {"buyer": play.buyer, "seller": play.seller}.get(role) or somebody(role, role)
    async with visiting(app) as visit:
        # A link of its own each time: each signs in once.
        fresh = issue(SECRET, who.id, who.roles, 4_000 + next(_visits))
        assert 303 == (await visit.get(f"/session?token={fresh}")).status_code
        yield visit


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("role", ["buyer", "seller", "mediator", "operator"])
async def test_what_is_meant_badly_does_nothing_on_any_page(
    app: AppUnderTest, hostile: OrderInPlay, role: str, language: str
) -> None:
    ids = {"order_id": hostile.order["id"], "service_id": hostile.service["id"]}
    seen = 0
    async with reading(app, hostile, role) as visit:
        visit.client.cookies.set("sequestre_language", language)
        for route in LOOKING:
            if route.template.endswith(("/stream", ".json", ".csv", ".pdf", ".ics")):
                continue
            for action in (
                ("propose_settlement", "resolve") if "{action}" in route.template else ("",)
            ):
                where = route.address(**ids, user_id=hostile.buyer.id, action=action)
                page = await visit.get(where)
                is_harmless(page.text)
                closes_what_it_opens(page.text)
                seen += "alert(1)" in page.text
    assert seen >= 2


async def test_files_are_harmless_too(app: AppUnderTest, hostile: OrderInPlay) -> None:
    async with reading(app, hostile, "buyer") as visit:
        table = await visit.get("/wallet/entries.csv")
        assert f"'{FORMULA[:11]}" in table.text
        assert f",{FORMULA[:11]}" not in table.text
        for path in ("/wallet/statement.pdf", f"/orders/{hostile.order['id']}/case.pdf"):
            paper = await visit.get(path)
            assert (200, b"%PDF") == (paper.status_code, paper.content[:4])
        dates = await visit.get(f"/orders/{hostile.order['id']}/deadline.ics")
        assert 200 == dates.status_code
        lines = dates.text.removesuffix("\r\n").split("\r\n")
        assert all(re.match(r"[A-Z-]+[:;]| ", line) for line in lines)


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_no_page_sends_anybody_to_another_site(app: AppUnderTest, onward: str) -> None:
    odd = [
        onward,
        f"/{onward}",
        f"\t{onward}",
        f"/\t{onward}",
        f"{onward}\r\nX: 1",
        "/é",
        "/%0d%0aX",
    ]
    async with visiting(app, somebody("lured")) as visit:
        for one in odd:
            answers = [await visit.client.get("/session", params={"next": one})]
            for name, value in (("theme", "dark"), ("language", "fr")):
                data = {name: value, "next": one}
                answers.append(await visit.client.post(f"/preferences/{name}", data=data))
            for answer in answers:
                assert 303 == answer.status_code
                assert re.fullmatch(r"/(?![/\\])[!-~]*", answer.headers["Location"]), one
                assert "X" not in answer.headers


@pytest.mark.parametrize("value", ["fr\r\nSet-Cookie: a=b", "\x00", "é", "x" * 5000, "fr; Path=/"])
async def test_what_is_no_language_or_theme_is_kept_nowhere(app: AppUnderTest, value: str) -> None:
    async with visiting(app) as visit:
        for name in ("theme", "language"):
            answer = await visit.client.post(f"/preferences/{name}", data={name: value})
            assert (303, "") == (answer.status_code, answer.headers.get("Set-Cookie", ""))
