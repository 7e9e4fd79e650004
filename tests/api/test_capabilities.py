"""What each role of a token allows, beyond what the table of callers shows."""

import re
from pathlib import Path

import pytest

from api.auth.capabilities import ROLES, TO_ORDERS, Capability
from api.auth.tokens import Authority, authorities
from domain.rules import RULES
from domain.vocabulary import Role
from infra.token_roles import ROLES as NAMED
from tests.api.assertions import code
from tests.api.conftest import OrderIn
from tests.api.test_chargebacks import OPENED, becomes, disputes, paid_order
from tests.app_under_test import MEDIATOR, OPERATOR, ApiClient, AppUnderTest, Person, somebody
from tests.contract import eur

SUPPORT, FINANCE = Person("the-support", ("support",)), Person("the-finance", ("finance",))


def test_every_capability_is_somebodys() -> None:
    assert set(Capability) == set(ROLES)
    assert all(ROLES.values())


def test_an_operator_can_all_that_anybody_can_who_operates() -> None:
    of_people = {Authority.USER, Authority.MEDIATOR}
    operating = [one for one, roles in ROLES.items() if not of_people.issuperset(roles)]
    assert all(Authority.OPERATOR in ROLES[one] for one in operating)


def test_every_role_that_settings_can_name_is_known() -> None:
    assert list(NAMED) == [one.value for one in Authority]


def test_what_operators_may_do_to_orders_each_needs_a_capability() -> None:
    assert {rule.action for rule in RULES if rule.by is Role.OPERATOR} == set(TO_ORDERS)


def test_the_page_of_roles_says_the_same() -> None:
    text = (Path(__file__).parents[2] / "docs" / "roles.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|((?: ✓? ?\|){4}) ", text, re.MULTILINE)
    marked = {name: ["✓" in mark for mark in marks.split("|")[:4]] for name, marks in rows}
    operating = ("operator", "support", "finance", "provider")
    assert marked == {
        one.value: [role in ROLES[one] for role in operating]
        for one in Capability
        if set(operating) & set(ROLES[one])
    }


def test_roles_of_a_newer_release_are_nothing_here() -> None:
    assert {Authority.USER} == authorities(["user", "auditor"])


async def test_a_refusal_names_the_roles_that_could(app: AppUnderTest) -> None:
    refused = await app.api.post("/v1/accounts/commission/payouts", SUPPORT, eur(1), key="no")
    assert (403, "forbidden") == code(refused)
    assert ["operator", "finance"] == refused.json()["roles"]
    assert "This needs the role operator or finance." == refused.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/orders?buyer_id=ana",
        "/v1/services?archived=true",
        "/v1/sellers/ana/reputation/orders",
        "/v1/pay-ins?user_id=ana",
        "/v1/payouts?user_id=ana",
    ],
)
async def test_what_is_others_names_the_roles_that_see_it(app: AppUnderTest, path: str) -> None:
    refused = await app.api.get(path, somebody("nosy"))
    assert (403, "forbidden") == code(refused)
    assert ["operator", "support", "finance"] == refused.json()["roles"]


async def test_support_hands_a_case_over_and_cancels_nothing(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    order = await in_play.act("assign", SUPPORT, {"mediator_id": MEDIATOR.id})
    assert ["assign", "release"] == order["actions"]
    last = (await in_play.api.events(in_play.order, in_play.buyer))[-1]
    assert {"id": SUPPORT.id, "role": "operator"} == last["actor"]
    for path in ("", "/preview"):
        at = f"/v1/orders/{in_play.order['id']}/actions/cancel{path}"
        refused = await in_play.api.post(at, SUPPORT)
        assert (403, ["operator"]) == (refused.status_code, refused.json()["roles"])
    assert order["version"] == (await in_play.now())["version"]
    await in_play.act("release", SUPPORT, {"reason": "The wrong one."})


@pytest.mark.parametrize("action", ["assign", "release", "cancel"])
async def test_finance_looks_at_a_case_and_does_nothing_to_it(
    order_in: OrderIn, action: str
) -> None:
    in_play = await order_in("disputed")
    body = {"mediator_id": MEDIATOR.id} if action == "assign" else {"reason": "None."}
    refused = await in_play.api.act(in_play.order, action, FINANCE, body)
    assert (403, "forbidden") == code(refused)
    assert [] == (await in_play.api.order(in_play.order["id"], FINANCE))["actions"]


async def test_who_mediates_and_looks_after_money_takes_cases_as_a_mediator(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("disputed")
    both = somebody("both", "mediator", "finance")
    order = await in_play.act("assign", both)
    assert both.id == order["dispute"]["mediator_id"]


async def test_a_party_stays_one_whatever_roles_it_has(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    buyer = Person(in_play.buyer.id, ("user", "support", "operator"))
    assert "assign" not in (await app.api.order(in_play.order["id"], buyer))["actions"]


async def test_a_provider_sees_the_transfers_of_its_own_making(app: AppUnderTest) -> None:
    rich, machine = somebody("rich"), somebody("machine", "provider")
    path = f"/v1/wallets/{rich.id}/top-ups"
    others = (await app.api.post(path, OPERATOR, eur(300), key=rich.id)).json()
    made = (await app.api.post(path, machine, eur(500), key=rich.id)).json()
    listed = await app.api.get(f"/v1/transfers?user_id={rich.id}", machine)
    assert [made] == listed.json()["items"]
    assert [] == (await app.api.get("/v1/transfers?kind=payout", machine)).json()["items"]
    assert 200 == (await app.api.get(f"/v1/transfers/{made['id']}", machine)).status_code
    unseen = await app.api.get(f"/v1/transfers/{others['id']}", machine)
    assert (404, "not-found") == code(unseen)
    both = Person(machine.id, ("provider", "finance"))
    seen = await app.api.get(f"/v1/transfers?user_id={rich.id}", both)
    assert {made["id"], others["id"]} == {one["id"] for one in seen.json()["items"]}


async def test_support_is_told_what_operators_are_told(shop: ApiClient) -> None:
    in_play, pay_in = await paid_order(shop)
    await disputes(shop, OPENED, pay_in)
    await becomes(in_play, payment_hold=True)
    told = {
        who.id: [
            one["event"]
            for one in (await shop.get("/v1/notifications?limit=100", who)).json()["items"]
            if one["order_id"] == in_play.order["id"]
        ]
        for who in (SUPPORT, OPERATOR, FINANCE)
    }
    disputed = ["order.payment_disputed"]
    assert {SUPPORT.id: disputed, OPERATOR.id: disputed, FINANCE.id: []} == told
