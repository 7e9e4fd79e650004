"""Accounts at the payment provider: what is said of one at the same time as we ask, and one that is
gone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.payments import AccountState
from providers.protocol import PayoutAccount
from tests.api.answers import Json
from tests.api.test_pay_ins import held, outcome_of
from tests.api.test_payouts import account_of, asked, come_to, earner, handed_over, is_now
from tests.app_under_test import ApiClient, Person, somebody
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts

ACTIVE, RESTRICTED = AccountState.ACTIVE, AccountState.RESTRICTED


def this_second() -> str:
    """Now, as a provider tells it that counts whole seconds."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


async def state_of(shop: ApiClient, who: Person) -> str:
    """Where somebody's account stands, as they are told."""
    return str((await shop.get("/v1/payout-account", who)).json()["state"])


async def looked_at(shop: ApiClient, payer: PaperPayouts) -> Person:
    """Somebody whose account we have found to be ready by asking."""
    who = somebody("seller")
    await account_of(shop, who)
    reference = f"account-{who.id}"
    payer.accounts[reference] = PayoutAccount(reference, ACTIVE)
    assert await state_of(shop, who) == "active"
    return who


async def test_what_is_told_of_the_second_in_which_we_asked_counts_where_it_is_not_ready(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    who = await looked_at(payout_shop, payer)
    event = await is_now(payout_shop, payer, who, RESTRICTED, "a passport", at=this_second())
    assert await outcome_of(payout_shop, event) == "applied"
    refused = (await asked(payout_shop, who)).json()
    assert (refused["account_state"], refused["asked"]) == ("restricted", ["a passport"])


async def test_of_two_that_are_told_of_one_second_the_one_that_is_not_ready_counts_until_we_ask(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    who, second = (
        somebody("seller"),
        (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0),
    )
    await account_of(payout_shop, who)
    at = second.isoformat()
    for state, outcome in ((ACTIVE, "applied"), (RESTRICTED, "applied"), (ACTIVE, "nothing_new")):
        event = await is_now(payout_shop, payer, who, state, at=at)
        assert await outcome_of(payout_shop, event) == outcome
    # The provider is asked, whatever its clock says.
    assert await state_of(payout_shop, who) == "active"


async def test_what_is_told_while_we_ask_is_not_overruled_by_the_answer(
    payout_shop: ApiClient, payer: PaperPayouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = somebody("seller")
    await account_of(payout_shop, who)

    async def answers_late(reference: str) -> PayoutAccount:
        await is_now(payout_shop, payer, who, RESTRICTED, "a passport", at=this_second())
        return PayoutAccount(reference, ACTIVE)

    with monkeypatch.context() as late:
        late.setattr(payer, "find_account", answers_late)
        assert await state_of(payout_shop, who) == "restricted"
    assert await state_of(payout_shop, who) == "restricted"


@pytest.mark.parametrize("state", [RESTRICTED, ACTIVE])
async def test_what_is_told_of_an_account_that_is_just_being_opened_needs_nobody(
    state: AccountState,
    payout_shop: ApiClient,
    payer: PaperPayouts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    who, told, opens = somebody("seller"), list[Json](), payer.open_account

    async def is_told_first(user_id: str, instead_of: str | None = None) -> PayoutAccount:
        opened = await opens(user_id, instead_of)
        told.append(await is_now(payout_shop, payer, who, state, at=this_second()))
        assert await outcome_of(payout_shop, told[0]) == "theirs_only"
        return opened

    with monkeypatch.context() as early:
        early.setattr(payer, "open_account", is_told_first)
        assert (await account_of(payout_shop, who)).status_code == 200
    assert await outcome_of(payout_shop, told[0]) == "nothing_new"
    assert await state_of(payout_shop, who) == state


async def test_one_that_was_opened_before_and_is_not_ready_any_more_does_not_pass_for_ready(
    payout_shop: ApiClient, payer: PaperPayouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, opens = somebody("seller"), payer.open_account

    async def is_restricted_meanwhile(user_id: str, instead_of: str | None = None) -> PayoutAccount:
        opened = replace(await opens(user_id, instead_of), state=ACTIVE)
        await is_now(payout_shop, payer, who, RESTRICTED, "a passport", at=this_second())
        return opened

    with monkeypatch.context() as early:
        early.setattr(payer, "open_account", is_restricted_meanwhile)
        assert (await account_of(payout_shop, who)).json()["state"] == "pending"
    assert await state_of(payout_shop, who) == "restricted"


async def test_whose_account_is_gone_has_none_and_opens_another(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    who = somebody("seller")
    await account_of(payout_shop, who)
    payer.gone.add(f"account-{who.id}")
    assert (await payout_shop.get("/v1/payout-account", who)).json() == {
        "state": "none",
        "asked": [],
    }
    assert (await asked(payout_shop, who)).json()["account_state"] == "none"
    for _ in range(2):
        opened = await account_of(payout_shop, who)
        assert opened.status_code == 200
        assert f"account-{who.id}-again" in opened.json()["url"]
    await is_ready_again(payout_shop, payer, who)
    await payout_shop.top_up(who, 2_000)
    payout = (await asked(payout_shop, who)).json()
    await handed_over(payout_shop, who, payout)
    assert payer.asked_out[-1].account == f"account-{who.id}-again"


async def is_ready_again(shop: ApiClient, payer: PaperPayouts, who: Person) -> None:
    """The provider pays to somebody's other account."""
    reference = f"account-{who.id}-again"
    payer.accounts[reference] = PayoutAccount(reference, ACTIVE)
    assert await state_of(shop, who) == "active"


async def test_one_that_passed_for_ready_and_is_gone_shows_by_the_payout_that_is_refused(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    who = await earner(payout_shop, payer)
    payer.gone.add(f"account-{who.id}")
    assert await state_of(payout_shop, who) == "active"
    payout: Json = (await asked(payout_shop, who)).json()
    await come_to(payout_shop, who, payout, "failed")
    assert await held(payout_shop, who) == [eur(2_000)]
    assert await state_of(payout_shop, who) == "none"
    assert f"account-{who.id}-again" in (await account_of(payout_shop, who)).json()["url"]


async def test_one_that_passed_for_ready_and_is_gone_is_replaced_when_its_owner_goes_there(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    who = await earner(payout_shop, payer)
    payer.gone.add(f"account-{who.id}")
    opened = (await account_of(payout_shop, who)).json()
    assert f"account-{who.id}-again" in opened["url"]
    assert opened["state"] == "pending"
