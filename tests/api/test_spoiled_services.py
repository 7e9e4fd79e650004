"""A service, an extra or what marketplaces note of them that cannot be shown hides no other."""

import pytest
from structlog.testing import capture_logs

from tests.api.assertions import code
from tests.api.spoiled_rows import UNREADABLE, changed, items, left_out, named
from tests.app_under_test import OPERATOR, AppUnderTest, Json, somebody

SERVICES = {
    "no currency": {"currency": "'eu1'"},
    "small letters": {"currency": "'eur'"},
    "blanks": {"currency": "''"},
    "for ever": {"delivery_time": "'infinity'"},
    "longer than there is time": {"revision_time": "'178000000 years'"},
}


@pytest.mark.parametrize("values", SERVICES.values(), ids=list(SERVICES))
async def test_a_service_that_cannot_be_shown_hides_no_other(
    app: AppUnderTest, values: dict[str, str]
) -> None:
    seller, buyer = somebody("seller"), somebody("buyer")
    bad, good = await app.api.offer(seller), await app.api.offer(seller)
    async with changed(app, "services", f"id = '{bad['id']}'", **values):
        with capture_logs() as logs:
            listed = await items(app, f"/v1/services?seller_id={seller.id}", buyer)
            everywhere = await items(app, "/v1/services?limit=100", buyer)
        assert [good["id"]] == [one["id"] for one in listed]
        assert bad["id"] not in {one["id"] for one in everywhere}
        assert {f"service {bad['id']}"} == left_out(logs)
        assert UNREADABLE == code(await app.api.get(f"/v1/services/{bad['id']}", buyer))
        await app.api.top_up(buyer, 5_000)
        body, key = {"service_id": bad["id"], "brief": "A logo."}, f"spoiled-{buyer.id}"
        refused = await app.api.post("/v1/orders", buyer, body, key=key)
        assert UNREADABLE == code(refused)
        assert 5_000 == await app.api.balance(buyer)
        assert {"cannot be shown"} == (await named(app))[f"service {bad['id']}"]
    assert f"service {bad['id']}" not in await named(app)


async def test_an_extra_that_cannot_be_shown_takes_its_service_along(app: AppUnderTest) -> None:
    seller = somebody("seller")
    bad, good = await app.api.offer(seller), await app.api.offer(seller)
    where = f"id = '{bad['extras'][0]['id']}'"
    async with changed(app, "extras", where, delivery_time="'178000000 years'"):
        listed = await items(app, f"/v1/services?seller_id={seller.id}", seller)
        assert [good["id"]] == [one["id"] for one in listed]
        assert {"cannot be shown"} == (await named(app))[f"service {bad['id']}"]


METADATA = {
    "a list": "'[]'",
    "a text": "'\"basket\"'",
    "nothing": "'null'",
    "a number in it": "'{\"basket\": 1}'",
    "an object in it": '\'{"basket": {"a": "b"}}\'',
    "null in it": "'{\"basket\": null}'",
}


@pytest.mark.parametrize("value", METADATA.values(), ids=list(METADATA))
async def test_metadata_that_is_none_hides_no_other(app: AppUnderTest, value: str) -> None:
    in_play, seller = await app.place_order(), somebody("seller")
    service, kept = await app.api.offer(seller), await app.api.offer(seller)
    body = {"service_id": in_play.service["id"], "brief": "Two.", "metadata": {"basket": "b"}}
    key = f"two-{in_play.buyer.id}"
    order = (await app.api.post("/v1/orders", in_play.buyer, body, key=key)).json()
    hooks = {"url": "https://hooks.example/one", "events": ["order.completed"]}
    other, endpoint = [
        (await app.api.post("/v1/webhook-endpoints", OPERATOR, hooks)).json() for _ in range(2)
    ]
    for table, column, one, path, who, subject in (
        ("services", "id", service, "services", seller, "service"),
        ("order_metadata", "order_id", order, "orders", in_play.buyer, "order"),
        ("webhook_endpoints", "id", endpoint, "webhook-endpoints", OPERATOR, "webhook endpoint"),
    ):
        name = f"{subject} {one['id']}"
        async with changed(app, table, f"{column} = '{one['id']}'", metadata=value):
            listed = await items(app, f"/v1/{path}?limit=100", who)
            assert one["id"] not in {found["id"] for found in listed}
            assert listed, "others are there"
            assert UNREADABLE == code(await app.api.get(f"/v1/{path}/{one['id']}", who))
            assert {"its metadata cannot be shown"} == (await named(app))[name]
            if path != "orders":
                change: Json = {"metadata": {"basket": "c"}}
                refused = await app.api.call("PATCH", f"/v1/{path}/{one['id']}", who, change)
                assert UNREADABLE == code(refused)
        assert name not in await named(app)
    assert kept["id"] in {one["id"] for one in await items(app, "/v1/services?limit=100", seller)}
    for one in (other, endpoint):
        await app.api.post(f"/v1/webhook-endpoints/{one['id']}/disable", OPERATOR)
