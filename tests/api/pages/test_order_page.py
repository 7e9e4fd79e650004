"""The page of an order shows its two parties where it stands, and nobody else anything."""

import re
from html import unescape

import pytest

from tests.api.conftest import OrderIn
from tests.api.pages.browser import Visit, visiting
from tests.app_under_test import (
    AppUnderTest,
    OrderInPlay,
    Person,
)
from tests.contract import FINAL, WAITS_FOR, WAY

SIDES = ("buyer", "seller")
MISSING = re.compile(r"%\(\w+\)s|\{\{|None\b|Undefined")


def words(page: str) -> str:
    """What somebody reads on a page."""
    body = re.sub(r"(?s)<(script|svg|title|head)\b.*?</\1>", " ", page)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))).strip()


async def in_french(visit: Visit) -> None:
    await visit.client.post("/preferences/language", data={"language": "fr", "next": "/"})


def side(play: OrderInPlay, role: str) -> Person:
    person: Person = getattr(play, role)
    return person


def path(play: OrderInPlay, more: str = "") -> str:
    return f"/orders/{play.order['id']}{more}"


@pytest.mark.parametrize("role", SIDES)
@pytest.mark.parametrize("state", WAY)
async def test_both_sides_see_every_state_in_both_languages(
    app: AppUnderTest, order_in: OrderIn, state: str, role: str
) -> None:
    play = await order_in(state)
    async with visiting(app, side(play, role)) as visit:
        english = await visit.get(path(play))
        await in_french(visit)
        french = await visit.get(path(play))
    for answer, yours in ((english, "Your move: "), (french, "À vous de jouer : ")):
        assert 200 == answer.status_code
        assert [] == MISSING.findall(words(answer.text))
        assert 1 == answer.text.count("<h1")
        assert (WAITS_FOR.get(state) == role) is (f"<title>{yours}A logo" in unescape(answer.text))
    assert words(english.text) != words(french.text)
    assert ("actions/" in english.text) is (state not in FINAL)
