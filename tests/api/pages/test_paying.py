"""Who pays into their wallet knows before what happens, and then where it stands."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import Request

from api.pages.pay_in_page import HEADLINES, LEADS, WHERE
from api.pages.pay_in_stage import LABELS, Stage
from api.pages.paying import home_of
from api.pages.routes import wallet_pay_ins
from db import pay_ins
from db.pool import connection
from providers.protocol import StartedPayIn
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.form_filling import form_to, send
from tests.api.pages.pay_in_forms import NEW, as_pay_in, begun, poor
from tests.api.pages.test_console import heading, operator
from tests.api.pages.test_order_page import MISSING, words
from tests.api.test_pay_ins import FAILED, LAPSED, PAID, ended, held, tell
from tests.app_under_test import ApiClient, AppUnderTest, somebody
from tests.providers.paper import PaperProvider, said

SCRIPT = "<script>alert(1)</script>"


async def looked_again(visit: Visit, html: str) -> httpx.Response:
    """What a page that is open is answered when it looks again by itself."""
    found = re.search(r'id="ask" hx-get="([^"]*)" hx-trigger="every \d+s"', html)
    assert found is not None
    return await visit.client.get(found[1], headers={"HX-Request": "true"})


async def test_the_wallet_leads_to_a_payment_where_a_provider_takes_them(
    app: AppUnderTest, shop: ApiClient
) -> None:
    who = somebody("saver")
    async with visiting(app, who, shop) as visit:
        assert f'href="{NEW}"' in (await visit.get("/wallet")).text
    async with visiting(app, somebody("poor")) as visit:
        assert NEW not in (await visit.get("/wallet")).text
        page = await visit.get(NEW)
        assert (409, "Nobody takes payments here") == (page.status_code, heading(page.text))


async def test_a_payment_is_begun_once_however_often_its_form_is_sent(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    who = somebody("saver")
    async with visiting(app, who, shop) as visit:
        form = (await visit.get(NEW)).text
        assert form.index("takes nothing yet") < form.index("Go on to the payment")
        fields = {"amount": "12.50", "currency": "EUR"}
        places = {(await send(visit, form, NEW, **fields)).headers["Location"] for _ in range(3)}
        (where,) = places
        page = (await visit.get(where)).text
        (asked,) = {one.id: one for one in provider.asked if one.user_id == who.id}.values()
        assert f'href="https://paper.example.org/{asked.id}"' in page
        home = str(shop.client.base_url).rstrip("/")
        assert f"{home}{where}?back=1" == asked.return_url
        assert "Pay €12.50 at the payment provider" == heading(page)
        assert [] == await held(shop, who)
        wallet = (await visit.get("/wallet")).text
        assert f'href="{where}"' in wallet.partition("Payments under way")[2]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "a lot<b>"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1,234,5"}, "amount"),
        ({"amount": "0.001"}, "amount"),
        ({"amount": "9" * 30}, "amount"),
        ({"amount": "100000000.01"}, "amount"),
        ({"amount": "1.5", "currency": "JPY"}, "amount"),
        ({"currency": "XYZ"}, "currency"),
        ({"currency": "ITL"}, "currency"),
        ({"currency": ""}, "currency"),
    ],
)
async def test_what_cannot_be_paid_comes_back_as_it_was_written(
    app: AppUnderTest,
    shop: ApiClient,
    provider: PaperProvider,
    fields: dict[str, str],
    place: str,
) -> None:
    async with visiting(app, somebody("saver"), shop) as visit:
        page = (await visit.get(NEW)).text
        written = {"amount": "20", "currency": "EUR", **fields}
        answer = await send(visit, page, NEW, **written)
    assert 422 == answer.status_code
    assert f'id="field-pay-{place}-error"' in answer.text
    assert ("amount", written["amount"]) in form_to(answer.text, NEW).fields
    assert "<b>" not in answer.text.partition('name="amount"')[2][:80]
    assert [] == provider.asked


async def test_who_has_too_many_payments_to_make_reads_so_and_not_to_wait_a_minute(
    app: AppUnderTest, shop: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pay_ins, "MOST_OPEN", 1)
    buyer, service = await poor(app, shop)
    path, wait = f"/services/{service['id']}", "payments of yours wait to be paid, and no more may."
    async with visiting(app, buyer, shop) as visit:
        form = (await visit.get(NEW)).text
        look = await send(visit, (await visit.get(path)).text, f"{path}/order", brief="Blue.")
        await begun(visit)
        more = await send(visit, form, NEW, amount="12.50", currency="EUR")
        ordered = await send(visit, look.text, f"{path}/order", step="pay")
    for answer in (more, ordered):
        assert 429 == answer.status_code
        assert wait in words(answer.text)
    assert ("amount", "12.50") in form_to(more.text, NEW).fields
    assert ("brief", "Blue.") in form_to(ordered.text, f"{path}/order").fields


async def test_a_page_that_is_open_shows_by_itself_that_the_money_came(
    app: AppUnderTest, shop: ApiClient
) -> None:
    who = somebody("saver")
    async with visiting(app, who, shop) as visit:
        where = await begun(visit)
        page = (await visit.get(where)).text
        still = await looked_again(visit, page)
        assert (200, None) == (still.status_code, still.headers.get("HX-Redirect"))
        assert 'id="ask"' in still.text
        await tell(shop, said(PAID, as_pay_in(where)))
        await ended(shop, who, as_pay_in(where), "paid")
        assert where == (await looked_again(visit, page)).headers["HX-Redirect"]
        after = (await visit.get(where)).text
        assert "€20.00 is in your wallet" == heading(after)
        assert "hx-get" not in after
        assert "paper.example.org" not in after
        assert "Payments under way" not in (await visit.get("/wallet")).text


async def test_who_comes_back_is_not_asked_to_pay_again(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    async with visiting(app, somebody("saver"), shop) as visit:
        where = await begun(visit)
        back = httpx.URL(provider.asked[-1].return_url)
        page = (await visit.get(back.raw_path.decode())).text
    assert "The payment provider has not confirmed €20.00 yet" == heading(page)
    assert "There is no need to pay again." in page
    assert "Back to the payment page" in page
    assert f'hx-get="{where}?seen=open"' in page


async def test_what_failed_or_lapsed_says_so_and_how_to_go_on(
    app: AppUnderTest, shop: ApiClient
) -> None:
    who = somebody("saver")
    async with visiting(app, await app.says(who, "fr"), shop) as visit:
        failed, lapsed = await begun(visit), await begun(visit)
        await tell(shop, said(FAILED, as_pay_in(failed), reason=f"No money. {SCRIPT}"))
        await tell(shop, said(LAPSED, as_pay_in(lapsed)))
        for where, state, headline in (
            (failed, "failed", "Le paiement de 20,00\u00a0€ a échoué"),
            (lapsed, "lapsed", "Le paiement de 20,00\u00a0€ n’a pas été fait à temps"),
        ):
            await ended(shop, who, as_pay_in(where), state)
            page = (await visit.get(where)).text
            assert headline == heading(page)
            assert SCRIPT not in page
            assert "hx-get" not in page
            assert "?amount=20%2C00&amp;currency=EUR" in page
            again = (await visit.get(f"{NEW}?amount=20%2C00&currency=EUR")).text
            assert ("amount", "20,00") in form_to(again, NEW).fields
        assert "No money. &lt;script&gt;" in (await visit.get(failed)).text


async def test_all_payments_are_listed_for_who_made_them(
    app: AppUnderTest, shop: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wallet_pay_ins, "PART", 1)
    async with visiting(app, somebody("saver"), shop) as visit:
        assert "All payments" not in (await visit.get("/wallet")).text
        first, second = await begun(visit), await begun(visit, amount="3")
        assert 'href="/wallet/pay-ins"' in (await visit.get("/wallet")).text
        page = (await visit.get("/wallet/pay-ins")).text
        assert f'href="{second}"' in page
        assert f'href="{first}"' not in page
        onward = re.search(r'href="([^"]*)" rel="next"', page)
        assert onward is not None
        assert f'href="{first}"' in (await visit.get(onward[1])).text
    async with visiting(app, somebody("other"), shop) as visit:
        assert first not in (await visit.get("/wallet/pay-ins")).text
    async with visiting(app, somebody("m", "mediator"), shop) as visit:
        assert 403 == (await visit.get("/wallet/pay-ins")).status_code


async def test_while_the_provider_is_away_the_same_form_can_be_sent_again(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    who = somebody("saver")
    async with visiting(app, who, shop) as visit:
        form, provider.away = (await visit.get(NEW)).text, True
        away = await send(visit, form, NEW, amount="20", currency="EUR")
        assert 503 == away.status_code
        listed = (await shop.get("/v1/pay-ins", who)).json()["items"]
        page = (await visit.get(f"/wallet/pay-ins/{listed[0]['id']}")).text
        assert "This payment was not begun" == heading(page)
        assert "Payments under way" not in (await visit.get("/wallet")).text
        provider.away = False
        begun = await send(visit, away.text, NEW)
        assert f"/wallet/pay-ins/{listed[0]['id']}" == begun.headers["Location"]


async def test_what_the_provider_does_not_take_is_said_in_the_form(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    provider.refuses = "pi_123: amount_too_small"
    async with visiting(app, somebody("saver"), shop) as visit:
        page = (await visit.get(NEW)).text
        answer = await send(visit, page, NEW, amount="0.01", currency="EUR")
        assert 409 == answer.status_code
        assert "does not take such a payment" in answer.text
        assert "pi_123" not in answer.text
        assert ("amount", "0.01") in form_to(answer.text, NEW).fields
        provider.refuses = ""
        assert 303 == (await send(visit, answer.text, NEW, amount="1")).status_code


async def test_a_payment_is_its_payers_alone(app: AppUnderTest, shop: ApiClient) -> None:
    async with visiting(app, somebody("saver"), shop) as visit:
        where = await begun(visit)
    for other, status in (
        (somebody("other"), 404),
        (somebody("m", "mediator"), 404),
        (operator(), 303),
        (None, 401),
    ):
        async with visiting(app, other, shop) as visit:
            answer = await visit.get(where)
            assert status == answer.status_code, other
            assert "paper.example.org" not in answer.text
    assert answer.headers.get("Location") is None
    async with visiting(app, operator(), shop) as visit:
        onward = (await visit.get(where)).headers["Location"]
        page = await visit.get(onward)
        assert 200 == page.status_code
        assert "https://paper.example.org" not in page.text
        for nothing in ("/wallet/pay-ins/nonsense", f"/wallet/pay-ins/{UUID(int=1)}"):
            assert 404 == (await visit.get(nothing)).status_code


async def test_an_address_that_is_none_of_the_web_is_no_link(
    app: AppUnderTest, shop: ApiClient
) -> None:
    async with visiting(app, somebody("saver"), shop) as visit:
        where = await begun(visit)
        number, until = UUID(as_pay_in(where)["id"]), datetime.now(UTC) + timedelta(hours=1)
        for url in ("javascript:alert(1)", "data:text/html,x", "//elsewhere.example"):
            async with connection(app.pool) as acquired:
                await pay_ins.note_place(acquired, number, StartedPayIn("r", url, until))
            page = (await visit.get(where)).text
            assert url not in page
            assert "Go to the payment page" not in page


async def test_the_time_to_pay_is_over_before_it_is_known_what_came_of_it(
    app: AppUnderTest, shop: ApiClient
) -> None:
    async with visiting(app, somebody("saver"), shop) as visit:
        where = await begun(visit)
        over = StartedPayIn("r", "https://paper.example.org/x", datetime.now(UTC))
        async with connection(app.pool) as acquired:
            await pay_ins.note_place(acquired, UUID(as_pay_in(where)["id"]), over)
        page = (await visit.get(where)).text
    assert "The time to pay €20.00 is over" == heading(page)
    assert "paper.example.org" not in page
    assert 'hx-trigger="every' in page


async def test_a_page_that_was_forgotten_does_not_look_for_ever(
    app: AppUnderTest, shop: ApiClient
) -> None:
    async with visiting(app, somebody("saver"), shop) as visit:
        where = await begun(visit)
        for minutes, often in ((20, "every 15s"), (150, "")):
            owner = await asyncpg.connect(app.database_url)
            asked_at = datetime.now(UTC) - timedelta(minutes=minutes)
            await owner.execute(
                "UPDATE pay_ins SET created_at = $2 WHERE id = $1",
                *(as_pay_in(where)["id"], asked_at),
            )
            await owner.close()
            page = (await visit.get(where)).text
            assert "Look again" in page
            assert (often in page) if often else "hx-trigger" not in page


async def test_the_payer_comes_back_to_where_the_settings_say(
    app: AppUnderTest, provider: PaperProvider
) -> None:
    home = "https://orders.example.org/shop"
    async with (
        app.with_settings(public_url=home) as shop,
        visiting(app, somebody("saver"), shop) as visit,
    ):
        where = await begun(visit)
    assert f"{home}{where}?back=1" == provider.asked[-1].return_url


@pytest.mark.parametrize(
    ("host", "home"),
    [
        (b"127.0.0.1:8000", "http://127.0.0.1:8000"),
        (b"localhost:8000", "http://localhost:8000"),
        (b"orders.example.org", "https://orders.example.org"),
    ],
)
def test_without_a_setting_they_come_back_to_where_they_were(host: bytes, home: str) -> None:
    """But for this machine a session travels encrypted, whatever stands before us."""
    app = SimpleNamespace(state=SimpleNamespace(settings=SimpleNamespace(public_url=None)))
    scope = {"type": "http", "app": app, "method": "POST", "path": NEW, "query_string": b""}
    asked = Request({**scope, "scheme": "http", "headers": [(b"host", host)]})
    assert home == home_of(asked)


@pytest.mark.parametrize("host", ["a b", "", "<b>", "x" * 300, "a:99999"])
async def test_a_name_that_is_none_begins_no_payment(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider, host: str
) -> None:
    async with visiting(app, somebody("saver"), shop) as visit:
        fields = form_to((await visit.get(NEW)).text, NEW).filled({"amount": "20"})
        answer = await visit.client.post(NEW, data=dict(fields), headers={"Host": host})
    assert answer.status_code in (303, 400, 422)
    assert all("<" not in one.return_url for one in provider.asked)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_page_is_in_its_readers_language(
    app: AppUnderTest, shop: ApiClient, language: str
) -> None:
    async with visiting(app, somebody("saver"), shop) as visit:
        where = await begun(visit)
        for path in (NEW, where, "/wallet"):
            answer = await visit.get(path, Accept_Language=language)
            assert 200 == answer.status_code
            assert f'<html lang="{language}"' in answer.text
            assert [] == MISSING.findall(words(answer.text))


@pytest.mark.parametrize("table", [HEADLINES, LEADS, WHERE, LABELS], ids=range(4))
def test_every_stage_has_its_words(table: dict[Stage, object]) -> None:
    assert set(Stage) == set(table)
