"""Every list as CSV: whole, with what its JSON says, and as safe to open."""

import csv
import io
import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from api import paging
from tests.api.answers import Json
from tests.api.assertions import code
from tests.api.described import operations, resolved
from tests.api.test_list_parts import parts
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    ApiClient,
    AppUnderTest,
    OrderInPlay,
    Person,
    is_told,
    somebody,
)

MEDIA = "text/csv"


def media_of(operation: Json) -> Json:
    found: Json = operation["responses"].get("200", {}).get("content", {})
    return found


def is_list(document: Json, operation: Json) -> bool:
    schema = media_of(operation).get("application/json", {}).get("schema", {})
    return {"items", "next_cursor"} <= set(resolved(document, schema).get("properties", {}))


def lists(document: Json) -> dict[str, str]:
    """Where each list is, by what clients call it."""
    return {
        operation["operationId"]: name.removeprefix("GET ")
        for name, operation in operations(document)
        if is_list(document, operation)
    }


@pytest.fixture(scope="module")
def app(own_app: AppUnderTest) -> AppUnderTest:
    """One with the lists of this file alone: each is read whole, and has to stay as it is."""
    return own_app


@pytest.fixture(scope="module")
async def everything(app: AppUnderTest) -> Json:
    """Something in every list: who reads it, and what its address names."""
    first = await app.place_order(title="=1+1; a logo", description='"Blue",\r\nor green')
    hook = {"url": "https://marketplace.example/hooks"}
    endpoint = (await app.api.post("/v1/webhook-endpoints", OPERATOR, hook)).json()
    second = await app.place_order(seller=first.seller, title="-2")
    third = await app.place_order(seller=first.seller)
    await first.reach("disputed")
    await third.reach("completed")
    path = f"/v1/orders/{first.order['id']}/messages"
    await app.api.post(path, first.buyer, {"text": "=2+2"})
    assert second.order["state"] == "pending"
    for one in (first, second, third):
        await is_told(app, UUID(one.order["id"]))
    everybody = Person(first.seller.id, ("user", "mediator", "operator"))
    names = {"user_id": everybody.id, "seller_id": everybody.id, "order_id": first.order["id"]}
    return {**names, "endpoint_id": endpoint["id"], "who": everybody, "order": first}


async def as_csv(api: ApiClient, path: str, who: Person, accept: str = MEDIA) -> httpx.Response:
    answer = await api.get(path, who, Accept=accept)
    assert (200, "text/csv; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    return answer


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows by their columns, each of which there has to be."""
    head, *others = csv.reader(io.StringIO(answer.content.decode(), newline=""), strict=True)
    return [dict(zip(head, row, strict=True)) for row in others]


def said(value: Any) -> str:
    if value is None or isinstance(value, str):
        text = value or ""
        return f"'{text}" if text[:1] in tuple("=+-@\t\r\n") else text
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def expected(item: Json, columns: list[str]) -> dict[str, str]:
    """An item of JSON as a row with these columns: of documents within it those of their parts."""
    found: dict[str, str] = {}

    def note(name: str, value: Any) -> None:
        found[name] = said(value)
        for inner, part in (value if isinstance(value, dict) else {}).items():
            # The amount of an `amount` is the amount.
            note(
                (name if name.endswith("amount") else f"{name}_").removesuffix("amount") + inner,
                part,
            )

    for name, value in item.items():
        note(name, value)
    return {name: found.get(name, "") for name in columns}


def test_every_list_of_the_document_says_so(document: Json) -> None:
    tables = {one["operationId"] for _, one in operations(document) if MEDIA in media_of(one)}
    assert set(lists(document)) == tables
    wanted = {"list_orders", "list_services", "list_wallet_entries", "list_notifications"}
    wanted |= {"list_disputes", "list_order_events", "list_order_postings"}
    assert wanted | {"list_webhook_deliveries"} <= tables


async def test_every_list_is_given_whole(
    everything: Json, app: AppUnderTest, document: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each list the rows are those of all its parts, however small the parts are."""
    api, who, empty = app.api, everything["who"], set()
    for name, template in lists(document).items():
        path = template.format(**everything)
        if name == "list_operator_deeds":  # whoever takes it away is noted in it
            path += "?deed=top_up"
        answer = await as_csv(api, path, who)
        found = rows(answer)
        file = name.removeprefix("list_").replace("_", "-")
        assert f'attachment; filename="{file}.csv"' == answer.headers["content-disposition"]
        assert ("Accept", "no-store") == (answer.headers["vary"], answer.headers["cache-control"])
        head = media_of(document["paths"][template]["get"])[MEDIA]["example"]
        assert answer.text.startswith(head)
        if not found:
            empty.add(name)
            continue
        monkeypatch.setattr(paging, "PART_BYTES", len(answer.content) // 100)
        assert answer.content == (await as_csv(api, path, who)).content
        monkeypatch.undo()
        items = await listed(api, path, who, _parameters(document, template))
        assert [expected(one, list(found[0])) for one in items] == found, name
    of_providers = {"list_pay_ins", "list_payouts", "list_provider_events", "list_chargebacks"}
    assert {"list_webhook_deliveries", "list_receivables"} | of_providers >= empty


async def listed(api: ApiClient, path: str, who: Person, parameters: list[str]) -> list[Json]:
    """All items of a list, by the parts in which it is read."""
    if "cursor" in parameters:
        return [one for part in await parts(api, path, who) for one in part]
    part = (await api.get(path, who)).json()
    items: list[Json] = part["items"]
    while part.get("more"):  # a feed goes on from what was read last
        part = (await api.get(f"{path}?after={part['next_cursor']}", who)).json()
        items += part["items"]
    return items


def _parameters(document: Json, template: str) -> list[str]:
    return [one["name"] for one in document["paths"][template]["get"].get("parameters", ())]


async def test_money_is_an_amount_and_a_currency(everything: Json, app: AppUnderTest) -> None:
    in_play: OrderInPlay = everything["order"]
    [order] = rows(await as_csv(app.api, "/v1/orders", in_play.buyer))
    assert ("2000", "EUR") == (order["total_amount"], order["total_currency"])
    entry = rows(await as_csv(app.api, "/v1/wallet/entries", in_play.buyer))[0]
    assert ("-2000", "EUR") == (entry["amount"], entry["currency"])
    assert ("8000", "EUR") == (entry["balance_after_amount"], entry["balance_after_currency"])
    assert in_play.order["created_at"] == order["created_at"]


async def test_formulas_are_texts(everything: Json, app: AppUnderTest) -> None:
    in_play: OrderInPlay = everything["order"]
    [order] = rows(await as_csv(app.api, "/v1/orders", in_play.buyer))
    assert "'=1+1; a logo" == order["title"]
    service = rows(await as_csv(app.api, f"/v1/services?seller_id={in_play.seller.id}", MEDIATOR))
    assert {"'=1+1; a logo", "'-2", "A logo"} == {one["title"] for one in service}
    assert '"Blue",\r\nor green' in {one["description"] for one in service}


async def test_a_limit_gives_one_part_and_where_it_goes_on(
    everything: Json, app: AppUnderTest
) -> None:
    who, ids = everything["who"], []
    path = "/v1/orders?role=seller&limit=2"
    for number in (2, 1):
        answer = await as_csv(app.api, path, who)
        found = [one["id"] for one in rows(answer)]
        assert number == len(found)
        ids += found
        if number == 2:
            path, _, relation = answer.headers["link"].partition(">; ")
            path = path.removeprefix("<")
            assert ('rel="next"', "/v1/orders") == (relation, path.partition("?")[0])
    assert "link" not in answer.headers
    assert ids == [one["id"] for one in rows(await as_csv(app.api, "/v1/orders?role=seller", who))]


async def test_a_cursor_gives_the_rest(everything: Json, app: AppUnderTest) -> None:
    who = everything["who"]
    first = (await app.api.get("/v1/orders?role=seller&limit=1", who)).json()
    path = f"/v1/orders?role=seller&cursor={first['next_cursor']}"
    found = [one["id"] for one in rows(await as_csv(app.api, path, who))]
    assert 2 == len(found)
    assert first["items"][0]["id"] not in found


@pytest.mark.parametrize("accept", ["*/*", "application/json", "image/png", "text/csv;q=0", ""])
async def test_it_is_json_for_everybody_else(accept: str, app: AppUnderTest) -> None:
    answer = await app.api.get("/v1/orders", somebody("reader"), Accept=accept)
    assert (200, "application/json") == (answer.status_code, answer.headers["content-type"])
    assert "Accept" == answer.headers["vary"]
    assert {"items": [], "next_cursor": None} == answer.json()


async def test_of_an_empty_list_there_is_its_head(app: AppUnderTest, document: Json) -> None:
    answer = await as_csv(app.api, "/v1/orders", somebody("reader"))
    assert media_of(document["paths"]["/v1/orders"]["get"])[MEDIA]["example"] == answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/disputes", (403, "forbidden")),
        ("/v1/orders/00000000-0000-0000-0000-000000000000/events", (404, "not-found")),
        ("/v1/orders?cursor=nonsense", (422, "invalid-request")),
        ("/v1/orders?limit=101", (422, "invalid-request")),
        ("/v1/orders?limit=", (422, "invalid-request")),
        ("/v1/orders?page=2", (422, "invalid-request")),
    ],
)
async def test_a_refusal_is_a_problem_and_no_table(
    path: str, status: tuple[int, str], app: AppUnderTest
) -> None:
    answer = await app.api.get(path, somebody("reader"), Accept=MEDIA)
    assert status == code(answer)


async def test_nobody_is_given_no_table(app: AppUnderTest) -> None:
    answer = await app.api.get("/v1/orders", Accept=MEDIA)
    assert (401, "unauthenticated") == code(answer)


async def test_head_is_answered_as_a_table_would_be(everything: Json, app: AppUnderTest) -> None:
    answer = await app.api.call("HEAD", "/v1/orders", everything["who"], Accept=MEDIA)
    assert (200, "text/csv; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert b"" == answer.content


async def test_a_body_that_nobody_asked_for_holds_up_nothing(
    everything: Json, app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PART_BYTES", 1)
    answer = await app.api.call("GET", "/v1/orders", everything["who"], {"a": 1}, Accept=MEDIA)
    assert len(rows(answer)) >= 3
