"""A case is taken, ruled on and given back by forms, without a script."""

import re
from typing import Any

import pytest

from tests.api.conftest import OrderIn
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.test_cases import case, mediator, page, post
from tests.app_under_test import OPERATOR, AppUnderTest, somebody
from tests.contract import eur

WAYS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "refund": ({}, {}),
    "pay_seller": ({}, {}),
    "split": ({"refund": "12,50"}, {"refund": eur(1250)}),
    "restart": ({"delivery_time": "2", "delivery_time_unit": "days"}, {"delivery_time": "P2D"}),
}
ENDS = {
    "refund": "cancelled",
    "pay_seller": "completed",
    "split": "settled",
    "restart": "in_progress",
}
REASONS = "It is blue enough,\nas the brief says."


async def take(visit: Visit, path: str) -> None:
    """Takes a case by the pages, from the queue's link to its confirmation."""
    shown = await page(visit, f"{path}/actions/assign")
    status, where, _ = await post(visit, f"{path}/actions/assign", shown, step="confirm")
    assert (303, path) == (status, where)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("outcome", WAYS)
async def test_a_mediator_takes_a_case_and_rules_on_it(
    app: AppUnderTest, order_in: OrderIn, outcome: str, language: str
) -> None:
    in_play = await order_in("disputed")
    more, said = WAYS[outcome]
    async with visiting(app, mediator()) as visit:
        await take(visit, case(in_play))
        shown = await page(visit, case(in_play), language)
        address = f"{case(in_play)}/actions/resolve"
        assert f'action="{address}"' in shown
        ruled = {"outcome": outcome, "reasons": REASONS, **more}
        status, _, checked = await post(visit, address, shown, **ruled, step="preview")
        assert 200 == status, checked
        await both_are_told(checked)
        before = await in_play.now()
        assert "disputed" == before["state"]  # nothing is decided before it is confirmed
        status, where, _ = await post(visit, address, checked, **ruled, step="confirm")
        assert (303, case(in_play)) == (status, where)
        decided = await page(visit, case(in_play), language)
    after = await in_play.now()
    assert (ENDS[outcome], outcome) == (after["state"], after["dispute"]["ruling"])
    told = (await app.api.events(after, in_play.seller))[-1]["fields"]
    assert {"outcome": outcome, "reasons": REASONS, **said} == told
    assert f'action="{address}"' not in decided
    assert "It is blue enough," in decided
    assert decided.index('id="h-decided"') < decided.index('id="h-sides"')


async def both_are_told(checked: str) -> None:
    """Both sides' own texts stand on the page, each with the reasons."""
    announced = checked[checked.index('id="h-announced"') :]
    sides = re.findall(r'<article class="c-(\w+)">(.*?)</article>', announced, re.DOTALL)
    assert ["buyer", "seller"] == [whose for whose, _ in sides]
    assert all("It is blue enough, as the brief says." in text for _, text in sides)
    assert sides[0][1] != sides[1][1]


async def test_a_ruling_that_says_too_little_comes_back_filled_in(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    async with visiting(app, mediator()) as visit:
        shown = await page(visit, case(in_play))
        for wrong in ({"refund": "a lot"}, {"refund": "99999,00"}, {}):
            ruled = {"outcome": "split", "reasons": REASONS, **wrong}
            status, _, text = await post(
                visit, f"{case(in_play)}/actions/resolve", shown, **ruled, step="preview"
            )
            assert (422, True) == (status, "It is blue enough," in text)
            assert 'id="field-resolve-refund-error"' in text


async def test_a_case_that_another_takes_meanwhile_is_theirs(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    other = somebody("other-mediator", "mediator")
    named = await app.api.call("PUT", f"/v1/users/{other.id}", OPERATOR, {"name": "Ines Moreau"})
    assert 200 == named.status_code, named.text
    async with visiting(app, mediator()) as visit:
        shown = await page(visit, case(in_play))
        asked = await page(visit, f"{case(in_play)}/actions/assign")
        await in_play.act("assign", other)
        status, _, text = await post(
            visit, f"{case(in_play)}/actions/assign", asked, step="confirm"
        )
        assert 412 == status
        ruled = {"outcome": "refund", "reasons": REASONS, "step": "confirm"}
        status, _, text = await post(visit, f"{case(in_play)}/actions/resolve", shown, **ruled)
        assert status in (409, 412)
        assert "It is blue enough," in text
        looked = await page(visit, case(in_play))
    assert f'action="{case(in_play)}/actions/resolve"' not in looked
    assert f'href="{case(in_play)}/actions/assign"' not in looked
    assert "Ines Moreau has the case, and decides it." in looked
    assert other.id not in looked


async def test_a_case_is_given_back_with_a_reason(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    path = case(in_play)
    async with visiting(app, mediator()) as visit:
        await take(visit, path)
        assert f'href="{path}/actions/release"' in await page(visit, path)
        form = await page(visit, f"{path}/actions/release")
        said = {"reason": "I know one of them."}
        _, _, checked = await post(visit, f"{path}/actions/release", form, **said, step="preview")
        status, where, _ = await post(
            visit, f"{path}/actions/release", checked, **said, step="confirm"
        )
        assert (303, path) == (status, where)
        shown = await page(visit, path)
    assert "I know one of them." in shown
    assert f'href="{path}/actions/assign"' in shown
    assert (await in_play.now())["dispute"]["mediator_id"] is None


async def test_a_case_that_both_sides_settle_is_closed_without_a_ruling(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    await in_play.act("propose_settlement", in_play.buyer, {"refund": eur(500)})
    accepted = {"settlement_id": in_play.order["settlements"][0]["id"]}
    await in_play.act("accept_settlement", in_play.seller, accepted)
    async with visiting(app, mediator()) as visit:
        shown = await page(visit, case(in_play))
        listed = await page(visit, "/disputes")
    assert "It ended without a ruling" in shown
    assert "/actions/resolve" not in shown
    assert f'href="{case(in_play)}"' not in listed
