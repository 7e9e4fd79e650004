"""Orders say what their parties are called, wherever an order is read."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from asyncpg import Connection
from structlog.contextvars import get_contextvars

from tests.api.answers import Json
from tests.api.test_list_parts import parts
from tests.app_under_test import MEDIATOR, OPERATOR, AppUnderTest, OrderInPlay, Person

UNNAMED = (None, None)


async def call_them(app: AppUnderTest, who: Person, name: str | None) -> None:
    answer = await app.api.call("PUT", f"/v1/users/{who.id}", OPERATOR, {"name": name})
    assert (200, name) == (answer.status_code, answer.json()["name"])


def names(order: Json) -> tuple[str | None, str | None]:
    return order["buyer_name"], order["seller_name"]


async def read(app: AppUnderTest, in_play: OrderInPlay) -> dict[str, Json]:
    """A disputed order by every way to read it."""
    path = f"/v1/orders/{in_play.order['id']}"
    mine = await app.api.get("/v1/orders", in_play.buyer)
    disputes = [one for part in await parts(app.api, "/v1/disputes", MEDIATOR) for one in part]
    case = (await app.api.get(f"{path}/case", MEDIATOR)).json()
    said = {"statement": "The logo is not blue."}
    acted = await app.api.post(f"{path}/actions/add_statement", in_play.buyer, said)
    return {
        "alone": (await app.api.get(path, in_play.seller)).json(),
        "in a list": mine.json()["items"][0],
        "in the queue": next(one for one in disputes if one["id"] == in_play.order["id"]),
        "in its case": case["order"],
        "after an action": acted.json(),
    }


async def test_names_are_read_with_the_order_as_they_are_now(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("disputed")
    assert {UNNAMED} == {names(one) for one in (await read(app, in_play)).values()}
    await call_them(app, in_play.buyer, "Ana Silva")
    await call_them(app, in_play.seller, "Ben & Co.")
    found = {how: names(one) for how, one in (await read(app, in_play)).items()}
    assert dict.fromkeys(found, ("Ana Silva", "Ben & Co.")) == found
    await call_them(app, in_play.seller, None)
    assert {("Ana Silva", None)} == {names(one) for one in (await read(app, in_play)).values()}


async def test_a_new_order_has_them_too(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    await call_them(app, in_play.seller, "Ben")
    body = {"service_id": in_play.service["id"], "brief": "Another."}
    await app.api.top_up(in_play.buyer, 10_000)
    placed = await app.api.post("/v1/orders", in_play.buyer, body, key="named")
    assert (201, (None, "Ben")) == (placed.status_code, names(placed.json()))


async def test_a_preview_and_the_inbox_say_them(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    await call_them(app, in_play.seller, "Benedict")
    path = f"/v1/orders/{in_play.order['id']}/actions/request_revision/preview"
    seen = await app.api.post(path, in_play.buyer, {"reason": "It is not blue."})
    assert any("Benedict" in note for note in seen.json()["notes"])
    inbox = (await app.api.get("/v1/notifications", in_play.buyer)).json()["items"]
    assert any(text.startswith("Benedict delivered the work.") for text in inbox[0]["text"])
    assert "the seller" not in json.dumps(inbox)


async def test_no_list_asks_for_each_of_its_rows(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def listening(name: str) -> Callable[..., Any]:
        ask = getattr(Connection, name)

        async def heard(connection: Connection, query: str, *args: Any, **more: Any) -> Any:
            # The worker tells people meanwhile, in this same process.
            if "display_names" in query and get_contextvars().get("request_id") == "this-list":
                asked.append(query)
            return await ask(connection, query, *args, **more)

        return heard

    in_play = await app.place_order()
    for number in range(3):
        body = {"service_id": in_play.service["id"], "brief": "Another."}
        await app.api.top_up(in_play.buyer, 10_000)
        await app.api.post("/v1/orders", in_play.buyer, body, key=f"more-{number}")
    for name in ("fetch", "fetchrow", "fetchval"):
        monkeypatch.setattr(Connection, name, listening(name))
    answer = await app.api.get("/v1/orders", in_play.buyer, X_Request_Id="this-list")
    assert (4, 1) == (len(answer.json()["items"]), len(asked))
