"""A filter of the console by which nothing can be looked for is named, with what is possible."""

import re
from html import unescape

import pytest
from fastapi.routing import APIRoute

from api.pages.console.filters import FILTERS, Filter
from api.pages.routing import ROUTES
from tests.api.pages.browser import visiting
from tests.api.pages.test_console import operator
from tests.api.pages.test_console_deliveries import endpoint_of
from tests.app_under_test import AppUnderTest
from texts.catalogue import Language, translated

CHOSEN = "lost"
WRONG = {
    "q": "x" * 201,
    **dict.fromkeys(("person", "by", "on"), "some/body"),
    **dict.fromkeys(("from", "to", "since"), "soon"),
    "reference": "x" * 101,
    "cursor": "nowhere",
    "after": "later",
}
"""By their fields; where there are choices, it is none of them."""

FORMS = (
    *("/console", "/console/orders", "/console/people", "/console/transfers", "/console/journal"),
    *("/console/pay-ins", "/console/payouts", "/console/provider-events"),
)
NO_FILTERS = {"sort"}
"""What arranges a list: another value of it is the usual order."""


EVERY_FILTER = [(route, name) for route, filters in FILTERS.items() for name in filters]


def text_of(html: str) -> str:
    """The words of a page, without the signs that close a direction of writing."""
    words = unescape(re.sub(r"<[^>]+>", " ", html))
    return re.sub(r"[\u2066-\u2069]", "", words)


async def page_of(app: AppUnderTest, route: str) -> str:
    """Where a route is, for things that are there."""
    play = await app.place_order()
    return route.format_map(
        {
            "order_id": play.order["id"],
            "endpoint_id": await endpoint_of(app) if "endpoint_id" in route else "",
        }
    )


def said(one: Filter, language: Language) -> list[str]:
    """What a page has to say of a filter: its label, what can be written, each choice."""
    begins = translated(language, one.possible).partition("%(")[0]
    choices = (translated(language, words) for words in one.choices.values())
    return [translated(language, one.label), begins, *choices]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("route", "name"), EVERY_FILTER)
async def test_a_filter_that_is_refused_is_named_with_what_is_possible(
    route: str, name: str, language: Language, app: AppUnderTest
) -> None:
    here = await page_of(app, route.replace("{user_id:path}", "somebody"))
    one = FILTERS[route][name]
    wrong = CHOSEN if one.choices else WRONG[name]
    async with visiting(app, operator()) as visit:
        answer = await visit.get(f"{here}?{name}={wrong}", Accept_Language=language.value)
        told = text_of(answer.text)
        without = await visit.get(here.removesuffix(".csv"))
    assert 422 == answer.status_code
    assert [] == [words for words in said(one, language) if words not in told]
    assert f'href="{here.removesuffix(".csv")}"' in answer.text
    assert 200 == without.status_code


async def test_what_else_was_looked_for_stays(app: AppUnderTest) -> None:
    query = "q=logo&state=lost&need=&cursor=x&from=2026-01-01"
    async with visiting(app, operator()) as visit:
        answer = await visit.get(f"/console/orders?{query}")
        chosen = "/console/orders?q=logo&from=2026-01-01"
        links = [unescape(one) for one in re.findall(r'href="([^"]+)"', answer.text)]
        assert {chosen, f"{chosen}&state=in_progress"} <= set(links)
        assert 200 == (await visit.get(f"{chosen}&state=in_progress")).status_code


@pytest.mark.parametrize("page", FORMS)
async def test_every_field_of_a_form_is_a_filter(page: str, app: AppUnderTest) -> None:
    async with visiting(app, operator()) as visit:
        html = (await visit.get(page)).text
    (form,) = re.findall(r'<form [^>]*action="([^"]+)" method="get">(.*?)</form>', html, re.DOTALL)
    names = set(re.findall(r'name="([a-z]+)"', form[1]))
    assert names
    assert names - NO_FILTERS <= set(FILTERS[form[0]])


def test_every_filter_is_of_a_page() -> None:
    routes = (route for one in ROUTES for route in one.router.routes)
    assert set(FILTERS) <= {route.path for route in routes if isinstance(route, APIRoute)}
