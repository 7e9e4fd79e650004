"""The operators' home: what needs a person stands there, and nobody else comes in."""

import re

import pytest

from db import last_checks
from db.audit import Finding, Proof
from db.pool import connection
from tests.api.pages.browser import visiting
from tests.app_under_test import AppUnderTest, Person, eventually, somebody

PAGES = ["/console", "/console/charts/escrow/table", "/console/charts/orders/table"]


def operator() -> Person:
    """An operator; a link signs in once, so that each visit is another's."""
    return somebody("operator", "operator")


def heading(html: str) -> str:
    """The words of a page's one first heading."""
    (found,) = re.findall(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    return str(found)


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_for_operators_alone(page: str, app: AppUnderTest) -> None:
    for who, status in (
        (operator(), 200),
        (somebody("m", "mediator"), 403),
        (somebody("u"), 403),
        (None, 401),
    ):
        async with visiting(app, who) as visit:
            answer = await visit.get(page)
            assert answer.status_code == status, (who, answer.text)
            assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_page_is_in_its_readers_language(
    page: str, language: str, app: AppUnderTest
) -> None:
    await app.place_order()
    async with visiting(app, operator()) as visit:
        answer = await visit.get(page, Accept_Language=language)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert "style=" not in answer.text
    heading(answer.text)


async def test_what_is_late_is_counted_and_leads_to_its_list(app: AppUnderTest) -> None:
    late = await app.place_order(delivery_time="PT1S")
    await late.act("accept", late.seller)

    async def is_late() -> bool:
        return bool((await late.now())["late"])

    await eventually(is_late)
    async with visiting(app, operator()) as visit:
        home = await visit.get("/console", Accept_Language="en")
        listed = await visit.get("/console/orders?need=late", Accept_Language="en")
    assert 'href="/console/orders?need=late"' in home.text
    assert "need" in heading(home.text)
    assert f'href="/console/orders/{late.order["id"]}"' in listed.text


async def test_a_title_is_shown_as_it_is_written(app: AppUnderTest) -> None:
    bad = "<script>alert(1)</script>"
    order = await app.place_order(title=bad, delivery_time="PT1S")
    await order.act("accept", order.seller)

    async def is_late() -> bool:
        return bool((await order.now())["late"])

    await eventually(is_late)
    async with visiting(app, operator()) as visit:
        home = await visit.get("/console")
        assert bad not in home.text


async def test_findings_of_the_last_check_need_a_person(app: AppUnderTest) -> None:
    wrong = Finding("escrow", "order 1", "holds <b>5</b> cents")
    async with connection(app.pool) as acquired:
        await last_checks.note(acquired, "full", Proof(3, [wrong], []))
    async with visiting(app, operator()) as visit:
        found = await visit.get("/console", Accept_Language="en")
    async with connection(app.pool) as acquired:
        await last_checks.note(acquired, "full", Proof(3, [], []))
    async with visiting(app, operator()) as visit:
        sound = await visit.get("/console", Accept_Language="en")
    assert "one finding" in found.text
    assert "one finding" not in sound.text


async def test_charts_get_their_numbers_as_json(app: AppUnderTest) -> None:
    await app.place_order()
    async with visiting(app, operator()) as visit:
        money = (await visit.get("/console/charts/escrow?currency=EUR")).json()
        states = (await visit.get("/console/charts/orders")).json()
        strange = await visit.get("/console/charts/escrow?currency=%00<b>")
    assert money["lines"][0]["values"][-1] >= 20
    assert len(money["days"]) == len(money["lines"][0]["values"])
    assert len(states["lines"]) == 6
    assert strange.status_code == 200
    async with visiting(app, somebody("m", "mediator")) as visit:
        assert (await visit.get("/console/charts/escrow")).status_code == 403
