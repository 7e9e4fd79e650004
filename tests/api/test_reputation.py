"""Reputation: the completion rate of a seller, and what it does to listings."""

import pytest

from tests.api.conftest import DealIn
from tests.api.readings import eur
from tests.api.test_previews import deal_of
from tests.house import MEDIATOR, OPERATOR, House, Json, Person, somebody


async def reputation(house: House, seller: Person) -> Json:
    answer = await house.door.get(f"/v1/sellers/{seller.id}/reputation", somebody("reader"))
    assert 200 == answer.status_code
    found: Json = answer.json()
    return found


async def test_nothing_is_shown_of_a_seller_whom_nobody_knows(house: House) -> None:
    assert {
        "completion_rate": None,
        "band": None,
        "visibility": 1.0,
        "completed": 0,
        "cancelled": 0,
    } == await reputation(house, somebody("seller"))


async def test_five_ended_orders_make_a_rate(house: House) -> None:
    seller = somebody("seller")
    for ends in ("completed", "completed", "completed", "completed"):
        await deal_of(house, seller, ends)
    four = await reputation(house, seller)
    assert (4, None, None) == (four["completed"], four["completion_rate"], four["band"])
    await deal_of(house, seller, "cancelled")
    assert {
        "completion_rate": pytest.approx(0.8),
        "band": "red",
        "visibility": 0.5,
        "completed": 4,
        "cancelled": 1,
    } == await reputation(house, seller)


async def test_what_counts_and_as_what(house: House, deal_in: DealIn) -> None:
    counted = {}
    for name, ruling in {
        "pay_seller": {"outcome": "pay_seller", "reasons": "Blue."},
        "refund": {"outcome": "refund", "reasons": "Not blue."},
        "split": {"outcome": "split", "refund": eur(1), "reasons": "Almost."},
    }.items():
        deal = await deal_in("disputed")
        await deal.act("resolve", MEDIATOR, ruling)
        counted[name] = await reputation(house, deal.seller)
    for name, state, role in (
        ("buyer, before acceptance", "pending", "buyer"),
        ("seller, before acceptance", "pending", "seller"),
        ("operator", "in_progress", "operator"),
    ):
        deal = await deal_in(state)
        await deal.act("cancel", OPERATOR if role == "operator" else getattr(deal, role))
        counted[name] = await reputation(house, deal.seller)
    assert {
        "pay_seller": (1, 0),
        "refund": (0, 1),
        "split": (1, 0),
        "buyer, before acceptance": (0, 0),
        "seller, before acceptance": (0, 0),
        "operator": (0, 0),
    } == {name: (one["completed"], one["cancelled"]) for name, one in counted.items()}


async def test_a_seller_sees_the_orders_behind_the_rate(house: House) -> None:
    seller = somebody("seller")
    ended = [await deal_of(house, seller, ends) for ends in ("completed", "cancelled", "completed")]
    path = f"/v1/sellers/{seller.id}/reputation/orders"
    first = (await house.door.get(f"{path}?limit=2", seller)).json()
    rest = (await house.door.get(f"{path}?limit=2&cursor={first['next_cursor']}", seller)).json()
    found = [*first["items"], *rest["items"]]
    assert [deal.order["id"] for deal in reversed(ended)] == [one["order_id"] for one in found]
    assert ["completed", "cancelled", "completed"] == [one["counts_as"] for one in found]
    assert None is rest["next_cursor"]
    assert 403 == (await house.door.get(path, somebody("reader"))).status_code


async def test_listings_are_ordered_by_visibility(house: House) -> None:
    poor, good = somebody("seller"), somebody("seller")
    for _ in range(5):
        await deal_of(house, poor, "cancelled")
    theirs = await house.door.offer(good)
    newest = await house.door.offer(poor)
    reader, found, cursor = somebody("reader"), [], ""
    while True:
        page = (await house.door.get(f"/v1/services?limit=100{cursor}", reader)).json()
        found += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found.index(theirs["id"]) < found.index(newest["id"])
    assert len(set(found)) == len(found)
