"""Services changed, archived and restored: what is sold from now on, and nothing of what was."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.assertions import code, extra_id, instant, later, ledger
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    somebody,
)
from tests.contract import eur

ARCHIVED, STALE, WRONG = (409, "service-archived"), (412, "version-mismatch"), 422
_BRIEF = "Another logo."

UNKNOWN = "7b1c2f4e-9a53-4d0b-8c6e-1f2a3b4c5d6e"


@pytest.fixture
def seller() -> Person:
    return somebody("seller")


async def patched(
    api: ApiClient, service: Json, who: Person, body: Any, **headers: str
) -> httpx.Response:
    return await api.call("PATCH", f"/v1/services/{service['id']}", who, body, **headers)


async def changed(api: ApiClient, service: Json, who: Person, body: Any, **headers: str) -> Json:
    """The service after a change that is meant to succeed."""
    answer = await patched(api, service, who, body, **headers)
    assert 200 == answer.status_code, answer.text
    after: Json = answer.json()
    assert answer.headers["ETag"] == f'"{after["version"]}"'
    return after


async def shelved(api: ApiClient, service: Json, who: Person, how: str = "archive") -> Json:
    """The service after it was archived or restored."""
    answer = await api.post(f"/v1/services/{service['id']}/{how}", who)
    assert 200 == answer.status_code, answer.text
    after: Json = answer.json()
    return after


async def ordered(api: ApiClient, service: Json, buyer: Person, **body: Any) -> httpx.Response:
    asked = {"service_id": service["id"], "brief": _BRIEF, **body}
    return await api.post("/v1/orders", buyer, asked, key=f"order-{uuid4()}")


async def listed(api: ApiClient, who: Person, query: str) -> list[str]:
    answer = await api.get(f"/v1/services?{query}", who)
    assert 200 == answer.status_code, answer.text
    return [one["id"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"title": "A larger logo"}, {"title": "A larger logo"}),
        ({"description": "In blue."}, {"description": "In blue."}),
        ({"description": None}, {"description": None}),
        ({"price": {"amount": 2500}}, {"price": eur(2500)}),
        ({"price": {"currency": "EUR"}}, {}),
        ({"price": {}}, {}),
        ({"delivery_time": "P5D"}, {"delivery_time": "P5D"}),
        ({"revision_time": "P1D"}, {"revision_time": "P1D"}),
        ({"revision_time": None}, {"revision_time": "P3D"}),
        (
            {"revision_time": None, "delivery_time": "P9D"},
            {"revision_time": "P9D", "delivery_time": "P9D"},
        ),
        ({"revisions_included": 0}, {"revisions_included": 0}),
        ({"revisions_included": None}, {"revisions_included": None}),
        ({"extras": []}, {"extras": []}),
        ({"extras": None}, {"extras": []}),
        ({"external_id": None}, {"external_id": None}),
        ({"metadata": {"shelf": "new", "b": "2"}}, {"metadata": {"shelf": "new", "b": "2"}}),
        ({"metadata": {"shelf": None, "never": None}}, {"metadata": {}}),
        ({"metadata": None}, {"metadata": {}}),
        ({}, {}),
    ],
    ids=str,
)
async def test_what_is_named_becomes_so_and_the_rest_stays(
    app: AppUnderTest, seller: Person, change: Json, after: Json
) -> None:
    said = {"description": "A fish.", "revision_time": "P2D", "revisions_included": 2}
    own = {"external_id": f"logo-{seller.id}", "metadata": {"shelf": "old"}}
    service = await app.api.offer(seller, **said, **own)
    expected = {**service, **after}
    expected["version"] = 1 if expected == service else 2
    assert expected == await changed(app.api, service, seller, change)
    read = await app.api.get(f"/v1/services/{service['id']}", somebody("buyer"))
    assert (expected, f'"{expected["version"]}"') == (read.json(), read.headers["ETag"])


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
async def test_a_merge_patch_may_be_called_one(
    app: AppUnderTest, seller: Person, media_type: str
) -> None:
    service = await app.api.offer(seller)
    answer = await app.api.client.patch(
        f"/v1/services/{service['id']}",
        content=b'{"title": "Blue"}',
        headers={**seller.headers, "Content-Type": media_type},
    )
    assert (200, "Blue") == (answer.status_code, answer.json()["title"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"seller_id": "somebody-else"}, "body.seller_id"),
        ({"archived": True}, "body.archived"),
        ({"version": 7}, "body.version"),
        ({"id": UNKNOWN}, "body.id"),
        ({"price": {"amount": 1, "cents": 2}}, "body.price.cents"),
        ({"title": None}, "body.title"),
        ({"title": ""}, "body.title"),
        ({"title": "x" * 201}, "body.title"),
        ({"price": None}, "body.price"),
        ({"price": {"amount": None}}, "body.price.amount"),
        ({"price": {"amount": 0}}, "body.price.amount"),
        ({"price": {"amount": "2500"}}, "body.price.amount"),
        ({"price": {"amount": 25.0}}, "body.price.amount"),
        ({"price": {"currency": "QQQ"}}, "body.price.currency"),
        ({"price": {"currency": "GBP"}}, "body.extras"),
        ({"price": {"currency": "HRK"}, "extras": []}, "body.price.currency"),
        ({"delivery_time": None}, "body.delivery_time"),
        ({"delivery_time": "PT0S"}, "body.delivery_time"),
        ({"revisions_included": -1}, "body.revisions_included"),
        ({"revisions_included": True}, "body.revisions_included"),
        ({"extras": {}}, "body.extras"),
        ({"extras": [{"title": "Just a title"}]}, "body.extras.0.price"),
        ({"extras": [{"id": UNKNOWN}]}, "body.extras.0.title"),
        (None, "body"),
        ([], "body"),
        ("title", "body"),
    ],
    ids=str,
)
async def test_what_cannot_be_offered_changes_nothing(
    app: AppUnderTest, seller: Person, change: Any, field: str
) -> None:
    service = await app.api.offer(seller)
    answer = await patched(app.api, service, seller, change)
    assert WRONG == answer.status_code, answer.text
    assert field in {one["field"] for one in answer.json()["errors"]}
    assert service == (await app.api.get(f"/v1/services/{service['id']}", seller)).json()


def an_extra(title: str, price: int = 500, **more: str) -> Json:
    return {"title": title, "price": eur(price), "delivery_time": "P1D", **more}


async def test_extras_that_stay_keep_their_ids(app: AppUnderTest, seller: Person) -> None:
    service = await app.api.offer(seller)
    source, draft = service["extras"]
    given = [an_extra("Stickers"), {**draft, "price": eur(900)}, {**source, "id": None}]
    after = await changed(app.api, service, seller, {"extras": given})
    stickers, dearer, same = after["extras"]
    assert ({**draft, "price": eur(900)}, source) == (dearer, same)
    assert stickers["id"] not in {source["id"], draft["id"]}
    again = [{**one, "id": None} for one in after["extras"]]
    assert after == await changed(app.api, service, seller, {"extras": again})


@pytest.mark.parametrize("which", ["of_another", "twice"])
async def test_an_extra_is_one_of_the_services_own_once(
    app: AppUnderTest, seller: Person, which: str
) -> None:
    service, other = await app.api.offer(seller), await app.api.offer(seller)
    own = service["extras"][0]
    extras = [other["extras"][0]] if which == "of_another" else [own, own]
    answer = await patched(app.api, service, seller, {"extras": extras})
    assert (WRONG, "body.extras") == (answer.status_code, answer.json()["errors"][0]["field"])


async def test_another_currency_is_one_of_all_prices(app: AppUnderTest, seller: Person) -> None:
    service = await app.api.offer(seller)
    pounds = {"amount": 400, "currency": "GBP"}
    extras = [{**one, "price": pounds} for one in service["extras"]]
    mixed = {"price": {"currency": "GBP"}, "extras": [extras[0], service["extras"][1]]}
    assert WRONG == (await patched(app.api, service, seller, mixed)).status_code
    body = {"price": {"currency": "GBP"}, "extras": extras}
    after = await changed(app.api, service, seller, body)
    assert {"amount": 2000, "currency": "GBP"} == after["price"]
    assert [one["id"] for one in service["extras"]] == [one["id"] for one in after["extras"]]


async def test_a_change_may_ask_for_the_version_that_was_seen(
    app: AppUnderTest, seller: Person
) -> None:
    service = await app.api.offer(seller)
    dearer = {"price": {"amount": 3000}}
    await changed(app.api, service, seller, dearer, If_Match='"1"')
    lost = await patched(app.api, service, seller, {"title": "Blue"}, If_Match='"1"')
    assert STALE == code(lost)
    assert STALE == code(
        await patched(app.api, service, seller, {"title": "Blue"}, If_Match='W/"2"')
    )
    # Repeated, because its answer was lost: it has been done.
    assert 2 == (await changed(app.api, service, seller, dearer, If_Match='"1"'))["version"]
    assert (
        3 == (await changed(app.api, service, seller, {"title": "Blue"}, If_Match='"2"'))["version"]
    )
    assert 4 == (await changed(app.api, service, seller, {"title": "Red"}, If_Match="*"))["version"]


async def test_only_its_seller_changes_a_service(app: AppUnderTest, seller: Person) -> None:
    service = await app.api.offer(seller)
    for who in (somebody("other"), OPERATOR, Person(seller.id, ("mediator",))):
        path = f"/v1/services/{service['id']}"
        assert (403, "forbidden") == code(await patched(app.api, service, who, {"title": "Mine"}))
        assert (403, "forbidden") == code(await app.api.post(f"{path}/archive", who))
        assert (403, "forbidden") == code(await app.api.post(f"{path}/restore", who))
    for unknown in (str(uuid4()), service["id"].upper(), "x"):
        nowhere = {"id": unknown}
        assert (404, "not-found") == code(await patched(app.api, nowhere, seller, {}))
        path = f"/v1/services/{unknown}/archive"
        assert (404, "not-found") == code(await app.api.post(path, seller))
    assert service == (await app.api.get(f"/v1/services/{service['id']}", seller)).json()


@pytest.mark.parametrize("state", ["pending", "in_progress"])
async def test_an_order_goes_on_as_it_was_placed(app: AppUnderTest, state: str) -> None:
    """Whatever its seller makes of the service: its times, its titles, what its extras cost."""
    in_play = await app.place_order(revisions_included=1, revision_time="P2D")
    await in_play.reach(state)
    service = in_play.service
    body = {
        "title": "Something else",
        "price": {"amount": 9000, "currency": "GBP"},
        "delivery_time": "P30D",
        "revision_time": "P30D",
        "revisions_included": 0,
        "extras": [
            {**service["extras"][0], "title": "Nothing", "price": {"amount": 1, "currency": "GBP"}}
        ],
    }
    before = await in_play.now()
    await changed(app.api, service, in_play.seller, body)
    await shelved(app.api, service, in_play.seller)
    assert before == await in_play.now()
    await the_rest_is_as_it_was_sold(in_play)


async def the_rest_is_as_it_was_sold(in_play: OrderInPlay) -> None:
    """Both extras are bought, the revision that was included is used, and it is paid."""
    source, draft = in_play.service["extras"]
    await in_play.reach("in_progress")
    due = instant(in_play.order["due_at"])
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    assert later(due.isoformat(), days=1) == instant(in_play.order["due_at"])
    # Its seller sells it no more; this order was placed when they did.
    await in_play.act("buy_extra", in_play.buyer, {"extra_id": draft["id"]})
    assert [("A logo", eur(2000)), *[(one["title"], one["price"]) for one in (source, draft)]] == [
        (line["title"], line["price"]) for line in in_play.order["lines"]
    ]
    assert ("A logo", eur(3200), []) == tuple(
        in_play.order[name] for name in ("title", "total", "extras")
    )
    await in_play.act("deliver", in_play.seller, {"message": "Here it is."})
    await in_play.act("request_revision", in_play.buyer, {"reason": "Bluer, please."})
    await in_play.act("accept_revision", in_play.seller)
    assert later(in_play.order["updated_at"], days=2) == instant(in_play.order["due_at"])
    assert {"included": 1, "used": 1} == in_play.order["revisions"]
    await in_play.act("deliver", in_play.seller, {"message": "Here it is."})
    await in_play.act("complete", in_play.buyer)
    assert "release: escrow → seller 2560" in await ledger(in_play)


async def test_what_is_archived_is_on_no_list(app: AppUnderTest, seller: Person) -> None:
    buyer = somebody("buyer")
    kept = await app.api.offer(seller)
    gone = await app.api.offer(seller, external_id=f"gone-{seller.id}")
    archived = await shelved(app.api, gone, seller)
    assert {**gone, "archived": True, "version": 2} == archived
    of_seller = f"seller_id={seller.id}"
    for who in (buyer, seller, OPERATOR):
        assert [kept["id"]] == await listed(app.api, who, of_seller)
        assert gone["id"] not in await listed(app.api, who, "limit=100")
        assert [] == await listed(app.api, who, f"external_id=gone-{seller.id}")
        assert [kept["id"]] == await listed(app.api, who, f"{of_seller}&archived=false")
        read = await app.api.get(f"/v1/services/{gone['id']}", who)
        assert (200, archived, '"2"') == (read.status_code, read.json(), read.headers["ETag"])
    for who, query in ((seller, of_seller), (OPERATOR, of_seller)):
        assert [gone["id"]] == await listed(app.api, who, f"{query}&archived=true")
    by_name = f"archived=true&external_id=gone-{seller.id}"
    assert [gone["id"]] == await listed(app.api, OPERATOR, by_name)
    for query in (f"{of_seller}&archived=true", "archived=true"):
        assert (403, "forbidden") == code(await app.api.get(f"/v1/services?{query}", buyer))
    assert (403, "forbidden") == code(await app.api.get("/v1/services?archived=true", seller))
    for odd in ("1", "yes", "True", "", "null"):
        answer = await app.api.get(f"/v1/services?{of_seller}&archived={odd}", seller)
        assert (422, "query.archived") == (
            answer.status_code,
            answer.json()["errors"][0]["field"],
        )


async def test_what_is_archived_takes_no_order_until_it_is_restored(
    app: AppUnderTest, seller: Person
) -> None:
    buyer, service = somebody("buyer"), await app.api.offer(seller)
    await app.api.top_up(buyer, 2000)
    await shelved(app.api, service, seller)
    refused = await ordered(app.api, service, buyer)
    assert ARCHIVED == code(refused)
    assert f"/v1/services?seller_id={seller.id}" in refused.json()["detail"]
    assert (2000, []) == (
        await app.api.balance(buyer),
        (await app.api.get("/v1/orders", buyer)).json()["items"],
    )
    dearer = await changed(app.api, service, seller, {"price": {"amount": 1500}})
    assert (True, 3) == (dearer["archived"], dearer["version"])
    restored = await shelved(app.api, service, seller, "restore")
    assert {**service, "price": eur(1500), "version": 4} == restored
    assert [service["id"]] == await listed(app.api, buyer, f"seller_id={seller.id}")
    placed = await ordered(app.api, service, buyer)
    assert (201, eur(1500)) == (placed.status_code, placed.json()["total"])


async def test_archiving_and_restoring_again_changes_nothing(
    app: AppUnderTest, seller: Person
) -> None:
    service = await app.api.offer(seller)
    assert service == await shelved(app.api, service, seller, "restore")
    once = await shelved(app.api, service, seller)
    assert once == await shelved(app.api, service, seller)
    path, key = f"/v1/services/{service['id']}", f"key-{seller.id}"
    first = await app.api.post(f"{path}/restore", seller, key=key)
    await shelved(app.api, service, seller)
    again = await app.api.post(f"{path}/restore", seller, key=key)
    assert (first.text, "true") == (again.text, again.headers["Idempotency-Replayed"])
    assert (await app.api.get(path, seller)).json()["archived"], "what is replayed is not done"


async def test_an_order_is_placed_on_the_terms_that_the_buyer_saw_or_not_at_all(
    app: AppUnderTest, seller: Person
) -> None:
    buyer, service = somebody("buyer"), await app.api.offer(seller)
    await app.api.top_up(buyer, 10_000)
    seen = {"service_version": service["version"]}
    assert 201 == (await ordered(app.api, service, buyer, **seen)).status_code
    await changed(app.api, service, seller, {"price": {"amount": 3000}})
    refused = await ordered(app.api, service, buyer, **seen)
    assert STALE == code(refused)
    assert 8_000 == await app.api.balance(buyer)
    now = await ordered(app.api, service, buyer, service_version=2)
    assert (201, eur(3000)) == (now.status_code, now.json()["total"])
    unseen = await ordered(app.api, service, buyer)
    assert (201, eur(3000)) == (unseen.status_code, unseen.json()["total"])
    for odd in (0, "2", 2.0, 2**31):
        assert WRONG == (await ordered(app.api, service, buyer, service_version=odd)).status_code


async def test_a_service_in_a_withdrawn_currency_can_be_renamed_and_priced_anew(
    app: AppUnderTest, seller: Person
) -> None:
    service = await app.api.offer(seller, extras=[])
    async with app.pool.acquire() as acquired:
        await acquired.execute(
            "UPDATE services SET currency = 'HRK' WHERE id = $1::text::uuid", service["id"]
        )
    renamed = await changed(app.api, service, seller, {"title": "Blue"})
    assert {"amount": 2000, "currency": "HRK"} == renamed["price"]
    assert WRONG == (await patched(app.api, service, seller, {"price": {"amount": 10}})).status_code
    assert (
        eur(2000)
        == (await changed(app.api, service, seller, {"price": {"currency": "EUR"}}))["price"]
    )
