"""Reputation: the completion rate of a seller, and what it does to listings."""

import pytest

from tests.api.conftest import OrderIn
from tests.api.test_previews import order_of
from tests.app_under_test import MEDIATOR, OPERATOR, AppUnderTest, Json, Person, somebody
from tests.contract import eur


async def reputation(app: AppUnderTest, seller: Person) -> Json:
    answer = await app.api.get(f"/v1/sellers/{seller.id}/reputation", somebody("reader"))
    assert 200 == answer.status_code
    found: Json = answer.json()
    return found


async def test_nothing_is_shown_of_a_seller_whom_nobody_knows(app: AppUnderTest) -> None:
    assert {
        "completion_rate": None,
        "band": None,
        "visibility": 1.0,
        "completed": 0,
        "cancelled": 0,
    } == await reputation(app, somebody("seller"))


async def test_five_ended_orders_make_a_rate(app: AppUnderTest) -> None:
    seller = somebody("seller")
    for ends in ("completed", "completed", "completed", "completed"):
        await order_of(app, seller, ends)
    four = await reputation(app, seller)
    assert (4, None, None) == (four["completed"], four["completion_rate"], four["band"])
    await order_of(app, seller, "cancelled")
    assert {
        "completion_rate": pytest.approx(0.8),
        "band": "red",
        "visibility": 0.5,
        "completed": 4,
        "cancelled": 1,
    } == await reputation(app, seller)


async def test_what_counts_and_as_what(app: AppUnderTest, order_in: OrderIn) -> None:
    counted = {}
    for name, ruling in {
        "pay_seller": {"outcome": "pay_seller", "reasons": "Blue."},
        "refund": {"outcome": "refund", "reasons": "Not blue."},
        "split": {"outcome": "split", "refund": eur(1), "reasons": "Almost."},
    }.items():
        in_play = await order_in("disputed")
        await in_play.act("resolve", MEDIATOR, ruling)
        counted[name] = await reputation(app, in_play.seller)
    for name, state, role in (
        ("buyer, before acceptance", "pending", "buyer"),
        ("seller, before acceptance", "pending", "seller"),
        ("operator", "in_progress", "operator"),
    ):
        in_play = await order_in(state)
        await in_play.act("cancel", OPERATOR if role == "operator" else getattr(in_play, role))
        counted[name] = await reputation(app, in_play.seller)
    assert {
        "pay_seller": (1, 0),
        "refund": (0, 1),
        "split": (1, 0),
        "buyer, before acceptance": (0, 0),
        "seller, before acceptance": (0, 0),
        "operator": (0, 0),
    } == {name: (one["completed"], one["cancelled"]) for name, one in counted.items()}


async def test_a_seller_sees_the_orders_behind_the_rate(app: AppUnderTest) -> None:
    seller = somebody("seller")
    ended = [await order_of(app, seller, ends) for ends in ("completed", "cancelled", "completed")]
    path = f"/v1/sellers/{seller.id}/reputation/orders"
    first = (await app.api.get(f"{path}?limit=2", seller)).json()
    rest = (await app.api.get(f"{path}?limit=2&cursor={first['next_cursor']}", seller)).json()
    found = [*first["items"], *rest["items"]]
    assert [in_play.order["id"] for in_play in reversed(ended)] == [
        one["order_id"] for one in found
    ]
    assert ["completed", "cancelled", "completed"] == [one["counts_as"] for one in found]
    assert None is rest["next_cursor"]
    assert 403 == (await app.api.get(path, somebody("reader"))).status_code


async def test_listings_are_ordered_by_visibility(app: AppUnderTest) -> None:
    poor, good = somebody("seller"), somebody("seller")
    for _ in range(5):
        await order_of(app, poor, "cancelled")
    theirs = await app.api.offer(good)
    newest = await app.api.offer(poor)
    reader, found, cursor = somebody("reader"), [], ""
    while True:
        page = (await app.api.get(f"/v1/services?limit=100{cursor}", reader)).json()
        found += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found.index(theirs["id"]) < found.index(newest["id"])
    assert len(set(found)) == len(found)
