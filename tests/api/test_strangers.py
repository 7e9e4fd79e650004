"""What is not yours to see is answered like what is not there, word for word."""

from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import DealIn
from tests.house import DELIVER, MEDIATOR, Deal, House, Json, somebody

READS = ["", "/events", "/ledger", "/requests/{request}"]
ACTIONS: dict[str, Json | None] = {
    "accept": None,
    "deliver": DELIVER,
    "complete": None,
    "cancel": None,
    "assign": None,
    "resolve": {"outcome": "refund", "reasons": "None."},
}


def said(answer: httpx.Response) -> tuple[int, str, list[str]]:
    return answer.status_code, answer.text, sorted(answer.headers)


@pytest.fixture(scope="module")
async def deal(house: House) -> Deal:
    """Somebody's running order, without a dispute."""
    return await (await house.deal()).reach("delivered")


@pytest.mark.parametrize("path", READS)
async def test_a_foreign_order_reads_like_an_unknown_one(
    house: House, deal: Deal, path: str
) -> None:
    request = (await house.door.events(deal.order, deal.buyer))[-1]["request_id"]
    rest = path.format(request=request)
    for who in (somebody("stranger"), MEDIATOR, somebody("nobody", "no-such-role")):
        foreign = await house.door.get(f"/v1/orders/{deal.order['id']}{rest}", who)
        unknown = await house.door.get(f"/v1/orders/{uuid4()}{rest}", who)
        assert 404 == foreign.status_code
        assert said(unknown) == said(foreign)


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_foreign_order_is_acted_on_like_an_unknown_one(
    house: House, deal: Deal, action: str
) -> None:
    who, body = somebody("stranger"), ACTIONS[action]
    foreign = await house.door.act(deal.order, action, who, body, key="foreign", if_match='"3"')
    unknown = await house.door.act({"id": uuid4()}, action, who, body, key="unknown")
    assert 404 == foreign.status_code
    assert said(unknown) == said(foreign)


async def test_what_is_no_id_is_an_unknown_order(house: House, deal: Deal) -> None:
    who = somebody("stranger")
    unknown = await house.door.get(f"/v1/orders/{uuid4()}", who)
    for text in ("no-id", "0", "x" * 2_000, "'; DROP TABLE orders; --"):
        assert said(unknown) == said(await house.door.get(f"/v1/orders/{text}", who))


async def test_another_orders_request_is_an_unknown_request(
    house: House, deal_in: DealIn, deal: Deal
) -> None:
    other = await deal_in("in_progress")
    request = (await house.door.events(other.order, other.buyer))[-1]["request_id"]
    path = f"/v1/orders/{deal.order['id']}/requests/"
    foreign = await house.door.get(path + request, deal.buyer)
    unknown = await house.door.get(path + str(uuid4()), deal.buyer)
    assert 404 == foreign.status_code
    assert said(unknown) == said(foreign)


async def test_lists_hold_ones_own_orders_alone(house: House, deal: Deal) -> None:
    lists = [
        await house.door.get(f"/v1/orders{query}", who)
        for query, who in [
            ("", deal.buyer),
            ("?role=buyer", deal.buyer),
            ("?role=seller", deal.seller),
            ("?role=seller", deal.buyer),
            ("?state=delivered", deal.seller),
            ("?state=pending", deal.seller),
            ("", somebody("stranger")),
            ("", somebody("mediator", "mediator")),
        ]
    ]
    mine = [deal.order["id"]]
    assert [mine, mine, mine, [], mine, [], [], []] == [
        [order["id"] for order in answer.json()["items"]] for answer in lists
    ]


async def test_operators_list_everybodys_orders(house: House, deal: Deal) -> None:
    newest = await house.deal()
    answer = await house.door.get("/v1/orders?limit=1", somebody("operator", "operator"))
    assert [newest.order["id"]] == [order["id"] for order in answer.json()["items"]]
    assert ["cancel"] == answer.json()["items"][0]["actions"]


async def test_wallets_are_ones_own(house: House, deal: Deal) -> None:
    stranger = somebody("stranger")
    assert 0 == await house.door.balance(stranger)
    assert [] == (await house.door.get("/v1/wallet/entries", stranger)).json()["items"]
