"""What is not yours to see is answered like what is not there, word for word."""

from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import OrderIn
from tests.app_under_test import DELIVER, MEDIATOR, AppUnderTest, Json, OrderInPlay, somebody

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
async def in_play(app: AppUnderTest) -> OrderInPlay:
    """Somebody's running order, without a dispute."""
    return await (await app.place_order()).reach("delivered")


@pytest.mark.parametrize("path", READS)
async def test_a_foreign_order_reads_like_an_unknown_one(
    app: AppUnderTest, in_play: OrderInPlay, path: str
) -> None:
    request = (await app.api.events(in_play.order, in_play.buyer))[-1]["request_id"]
    rest = path.format(request=request)
    for who in (somebody("stranger"), MEDIATOR, somebody("nobody", "no-such-role")):
        foreign = await app.api.get(f"/v1/orders/{in_play.order['id']}{rest}", who)
        unknown = await app.api.get(f"/v1/orders/{uuid4()}{rest}", who)
        assert 404 == foreign.status_code
        assert said(unknown) == said(foreign)


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_foreign_order_is_acted_on_like_an_unknown_one(
    app: AppUnderTest, in_play: OrderInPlay, action: str
) -> None:
    who, body = somebody("stranger"), ACTIONS[action]
    foreign = await app.api.act(in_play.order, action, who, body, key="foreign", if_match='"3"')
    unknown = await app.api.act({"id": uuid4()}, action, who, body, key="unknown")
    assert 404 == foreign.status_code
    assert said(unknown) == said(foreign)


async def test_what_is_no_id_is_an_unknown_order(app: AppUnderTest, in_play: OrderInPlay) -> None:
    who = somebody("stranger")
    unknown = await app.api.get(f"/v1/orders/{uuid4()}", who)
    for text in ("no-id", "0", "x" * 2_000, "'; DROP TABLE orders; --"):
        assert said(unknown) == said(await app.api.get(f"/v1/orders/{text}", who))


async def test_another_orders_request_is_an_unknown_request(
    app: AppUnderTest, order_in: OrderIn, in_play: OrderInPlay
) -> None:
    other = await order_in("in_progress")
    request = (await app.api.events(other.order, other.buyer))[-1]["request_id"]
    path = f"/v1/orders/{in_play.order['id']}/requests/"
    foreign = await app.api.get(path + request, in_play.buyer)
    unknown = await app.api.get(path + str(uuid4()), in_play.buyer)
    assert 404 == foreign.status_code
    assert said(unknown) == said(foreign)


async def test_lists_hold_ones_own_orders_alone(app: AppUnderTest, in_play: OrderInPlay) -> None:
    lists = [
        await app.api.get(f"/v1/orders{query}", who)
        for query, who in [
            ("", in_play.buyer),
            ("?role=buyer", in_play.buyer),
            ("?role=seller", in_play.seller),
            ("?role=seller", in_play.buyer),
            ("?state=delivered", in_play.seller),
            ("?state=pending", in_play.seller),
            ("", somebody("stranger")),
            ("", somebody("mediator", "mediator")),
        ]
    ]
    mine = [in_play.order["id"]]
    assert [mine, mine, mine, [], mine, [], [], []] == [
        [order["id"] for order in answer.json()["items"]] for answer in lists
    ]


async def test_operators_list_everybodys_orders(app: AppUnderTest, in_play: OrderInPlay) -> None:
    newest = await app.place_order()
    answer = await app.api.get("/v1/orders?limit=1", somebody("operator", "operator"))
    assert [newest.order["id"]] == [order["id"] for order in answer.json()["items"]]
    assert ["cancel"] == answer.json()["items"][0]["actions"]


async def test_wallets_are_ones_own(app: AppUnderTest, in_play: OrderInPlay) -> None:
    stranger = somebody("stranger")
    assert 0 == await app.api.balance(stranger)
    assert [] == (await app.api.get("/v1/wallet/entries", stranger)).json()["items"]
