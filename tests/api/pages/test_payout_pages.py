"""A payout is followed by whose it is, and taken back for as long as that is possible."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from api.pages.forms import TOKEN
from api.pages.payout_account_words import HEADLINES as ACCOUNT_HEADLINES
from api.pages.payout_account_words import LABELS as ACCOUNT_LABELS
from api.pages.payout_account_words import LEADS as ACCOUNT_LEADS
from api.pages.payout_account_words import ONWARD
from api.pages.payout_page import HEADLINES, LEADS, SINCE
from api.pages.payout_stage import LABELS, STATES, Stage, stage_of
from api.pages.routes import wallet_payouts
from db.payouts import Payout
from domain.payments import AccountState, PayoutState
from tests.api.pages.browser import Visit, hidden, visiting
from tests.api.pages.form_filling import form_to, send
from tests.api.pages.test_console import heading, operator
from tests.api.pages.test_order_page import MISSING, words
from tests.api.pages.test_paying_out import ACCOUNT, LIST, NEW, SCRIPT, as_payout, asked_for, shown
from tests.api.test_pay_ins import held, tell
from tests.api.test_payouts import (
    FAILED,
    asked,
    at_rest,
    come_to,
    earner,
    handed_over,
    held_up,
)
from tests.api.test_payouts import paid as paid_out
from tests.app_under_test import ApiClient, AppUnderTest, Json, Person, somebody
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts, said_of_payout


async def test_all_payouts_are_listed_with_state_and_reason_for_whose_they_are(
    app: AppUnderTest,
    payout_shop: ApiClient,
    payer: PaperPayouts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wallet_payouts, "PART", 1)
    seller = await earner(payout_shop, payer)
    first = await paid_out(payout_shop, payer, seller)
    payer.goes_on(first, PayoutState.FAILED, f"The account is closed. {SCRIPT}")
    await tell(payout_shop, said_of_payout(FAILED, first))
    await come_to(payout_shop, seller, first, "returned")
    second = (await asked(payout_shop, seller, 300)).json()
    async with visiting(app, seller, payout_shop) as visit:
        page = (await visit.get(LIST)).text
        assert f'href="{LIST}/{second["id"]}"' in page
        assert first["id"] not in page
        onward = re.search(r'href="([^"]*)" rel="next"', page)
        assert onward is not None
        rest = (await visit.get(onward[1])).text
        assert f'href="{LIST}/{first["id"]}"' in rest
        assert "Paid and came back" in rest
        assert "The account is closed. &lt;script&gt;" in rest
        own = (await visit.get(f"{LIST}/{first['id']}")).text
        assert "Your payout of €15.00 came back" == heading(own)
        assert SCRIPT not in own
        assert f'href="{NEW}?amount=15.00&amp;currency=EUR"' in own
        again = (await visit.get(f"{NEW}?amount=15.00&currency=EUR")).text
        assert ("amount", "15.00") in form_to(again, NEW).fields
    async with visiting(app, somebody("other"), payout_shop) as visit:
        assert "will stand here" in (await visit.get(LIST)).text
    async with visiting(app, somebody("m", "mediator"), payout_shop) as visit:
        for path in (LIST, NEW, ACCOUNT):
            assert 403 == (await visit.get(path)).status_code


async def test_a_payout_is_its_owners_alone(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payout = (await asked(payout_shop, seller)).json()
    where = f"{LIST}/{payout['id']}"
    for other, status in (
        (somebody("other"), 404),
        (somebody("m", "mediator"), 404),
        (operator(), 303),
        (None, 401),
    ):
        async with visiting(app, other, payout_shop) as visit:
            answer = await visit.get(where)
            assert status == answer.status_code, other
            assert "€15.00" not in answer.text
            if other is not None:
                token = hidden((await visit.get("/settings")).text, TOKEN)
                sent = await visit.client.post(f"{where}/cancel", data={TOKEN: token, "key": "k"})
                assert 404 == sent.status_code
    async with visiting(app, operator(), payout_shop) as visit:
        onward = (await visit.get(where)).headers["Location"]
        assert 200 == (await visit.get(onward)).status_code
        for nothing in (f"{LIST}/nonsense", f"{LIST}/{UUID(int=1)}"):
            assert 404 == (await visit.get(nothing)).status_code
    assert [eur(500)] == await held(payout_shop, seller)


@dataclass
class UnderWay:
    """A payout of 15.00 EUR that the provider has, its owner, who keeps 5.00 EUR, and their
    browser; `where` is the address of its page."""

    seller: Person
    visit: Visit
    where: str

    async def page(self) -> str:
        """Its page as it is now."""
        return (await self.visit.get(self.where)).text

    async def take_back(self, page: str) -> httpx.Response:
        """The answer to who presses the button of a page that they have."""
        return await send(self.visit, page, f"{self.where}/cancel")


@pytest.fixture
async def under_way(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> AsyncIterator[UnderWay]:
    """A payout that is on its way, at its owner's browser."""
    seller = await earner(payout_shop, payer)
    async with visiting(app, seller, payout_shop) as visit:
        where = await asked_for(visit)
        await handed_over(payout_shop, seller, as_payout(where))
        yield UnderWay(seller, visit, where)


async def test_it_is_taken_back_with_a_press_and_every_other_press_is_answered_kindly(
    payout_shop: ApiClient, under_way: UnderWay
) -> None:
    where, page, other_tab = under_way.where, await under_way.page(), await under_way.page()
    for html in (page, page, other_tab):
        taken = await under_way.take_back(html)
        assert (303, where) == (taken.status_code, taken.headers["Location"])
    after = await under_way.page()
    assert "Your payout of €15.00 was taken back" == heading(after)
    assert f'action="{where}/cancel"' not in after
    assert [eur(2_000)] == await held(payout_shop, under_way.seller)


async def test_what_cannot_be_taken_back_any_more_is_shown_as_it_stands(
    payout_shop: ApiClient, payer: PaperPayouts, under_way: UnderWay
) -> None:
    payer.cancels = False
    kept = await under_way.take_back(await under_way.page())
    assert 409 == kept.status_code
    assert "does not let it be taken back any more" in kept.text
    assert "is on its way" in heading(kept.text)
    assert ("next", under_way.where) in form_to(kept.text, "/preferences/language").fields
    payer.cancels = True
    payer.goes_on(as_payout(under_way.where), PayoutState.PAID)
    late = await under_way.take_back(kept.text)
    assert 409 == late.status_code
    assert "€15.00 was paid to you" == heading(late.text)
    assert "moved on in the meantime" in late.text
    assert f'action="{under_way.where}/cancel"' not in late.text
    assert [eur(500)] == await held(payout_shop, under_way.seller)


async def test_while_it_is_handed_over_the_page_offers_nothing_and_an_old_form_says_so(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payer.held_up = asyncio.Event()
    async with visiting(app, seller, payout_shop) as visit:
        where = await asked_for(visit)
        await payer.is_asked.wait()
        page = (await visit.get(where)).text
        assert "is being handed to the payment provider" in heading(page)
        assert f'action="{where}/cancel"' not in page
        token = hidden((await visit.get("/settings")).text, TOKEN)
        old = await visit.client.post(f"{where}/cancel", data={TOKEN: token, "key": "old"})
        assert 409 == old.status_code
        assert "being asked to pay it at this moment, so it was not taken back" in old.text
        assert "you can try again here" in old.text
        payer.held_up.set()
        await handed_over(payout_shop, seller, as_payout(where))
        page = (await visit.get(where)).text
        assert 303 == (await send(visit, page, f"{where}/cancel")).status_code
    assert [eur(2_000)] == await held(payout_shop, seller)


async def test_while_the_provider_is_away_the_form_that_takes_back_can_be_sent_again(
    payout_shop: ApiClient, payer: PaperPayouts, under_way: UnderWay
) -> None:
    page, payer.away = await under_way.page(), True
    away = await under_way.take_back(page)
    assert 503 == away.status_code
    payer.away = False
    assert 303 == (await under_way.take_back(away.text)).status_code
    assert [eur(2_000)] == await held(payout_shop, under_way.seller)


async def test_a_large_one_waits_and_who_is_not_approved_reads_why(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, fiona = await earner(payout_shop, payer, 20_000), somebody("fiona", "finance")
    async with visiting(app, seller, payout_shop) as visit:
        where = await asked_for(visit, amount="90")
        page = (await visit.get(where)).text
        assert "Your payout of €90.00 waits for approval" == heading(page)
        assert f'action="{where}/cancel"' in page
        why = {"reason": f"Send us an invoice. {SCRIPT}"}
        path = f"/v1/payouts/{as_payout(where)['id']}/refuse"
        assert 200 == (await payout_shop.post(path, fiona, why)).status_code
        late = await send(visit, page, f"{where}/cancel")
        assert 303 == late.status_code  # it is taken back, whoever did it
        after = (await visit.get(where)).text
    assert "Your payout of €90.00 was not approved" == heading(after)
    assert "Send us an invoice. &lt;script&gt;" in after
    assert SCRIPT not in after
    assert "In the payment provider’s words" not in after
    assert fiona.id not in after


async def test_what_the_provider_keeps_is_held_up_and_says_in_whose_words(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await held_up(payout_shop, payer, "their account is empty")
    async with visiting(app, seller, payout_shop) as visit:
        page = (await visit.get(f"{LIST}/{payout['id']}")).text
    assert "Your payout of €15.00 is held up" == heading(page)
    said = words(page)
    assert "In the payment provider’s words their account is empty" in said


async def test_who_takes_back_what_the_provider_does_not_give_back_reads_that(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    async with visiting(app, seller, payout_shop) as visit:
        where = await asked_for(visit)
        await handed_over(payout_shop, seller, as_payout(where))
        await at_rest(app, as_payout(where))
        old = (await visit.get(where)).text
        payer.stuck = "their account is empty"
        kept = await send(visit, old, f"{where}/cancel")
    assert 409 == kept.status_code
    assert "does not give the money back yet" in kept.text
    assert "does not let it be taken back" not in kept.text
    assert "is held up" in heading(kept.text)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_page_is_in_its_readers_language(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts, language: str
) -> None:
    seller = await earner(payout_shop, payer, 30_000)
    await asked(payout_shop, seller)
    payout = (await asked(payout_shop, seller, 9_000)).json()
    in_parts = (await asked(payout_shop, seller, 4_000)).json()
    async with visiting(app, seller, payout_shop) as visit:
        visit.client.cookies.set("sequestre_language", language)
        look = await shown(visit, amount="60,00")
        together = await shown(visit, amount="36,00")
        pages = [await visit.get(one) for one in ("/wallet", LIST, NEW, ACCOUNT)]
        pages += [await visit.get(f"{LIST}/{one['id']}") for one in (payout, in_parts)]
        pages += [look, together]
    for answer in pages:
        assert 200 == answer.status_code
        assert f'<html lang="{language}"' in answer.text
        assert [] == MISSING.findall(words(answer.text))
        assert "style=" not in answer.text
        assert 1 == answer.text.count("<h1")


AT = datetime(2026, 11, 30, 10, tzinfo=UTC)
BEGUN = Payout(
    *(UUID(int=1), "ana", 1_500, "EUR", "paper", "account-ana", PayoutState.PENDING),
    approval=None,
    approved_by=None,
    attempts=0,
    called_at=None,
    reference=None,
    reason=None,
    created_at=AT,
    ended_at=None,
    hold_id=UUID(int=2),
    done_id=None,
    return_id=None,
    seen=0,
)
CALLED: Json = {"called_at": AT, "attempts": 1}
ANSWERED: Json = {**CALLED, "reference": "out-1"}
BACK: Json = {"state": PayoutState.CANCELLED, "ended_at": AT}


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ({"state": PayoutState.REQUESTED}, Stage.WAITS),
        ({}, Stage.BEGUN),
        (CALLED, Stage.HANDED_OVER),
        ({**CALLED, "reason": "no account"}, Stage.STUCK),
        (ANSWERED, Stage.UNDER_WAY),
        ({**ANSWERED, "reason": "empty"}, Stage.STUCK),
        ({**ANSWERED, "state": PayoutState.PAID}, Stage.PAID),
        ({**ANSWERED, "state": PayoutState.PAID, "reason": "empty"}, Stage.COMING_BACK),
        ({**ANSWERED, "state": PayoutState.FAILED, "reason": "closed"}, Stage.FAILED),
        ({**ANSWERED, "state": PayoutState.RETURNED}, Stage.RETURNED),
        (BACK, Stage.CANCELLED),
        ({**BACK, **ANSWERED, "reason": "requested"}, Stage.CANCELLED),
        ({**BACK, "reason": "Send us an invoice."}, Stage.REFUSED),
    ],
)
def test_where_a_payout_stands(known: Json, stage: Stage) -> None:
    assert stage is stage_of(replace(BEGUN, **known))


@pytest.mark.parametrize("table", [HEADLINES, LEADS, SINCE, LABELS], ids=range(4))
def test_every_stage_has_its_words(table: dict[Stage, object]) -> None:
    assert set(Stage) == set(table)


def test_every_state_has_its_words() -> None:
    assert set(PayoutState) == set(STATES)
    for table in (ACCOUNT_LABELS, ACCOUNT_HEADLINES, ACCOUNT_LEADS):
        assert set(AccountState) == set(table)
    assert set(AccountState) - {AccountState.ACTIVE} == set(ONWARD)
