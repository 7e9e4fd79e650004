"""Operators see what people pay in, what the payment provider said, and what they have to do."""

import re
from uuid import uuid4

import asyncpg
import pytest

from api.pages.console.payment_words import KINDS, OUTCOMES, TO_DO, to_do
from api.pages.routes import console_pay_ins, console_provider_events
from db import provider_events
from db.pool import connection
from domain.payments import NEEDS_A_PERSON, OF_DISPUTES, EventOutcome, ProviderEventKind
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.test_console import heading, operator
from tests.api.pages.test_order_page import MISSING, words
from tests.api.test_chargebacks import OPENED, becomes, disputes, paid_order
from tests.api.test_pay_ins import FAILED, PAID, ended, outcome_of, started, tell
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, Json, Person, somebody
from tests.providers.paper import said

LISTS = ("/console/pay-ins", "/console/provider-events")
SCRIPT = "<script>alert(1)</script>"


async def differing(shop: ApiClient, who: Person) -> tuple[Json, Json]:
    """A payment of 20.00 EUR of which the provider took less, and what it said of that."""
    pay_in = (await started(shop, who)).json()
    event = said(PAID, pay_in, money={"amount": 1999, "currency": "EUR"}, reason=SCRIPT)
    await tell(shop, event)
    assert "differs" == await outcome_of(shop, event)
    return pay_in, event


async def unknown(
    shop: ApiClient, kind: ProviderEventKind = PAID, reference: str = "paper-lost"
) -> Json:
    """What the provider said of a payment, or of a dispute of one, that is not known here."""
    nobodys = {"id": None, "amount": {"amount": 700, "currency": "EUR"}}
    event = said(kind, nobodys, reference=reference)
    await tell(shop, event)
    return event


@pytest.mark.parametrize("page", LISTS)
async def test_payments_are_for_operators_alone(app: AppUnderTest, page: str) -> None:
    for who, status in (
        (operator(), 200),
        (somebody("s", "support"), 200),
        (somebody("m", "mediator"), 403),
        (somebody("u"), 403),
        (None, 401),
    ):
        async with visiting(app, who) as visit:
            assert status == (await visit.get(page)).status_code


@pytest.mark.parametrize("page", LISTS)
async def test_without_a_provider_it_is_said_so(
    app: AppUnderTest, shop: ApiClient, page: str
) -> None:
    said_so = "No payment provider is connected here"
    async with visiting(app, operator()) as visit:
        assert said_so in (await visit.get(page)).text
    async with visiting(app, operator(), shop) as visit:
        assert said_so not in (await visit.get(page)).text


async def test_a_payment_whose_provider_is_not_connected_is_said_to_stand_still(
    app: AppUnderTest, shop: ApiClient
) -> None:
    who = somebody("payer")
    pay_in = (await started(shop, who)).json()
    said_so = "Nobody carries on what is under way at paper, which is not connected here."
    places = (f"/console/pay-ins?person={who.id}", f"/console/pay-ins/{pay_in['id']}")
    for api, is_said in ((shop, False), (app.api, True)):
        async with visiting(app, operator(), api) as visit:
            for where in places:
                assert is_said is (said_so in words((await visit.get(where)).text))
    await tell(shop, said(PAID, pay_in))
    await ended(shop, who, pay_in, "paid")
    async with visiting(app, operator()) as visit:
        for where in places:
            assert said_so not in words((await visit.get(where)).text)


async def test_what_needs_a_person_says_what_to_do_and_leads_to_whose_it_is(
    app: AppUnderTest, shop: ApiClient
) -> None:
    who = somebody("payer")
    await app.api.call("PUT", f"/v1/users/{who.id}", OPERATOR, {"name": "Ana <Lima>"})
    (pay_in, differs), theirs = await differing(shop, who), await unknown(shop)
    async with visiting(app, operator(), shop) as visit:
        page = (await visit.get("/console/provider-events?outcome=person")).text
        for event in (differs, theirs):
            assert event["id"] in page
        assert SCRIPT not in page
        assert f'href="/console/pay-ins/{pay_in["id"]}">Ana &lt;Lima&gt;</a>' in page
        assert "took another amount or currency" in page
        assert "a payment that is not known here" in page
        alone = (await visit.get("/console/provider-events?outcome=differs")).text
        assert differs["id"] in alone
        assert theirs["id"] not in alone
        assert "a payment that is not known here" not in alone
        assert 422 == (await visit.get("/console/provider-events?outcome=gone")).status_code


async def test_nobody_is_told_to_pay_in_what_a_bank_asks_back(
    app: AppUnderTest, shop: ApiClient
) -> None:
    who = somebody("payer")
    pay_in = (await started(shop, who)).json()
    await tell(shop, said(PAID, pay_in))
    await ended(shop, who, pay_in, "paid")
    larger = {"amount": pay_in["amount"]["amount"] + 1, "currency": "EUR"}
    event = await disputes(shop, OPENED, pay_in, money=larger)
    assert "differs" == await outcome_of(shop, event)
    async with visiting(app, operator(), shop) as visit:
        page = (await visit.get(f"/console/pay-ins/{pay_in['id']}")).text
    assert "a dispute that is larger than the payment" in page
    assert "pay in by hand" not in page


async def test_a_payment_shows_what_became_of_it_and_what_was_said(
    app: AppUnderTest, shop: ApiClient
) -> None:
    who = somebody("payer")
    pay_in = (await started(shop, who)).json()
    events = [said(FAILED, pay_in, reason="No money."), said(PAID, pay_in)]
    for event in events:
        await tell(shop, event)
        await outcome_of(shop, event)
    paid = await ended(shop, who, pay_in, "paid")
    async with visiting(app, operator(), shop) as visit:
        page = (await visit.get(f"/console/pay-ins/{pay_in['id']}")).text
        assert "Payment of €20.00" == heading(page)
        assert page.index(events[0]["id"]) < page.index(events[1]["id"])
        for where in (f"/console/transfers/{paid['transfer_id']}", f"/console/people/{who.id}"):
            assert f'href="{where}"' in page
        assert "paper.example.org" not in page
        listed = (await visit.get(f"/console/pay-ins?person={who.id}")).text
        assert f'href="/console/pay-ins/{pay_in["id"]}"' in listed
        nobody = (await visit.get("/console/pay-ins?person=nobody-at-all")).text
        assert "They have paid nothing in" in nobody
        of_person = (await visit.get(f"/console/people/{who.id}")).text
        assert f'href="/console/pay-ins?person={who.id}"' in of_person
        for nothing in ("nonsense", "00000000-0000-4000-8000-000000000000"):
            assert 404 == (await visit.get(f"/console/pay-ins/{nothing}")).status_code


async def test_the_home_counts_what_matches_nothing_once_and_leads_to_it(
    app: AppUnderTest, shop: ApiClient
) -> None:
    async with visiting(app, operator(), shop) as visit:
        before = await unmatched(visit)
        await unknown(shop, reference=f"paper-{uuid4()}")
        assert before + 1 == await unmatched(visit)
        dispute = f"dispute-{uuid4()}"
        for kind in OF_DISPUTES:
            event = await unknown(shop, kind, dispute)
            assert "theirs_only" == await outcome_of(shop, event)
            assert before + 2 == await unmatched(visit)
        listed = (await visit.get("/console/provider-events?outcome=person")).text
    assert listed.count(dispute) == len(OF_DISPUTES)
    assert "can have several, under the same reference" in listed


async def unmatched(visit: Visit) -> int:
    """How many payments match nothing, as the home of the console counts them."""
    where = "/console/provider-events?outcome=person"
    page = (await visit.get("/console")).text
    tile = re.search(rf'href="{re.escape(where)}"><span class="n">(\d+)<', page)
    assert tile is not None
    return int(tile[1])


async def test_who_paid_what_a_bank_takes_back_is_called_by_name(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    path = f"/v1/users/{in_play.buyer.id}"
    assert 200 == (await shop.call("PUT", path, OPERATOR, {"name": SCRIPT})).status_code
    await disputes(shop, OPENED, pay_in)
    await becomes(in_play, payment_hold=True)
    async with visiting(app, operator(), shop) as visit:
        listed = (await visit.get("/console/chargebacks")).text
    link = f'<a href="/console/people/{in_play.buyer.id}">&lt;script&gt;alert(1)&lt;/script&gt;</a>'
    assert f'{link}<small class="mono">{in_play.buyer.id}</small>' in listed
    assert SCRIPT not in listed


async def test_lists_go_on(
    app: AppUnderTest, shop: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = somebody("payer")
    monkeypatch.setattr(console_pay_ins, "ON_A_PAGE", 1)
    monkeypatch.setattr(console_provider_events, "ON_A_PAGE", 1)
    (first, _), (second, _) = await differing(shop, who), await differing(shop, who)
    async with visiting(app, operator(), shop) as visit:
        for where in (f"/console/pay-ins?person={who.id}", LISTS[1] + "?outcome=differs"):
            page = (await visit.get(where)).text
            assert second["id"] in page
            assert first["id"] not in page
            onward = re.search(r'href="([^"]*)" rel="next"', page)
            assert onward is not None
            rest = await visit.get(onward[1].replace("&amp;", "&"))
            assert first["id"] in rest.text
            assert second["id"] not in rest.text
            assert 'rel="prev"' in rest.text
            assert 422 == (await visit.get(f"{LISTS[0]}?cursor=nonsense")).status_code


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_list_is_in_its_readers_language(
    app: AppUnderTest, shop: ApiClient, language: str
) -> None:
    pay_in, _ = await differing(shop, somebody("payer"))
    async with visiting(app, operator(), shop) as visit:
        for path in (*LISTS, f"/console/pay-ins/{pay_in['id']}", "/console/transfers"):
            answer = await visit.get(path, Accept_Language=language)
            assert f'<html lang="{language}"' in answer.text
            assert [] == MISSING.findall(words(answer.text))
            assert 'href="/console/transfers" aria-current="page"' in answer.text
            assert "style=" not in answer.text


async def test_what_a_later_release_says_is_something_else_here(
    app: AppUnderTest, shop: ApiClient
) -> None:
    event = await unknown(shop)
    owner = await asyncpg.connect(app.database_url)
    changed = "UPDATE provider_events SET kind = 'refund_made' WHERE id = $1"
    await owner.execute(changed, event["id"])
    await owner.close()
    async with connection(app.pool) as acquired:
        found = await provider_events.page(acquired, [], None, 100)
    assert "refund_made" in [one.kind for one in found]
    async with visiting(app, operator(), shop) as visit:
        assert "Something else" in (await visit.get(LISTS[1])).text


def test_everything_that_is_said_and_comes_of_it_has_its_words() -> None:
    assert set(ProviderEventKind) == set(KINDS)
    assert set(EventOutcome) == set(OUTCOMES)
    assert set(NEEDS_A_PERSON) == set(TO_DO)


@pytest.mark.parametrize("kind", [*OF_DISPUTES, ProviderEventKind.ACCOUNT_CHANGED])
def test_what_is_said_of_no_payment_has_words_of_its_own(kind: ProviderEventKind) -> None:
    advice = [said_so for one in NEEDS_A_PERSON if (said_so := to_do(kind, one)) is not None]
    assert advice
    assert [] == [said_so for said_so in advice if "by hand" in said_so]
    assert to_do(kind, EventOutcome.APPLIED) is None
