"""Operators see what people have paid out and what became of it, and a second person decides about
large ones."""

import re
from uuid import UUID, uuid4

import httpx
import pytest

from api.pages.console.payment_words import TO_DO, TO_DO_OF_PAYOUTS
from api.pages.console.payout_facts import DEEDS
from api.pages.forms import TOKEN
from api.pages.routes import console_payouts
from db import payouts
from db.payouts import NewRow
from db.pool import connection
from domain.operator_deeds import Deed
from domain.payments import PayoutState
from tests.api.pages.browser import Visit, hidden, visiting
from tests.api.pages.form_filling import form_to, send
from tests.api.pages.test_console import heading, operator
from tests.api.pages.test_money_once import lead_to_one_place, pressed
from tests.api.pages.test_order_page import MISSING, words
from tests.api.test_pay_ins import held, outcome_of, tell
from tests.api.test_payouts import (
    FAILED,
    PAID,
    asked,
    at_rest,
    come_to,
    earner,
    found,
    handed_over,
    times,
)
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    AppUnderTest,
    Json,
    Person,
    eventually,
    somebody,
)
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts, said_of_payout
from worker import paying_worker

LIST = "/console/payouts"
SCRIPT = "<script>alert(1)</script>"
UI = "https://temporal.example"
SINCE = r"since \d+ \w+ 20\d\d at \d\d:\d\d that nobody approved,"


def page_of(payout: Json) -> str:
    """Where a payout is seen by those who operate."""
    return f"{LIST}/{payout['id']}"


async def large(shop: ApiClient, payer: PaperPayouts, amount: int = 9_000) -> tuple[Person, Json]:
    """Somebody with 200.00 EUR, and a payout of theirs that waits for a second person."""
    seller = await earner(shop, payer, 20_000)
    payout: Json = (await asked(shop, seller, amount)).json()
    assert "requested" == payout["state"]
    return seller, payout


async def token_of(visit: Visit) -> str:
    return hidden((await visit.get("/settings")).text, TOKEN)


async def sent(visit: Visit, where: str, **fields: str) -> httpx.Response:
    """A form of one's own that nobody was shown."""
    return await visit.client.post(where, data={TOKEN: await token_of(visit), **fields})


async def test_payouts_are_for_operators_alone(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    _, payout = await large(payout_shop, payer)
    for who, status in (
        (operator(), 200),
        (somebody("s", "support"), 200),
        (somebody("f", "finance"), 200),
        (somebody("m", "mediator"), 403),
        (somebody("p", "provider"), 403),
        (somebody("u"), 403),
        (None, 401),
    ):
        async with visiting(app, who, payout_shop) as visit:
            for where in (LIST, page_of(payout)):
                assert status == (await visit.get(where)).status_code, who


async def test_without_a_provider_it_is_said_so(app: AppUnderTest, payout_shop: ApiClient) -> None:
    said_so = "No payment provider is connected here"
    async with visiting(app, operator()) as visit:
        assert said_so in (await visit.get(LIST)).text
    async with visiting(app, operator(), payout_shop) as visit:
        assert said_so not in (await visit.get(LIST)).text
        for nothing in ("nonsense", UUID(int=1)):
            assert 404 == (await visit.get(f"{LIST}/{nothing}")).status_code


async def test_a_payout_whose_provider_is_not_connected_is_said_to_stand_still(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await large(payout_shop, payer)
    said_so = "Nobody carries on what is under way at paper, which is not connected here."
    places = (f"{LIST}?person={seller.id}", page_of(payout))
    async with visiting(app, operator(), payout_shop) as visit:
        for where in places:
            assert said_so not in (await visit.get(where)).text
    async with visiting(app, operator()) as visit:
        for where in places:
            assert said_so in words((await visit.get(where)).text)
        refused = {"reason": "It is too much.", TOKEN: await token_of(visit)}
        await visit.client.post(f"{page_of(payout)}/refuse", data=refused)
        for where in places:
            assert said_so not in words((await visit.get(where)).text)


async def test_the_list_is_narrowed_by_state_and_person_and_goes_on(
    app: AppUnderTest,
    payout_shop: ApiClient,
    payer: PaperPayouts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console_payouts, "ON_A_PAGE", 1)
    seller, first = await large(payout_shop, payer)
    second = (await asked(payout_shop, seller, 6_000)).json()
    small = (await asked(payout_shop, seller, 100)).json()
    await payout_shop.call("PUT", f"/v1/users/{seller.id}", OPERATOR, {"name": "Ana <Lima>"})
    async with visiting(app, operator(), payout_shop) as visit:
        for query, newest, oldest in (
            (f"person={seller.id}", small, None),
            (f"person={seller.id}&state=requested", second, first),
            ("state=requested", second, None),
        ):
            page = (await visit.get(f"{LIST}?{query}")).text
            assert f'href="{page_of(newest)}"' in page
            assert "Ana &lt;Lima&gt;" in page
            onward = re.search(r'href="([^"]*)" rel="next"', page)
            assert onward is not None
            rest = (await visit.get(onward[1].replace("&amp;", "&"))).text
            assert page_of(newest) not in rest
            assert 'rel="prev"' in rest
            assert oldest is None or f'href="{page_of(oldest)}"' in rest
        none = (await visit.get(f"{LIST}?person={seller.id}&state=returned")).text
        assert "No payout fits." in none
        for odd in ("state=gone", "person=a/b", "cursor=nonsense"):
            assert 422 == (await visit.get(f"{LIST}?{odd}")).status_code
        person = (await visit.get(f"/console/people/{seller.id}")).text
        assert f'href="{LIST}?person={seller.id}"' in person


async def test_why_the_provider_says_nothing_is_read_by_who_operates(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payer.away = True
    payout = (await asked(payout_shop, seller)).json()
    await eventually(
        lambda: found(payout_shop, OPERATOR, payout), lambda one: one["silence"] is not None
    )
    async with visiting(app, operator(), payout_shop) as visit:
        page = words((await visit.get(page_of(payout))).text)
    assert "The payment provider does not say what becomes of it since " in page
    assert "nobody answers" in page
    async with visiting(app, seller, payout_shop) as visit:
        own = (await visit.get(f"/wallet/payouts/{payout['id']}")).text
    assert "nobody answers" not in own
    payer.away = False


async def test_a_second_person_approves_once_however_often_they_press(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await large(payout_shop, payer)
    where, fiona = page_of(payout), somebody("fiona", "finance")
    async with visiting(app, fiona, payout_shop) as visit:
        page = (await visit.get(where)).text
        assert "Payout of €90.00" == heading(page)
        assert page.index("nobody can take it back") < page.index("Approve €90.00")
        other_tab = page
        fields = form_to(page, f"{where}/approve").fields
        lead_to_one_place(await pressed(visit, f"{where}/approve", fields))
        await handed_over(payout_shop, seller, payout)
        after = (await visit.get(where)).text
        assert f'action="{where}/approve"' not in after
        late = await send(visit, other_tab, f"{where}/refuse", reason="Too late.")
        assert 409 == late.status_code
        assert "does not wait for approval any more" in late.text
    said = words(after)
    assert f"Approved by {fiona.id}" in said
    assert "it was asked once to pay" in said
    assert f'href="/console/journal?on={payout["id"]}"' in after
    assert 1 == times(payer, payout)
    assert [eur(11_000)] == await held(payout_shop, seller)


@pytest.mark.parametrize(
    ("before", "amount", "why"),
    [
        ((), 9_000, "By itself it is more than the €50.00 that go out without a second person."),
        ((4_000,), 9_000, "By itself it is more than the €50.00"),
        ((4_000,), 2_000, f"Together with one other {SINCE} it comes to €60.00: more than the €50"),
        (
            (4_000, 900),
            200,
            f"Together with 2 others {SINCE} it comes to €51.00: more than the €50",
        ),
    ],
    ids=["alone", "alone beside another", "with one other", "with others"],
)
async def test_who_decides_reads_why_they_are_asked_then_and_afterwards(
    before: tuple[int, ...],
    amount: int,
    why: str,
    app: AppUnderTest,
    payout_shop: ApiClient,
    payer: PaperPayouts,
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    for one in before:
        assert "pending" == (await asked(payout_shop, seller, one)).json()["state"]
    payout = (await asked(payout_shop, seller, amount)).json()
    where = page_of(payout)
    async with visiting(app, operator(), payout_shop) as visit:
        page = (await visit.get(where)).text
        assert re.search(f"It waits for a second person {why}", words(page))
        assert f'href="{LIST}?person={seller.id}"' in page
        assert 303 == (await send(visit, page, f"{where}/approve")).status_code
        after = words((await visit.get(where)).text)
    assert re.search(f"Why a second person was asked {why}", after)


async def test_of_what_waits_from_before_that_was_kept_nothing_is_said(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    new = NewRow(uuid4(), seller.id, 500, "EUR", "paper", "account-1", PayoutState.REQUESTED)
    async with connection(app.pool) as acquired:
        await payouts.add(acquired, new)
    async with visiting(app, operator(), payout_shop) as visit:
        page = words((await visit.get(f"{LIST}/{new.id}")).text)
    assert "It waits for a second person Approved, it is given" in page


async def test_who_refuses_says_why_and_its_owner_reads_it(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await large(payout_shop, payer)
    where, why = page_of(payout), f"Send us an invoice. {SCRIPT}"
    async with visiting(app, operator(), payout_shop) as visit:
        page = (await visit.get(where)).text
        for unsaid in ("", "  ", "x" * 201, "a\x00b"):
            wrong = await send(visit, page, f"{where}/refuse", reason=unsaid)
            assert 422 == wrong.status_code
            assert 'id="field-refuse-reason-error"' in wrong.text
            assert "It waits for a second person" in wrong.text
        assert "requested" == (await found(payout_shop, seller, payout))["state"]
        kept = await send(visit, wrong.text, f"{where}/refuse", reason=why)
        assert (303, where) == (kept.status_code, kept.headers["Location"])
        after = (await visit.get(where)).text
        assert "Not approved" in after
        assert "Send us an invoice. &lt;script&gt;" in after
        assert ("it is asked by itself each hour" in page, "each hour" in after) == (True, False)
        assert SCRIPT not in after
        listed = (await visit.get(f"/console/journal?on={payout['id']}")).text
        assert f'href="{where}"' in listed
    assert [eur(20_000)] == await held(payout_shop, seller)
    assert why == (await found(payout_shop, seller, payout))["reason"]
    await at_rest(app, payout)
    assert 0 == times(payer, payout)


async def test_nobody_decides_about_their_own(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await large(payout_shop, payer)
    where, themself = page_of(payout), Person(seller.id, ("user", "finance"))
    async with visiting(app, themself, payout_shop) as visit:
        page = (await visit.get(where)).text
        assert "somebody else has to decide" in page
        for deed in ("approve", "refuse"):
            assert f'action="{where}/{deed}"' not in page
            refused = await sent(visit, f"{where}/{deed}", key=deed, reason="So.")
            assert 403 == refused.status_code
            assert "Somebody else than who asked for it" in refused.text
            assert "Payout of €90.00" == heading(refused.text)
    assert "requested" == (await found(payout_shop, seller, payout))["state"]


async def test_who_may_not_decide_is_told_who_may(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await large(payout_shop, payer)
    where = page_of(payout)
    async with visiting(app, somebody("support", "support"), payout_shop) as visit:
        page = (await visit.get(where)).text
        assert "Approving a payout is left to: operator, finance." in page
        for deed in ("approve", "refuse"):
            assert f'action="{where}/{deed}"' not in page
            answer = await sent(visit, f"{where}/{deed}", key=deed, reason="So.")
            assert 403 == answer.status_code
    assert "requested" == (await found(payout_shop, seller, payout))["state"]


async def test_what_was_taken_back_meanwhile_is_not_approved(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await large(payout_shop, payer)
    where = page_of(payout)
    async with visiting(app, operator(), payout_shop) as visit:
        page = (await visit.get(where)).text
        back = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
        assert 200 == back.status_code
        late = await send(visit, page, f"{where}/approve")
    assert 409 == late.status_code
    assert "Taken back before it was paid" in late.text
    assert "does not wait for approval any more" in late.text
    await at_rest(app, payout)
    assert 0 == times(payer, payout)


async def test_a_payout_shows_what_happened_and_what_was_said_of_it(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payer.lost = 1
    payout = (await asked(payout_shop, seller)).json()
    await handed_over(payout_shop, seller, payout)
    events = []
    for state, kind in ((PayoutState.PAID, PAID), (PayoutState.FAILED, FAILED)):
        payer.goes_on(payout, state, f"closed {SCRIPT}" if kind is FAILED else None)
        events.append(said_of_payout(kind, payout))
        await tell(payout_shop, events[-1])
        await outcome_of(payout_shop, events[-1])
    await come_to(payout_shop, seller, payout, "returned")
    async with visiting(app, operator(), payout_shop) as visit:
        page = (await visit.get(page_of(payout))).text
        assert page.index(events[0]["id"]) < page.index(events[1]["id"])
        said = words(page)
        assert "it was asked 2 times to pay, under one key" in said
        assert said.index("Asked for") < said.rindex("Given to the payment provider")
        assert "closed &lt;script&gt;" in page
        assert SCRIPT not in page
        assert f'href="/console/people/{seller.id}"' in page
        moved = re.findall(r'href="(/console/transfers/[^"]*)"', page)
        assert 3 == len(moved)
        assert {200} == {(await visit.get(one)).status_code for one in moved}


async def test_what_needs_a_person_leads_to_its_payout_and_says_what_to_do(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payout = (await asked(payout_shop, seller)).json()
    await handed_over(payout_shop, seller, payout)
    event = said_of_payout(PAID, payout, money=eur(1_499))
    await tell(payout_shop, event)
    assert "differs" == await outcome_of(payout_shop, event)
    async with visiting(app, operator(), payout_shop) as visit:
        for where in ("/console/provider-events?outcome=differs", page_of(payout)):
            page = (await visit.get(where)).text
            assert event["id"] in page
            assert "write down as paid out by hand" in page
        listed = (await visit.get("/console/provider-events?outcome=differs")).text
        assert f'href="{page_of(payout)}">{seller.id}</a>' in listed
        assert "let the payer begin again" not in page


async def test_the_home_counts_those_that_wait_and_leads_to_them(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    await large(payout_shop, payer)
    where = f"{LIST}?state=requested"
    async with visiting(app, operator(), payout_shop) as visit:
        page = (await visit.get("/console")).text
        tile = re.search(rf'href="{re.escape(where)}"><span class="n">(\d+)<', page)
        assert tile is not None
        await large(payout_shop, payer)
        later = (await visit.get("/console")).text
    assert f'href="{where}"><span class="n">{int(tile[1]) + 1}<' in later


async def test_the_way_to_its_workflow_is_shown_where_it_is_known(
    app: AppUnderTest, payer: PaperPayouts
) -> None:
    async with (
        app.with_settings(temporal_ui=UI, relay_pause=0.05) as shop,
        paying_worker(app.temporal, app.pool, payer),
        visiting(app, operator(), shop) as visit,
    ):
        seller = await earner(shop, payer)
        payout = (await asked(shop, seller)).json()
        await handed_over(shop, seller, payout)
        page, nobody = (await visit.get(page_of(payout))).text, UUID(int=1)
        assert f'href="{page_of(payout)}/workflow"' in page
        led = await visit.get(f"{page_of(payout)}/workflow")
        lost = await visit.get(f"{LIST}/{nobody}/workflow")
        no_id = await visit.get(f"{LIST}/x/workflow")
    name = f"payout-{payout['id']}"
    run = (await app.temporal.get_workflow_handle(name).describe()).run_id
    at = f"{UI}/namespaces/{app.temporal.namespace}/workflows"
    assert (303, f"{at}/{name}/{run}/history") == (led.status_code, led.headers["Location"])
    assert f"{at}?query=WorkflowId%20%3D%20%27payout-{nobody}%27" == lost.headers["Location"]
    assert 404 == no_id.status_code
    async with visiting(app, operator()) as visit:
        assert "/workflow" not in (await visit.get(page_of(payout))).text
        assert 404 == (await visit.get(f"{page_of(payout)}/workflow")).status_code


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_page_is_in_its_readers_language(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts, language: str
) -> None:
    seller, payout = await large(payout_shop, payer)
    await payout_shop.post(f"/v1/payouts/{payout['id']}/approve", somebody("f", "finance"))
    waits = (await asked(payout_shop, seller, 5_500)).json()
    assert "pending" == (await asked(payout_shop, seller, 4_500)).json()["state"]
    in_parts = (await asked(payout_shop, seller, 600)).json()
    pages = [page_of(one) for one in (payout, waits, in_parts)]
    async with visiting(app, operator(), payout_shop) as visit:
        for path in (LIST, f"{LIST}?state=requested", *pages):
            answer = await visit.get(path, Accept_Language=language)
            assert 200 == answer.status_code
            assert f'<html lang="{language}"' in answer.text
            assert [] == MISSING.findall(words(answer.text))
            assert 'href="/console/transfers" aria-current="page"' in answer.text
            assert "style=" not in answer.text


def test_what_is_decided_and_said_of_payouts_has_its_words() -> None:
    assert set(TO_DO) == set(TO_DO_OF_PAYOUTS)
    assert {Deed.APPROVE_PAYOUT, Deed.REFUSE_PAYOUT} == set(DEEDS)
