"""What a newer release has written, or refuses, while an older process runs on beside it: no list
is lost for it, and whoever meets it is told what is the matter."""

import re
from datetime import UTC, datetime
from html import unescape
from uuid import uuid4

import asyncpg
import pytest

from api.pages.routes import console_people, console_transfers
from db import accounts, provider_events, requests
from db.errors import NewerRefusal
from db.pool import Connection, Pool, connection
from db.transfers import Fate
from domain.ledger import NeverTakenBack
from domain.money import Money
from domain.vocabulary import Code
from providers.protocol import ProviderEvent
from tests.api.answers import Json
from tests.api.assertions import code
from tests.api.pages.browser import visiting
from tests.api.pages.test_console import operator
from tests.api.spoiled_rows import UNREADABLE, changed, items, unconstrained
from tests.api.test_chargebacks import OPENED, disputes
from tests.api.test_pay_ins import PAID, ended, outcome_of, started, tell
from tests.api.test_payouts import asked, earner
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, Person, somebody
from tests.db.test_newer_database import AS_BEFORE
from tests.providers.paper import NAME, said
from tests.providers.paper_payouts import PaperPayouts

PARKED = "'parked'"


async def paid_in(shop: ApiClient, who: Person) -> Json:
    """A payment that has come."""
    pay_in: Json = (await started(shop, who)).json()
    await tell(shop, said(PAID, pay_in))
    return await ended(shop, who, pay_in, "paid")


async def is_left_out(api: ApiClient, path: str, who: Person, bad: str, good: str) -> None:
    """A list has one of two, and not the other."""
    answer = await api.get(f"{path}?limit=100", who)
    assert answer.status_code == 200, answer.text
    shown = {one["id"] for one in answer.json()["items"]}
    assert (bad in shown, good in shown) == (False, True)


async def are_open(api: ApiClient, app: AppUnderTest, who: Person, *pages: str) -> None:
    """Somebody sees pages on which it would stand."""
    async with visiting(app, who, api) as visit:
        for page in pages:
            assert (await visit.get(page)).status_code == 200, page


async def test_a_payment_in_a_state_that_is_not_known_hides_no_other(
    app: AppUnderTest, shop: ApiClient
) -> None:
    who = somebody("buyer")
    bad, good = [(await started(shop, who)).json()["id"] for _ in range(2)]
    async with (
        unconstrained(app, "pay_ins"),
        changed(app, "pay_ins", f"id = '{bad}'", state=PARKED),
    ):
        await is_left_out(shop, "/v1/pay-ins", who, bad, good)
        assert UNREADABLE == code(await shop.get(f"/v1/pay-ins/{bad}", who))
        await are_open(shop, app, who, "/wallet", "/wallet/pay-ins")
        await are_open(shop, app, operator(), "/console/pay-ins")


async def test_a_payout_in_a_state_that_is_not_known_hides_no_other(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    who = await earner(payout_shop, payer)
    bad, good = [(await asked(payout_shop, who, 100)).json()["id"] for _ in range(2)]
    async with (
        unconstrained(app, "payouts"),
        changed(app, "payouts", f"id = '{bad}'", state=PARKED),
    ):
        await is_left_out(payout_shop, "/v1/payouts", who, bad, good)
        assert UNREADABLE == code(await payout_shop.get(f"/v1/payouts/{bad}", who))
        await are_open(payout_shop, app, who, "/wallet", "/wallet/payouts")
        await are_open(payout_shop, app, operator(), "/console/payouts")


async def test_an_account_in_a_state_that_is_not_known_hides_no_wallet(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    who = await earner(payout_shop, payer)
    where = f"user_id = '{who.id}'"
    async with (
        unconstrained(app, "payout_accounts"),
        changed(app, "payout_accounts", where, state=PARKED),
    ):
        await are_open(payout_shop, app, who, "/wallet")


async def test_a_dispute_in_a_state_that_is_not_known_hides_no_other(
    app: AppUnderTest, shop: ApiClient
) -> None:
    references = []
    for _ in range(2):
        pay_in = await paid_in(shop, somebody("buyer"))
        await outcome_of(shop, await disputes(shop, OPENED, pay_in))
        references.append(f"dispute-{pay_in['id']}")
    bad, good = references
    where = f"reference = '{bad}'"
    async with (
        unconstrained(app, "chargebacks"),
        changed(app, "chargebacks", where, state=PARKED, carried=PARKED),
    ):
        listed = (await shop.get("/v1/chargebacks?limit=100", OPERATOR)).json()["items"]
        shown = {one["reference"] for one in listed}
        assert (bad in shown, good in shown) == (False, True)
        await are_open(shop, app, operator(), "/console/chargebacks")


async def test_an_outcome_that_is_not_known_hides_nothing_else_that_a_provider_said(
    app: AppUnderTest, shop: ApiClient
) -> None:
    nobodys = {"id": None, "amount": {"amount": 700, "currency": "EUR"}}
    bad, good = [said(PAID, nobodys, reference=str(uuid4())) for _ in range(2)]
    for event in (bad, good):
        await tell(shop, event)
        await outcome_of(shop, event)
    where = f"id = '{bad['id']}'"
    async with (
        unconstrained(app, "provider_events"),
        changed(app, "provider_events", where, outcome=PARKED),
    ):
        await is_left_out(shop, "/v1/provider-events", OPERATOR, bad["id"], good["id"])
        await are_open(shop, app, operator(), "/console/provider-events")


async def test_what_a_provider_says_as_only_a_newer_release_knows_keeps_nobody_waiting(
    app: AppUnderTest, shop: ApiClient
) -> None:
    buyer = somebody("buyer")
    pay_in, other = [(await started(shop, buyer)).json() for _ in range(2)]
    newer = said(PAID, pay_in)
    await tell(shop, newer)
    await outcome_of(shop, newer)
    undecided = {"kind": PARKED, "outcome": "NULL", "decided_at": "NULL", "told_at": "NULL"}
    async with changed(app, "provider_events", f"id = '{newer['id']}'", **undecided):
        name, money = f"later-{other['id']}", Money(**other["amount"])
        event = ProviderEvent(name, PAID, "x", datetime.now(UTC), name, other["id"], money)
        async with connection(app.pool) as acquired:  # so that the relay alone tells of it
            await provider_events.note(acquired, NAME, event)
        assert await outcome_of(shop, {"id": name}) == "applied"


async def test_a_movement_of_a_kind_that_is_not_known_hides_no_page(app: AppUnderTest) -> None:
    who = somebody("buyer")
    for amount in (700, 800):
        await app.api.top_up(who, amount)
    bad, good = await items(app, "/v1/wallet/entries", who)
    number = bad["id"].partition("-")[0]
    async with (
        unconstrained(app, "ledger.tx"),
        unconstrained(app, "ledger.outside"),
        changed(app, "ledger.tx", f"id = {number}", kind="'gift'"),
        changed(app, "ledger.outside", f"tx_id = {number}", kind="'gift'"),
    ):
        await is_left_out(app.api, "/v1/wallet/entries", who, bad["id"], good["id"])
        person = f"/console/people/{who.id}"
        await are_open(app.api, app, operator(), "/console/transfers", person)
        async with visiting(app, who) as visit:
            assert (await visit.get("/wallet")).status_code == 200
            assert (await visit.get("/wallet/statement.pdf")).status_code == 409


ON = "None here; the list goes on."


async def test_a_part_of_which_nothing_is_known_leads_on(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_transfers, "ON_A_PAGE", 1)
    monkeypatch.setattr(console_people, "ENTRIES", 1)
    who = somebody("buyer")
    for amount in (700, 800):
        await app.api.top_up(who, amount)
    bad, _ = await items(app, "/v1/wallet/entries", who)
    number = bad["id"].partition("-")[0]
    async with (
        unconstrained(app, "ledger.tx"),
        unconstrained(app, "ledger.outside"),
        changed(app, "ledger.tx", f"id = {number}", kind="'gift'"),
        changed(app, "ledger.outside", f"tx_id = {number}", kind="'gift'"),
        visiting(app, operator()) as visit,
    ):
        for page in (f"/console/transfers?person={who.id}", f"/console/people/{who.id}"):
            first = (await visit.get(page)).text
            onward = re.search(r'href="([^"]*cursor=[^"]*)"', first)
            assert onward is not None, page
            assert ON in first
            assert ON not in (await visit.get(unescape(onward[1]))).text


SAID_ANEW = """
ALTER FUNCTION record_step(jsonb) RENAME TO record_step_of_before;
CREATE FUNCTION record_step(p jsonb) RETURNS jsonb LANGUAGE sql AS
$$ SELECT record_step_of_before(CASE WHEN p#>>'{event,code}' IS NULL THEN p
                                ELSE jsonb_set(p, '{event,code}', '"because"') END) $$;
GRANT EXECUTE ON FUNCTION record_step(jsonb) TO sequestre_app;
"""
"""A newer worker refuses with a code of its own."""


async def test_a_refusal_with_a_code_that_is_not_known_is_told_in_its_words(
    own_app: AppUnderTest,
) -> None:
    in_play = await own_app.place_order()
    owner = await asyncpg.connect(own_app.database_url)
    await owner.execute(SAID_ANEW)
    try:
        answer = await own_app.api.act(in_play.order, "complete", in_play.buyer)
    finally:
        await owner.execute(AS_BEFORE)
        await owner.close()
    assert (409, "action-not-allowed") == code(answer)
    assert answer.json()["detail"]


def test_an_unknown_code_is_that_of_what_cannot_be_done_as_things_stand() -> None:
    kept = {"accepted": False, "seq": 3, "code": "because", "detail": "It is Sunday."}
    refusal = requests.outcome_of(kept).refusal
    assert refusal is not None
    assert (Code.ACTION_NOT_ALLOWED, "It is Sunday.") == (refusal.code, refusal.detail)


def test_a_fate_that_is_not_known_is_that_of_another_kind() -> None:
    assert Fate("melted") is Fate.NEVER
    assert NeverTakenBack("melted") is NeverTakenBack.OF_ANOTHER_KIND


async def test_what_the_database_refuses_as_only_a_newer_release_knows_is_said(
    app: AppUnderTest, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses = "DO $$ BEGIN RAISE EXCEPTION 'it is Sunday' USING ERRCODE = 'RQ909'; END $$"
    with pytest.raises(NewerRefusal, match="it is Sunday"):
        async with connection(pool) as acquired:
            await acquired.execute(refuses)

    async def refused(acquired: Connection) -> None:
        await acquired.execute(refuses)

    monkeypatch.setattr(accounts, "sums", refused)
    answer = await app.api.get("/v1/accounts", OPERATOR)
    assert (503, "unavailable") == code(answer)
    assert "it is Sunday" in answer.json()["detail"]
