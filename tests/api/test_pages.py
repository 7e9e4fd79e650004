"""Lists in parts: complete, without doubles, in their order, also while the list grows."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from db import service_listing
from db.pool import Connection
from tests.api.assertions import code, instant
from tests.api.conftest import OrderIn
from tests.api.pages.browser import visiting
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    somebody,
)
from tests.contract import eur

INVALID = (422, "invalid-request")


async def parts(
    api: ApiClient, path: str, who: Person, limit: int, **query: str
) -> list[list[Json]]:
    """All parts of a list, one after the other."""
    found: list[list[Json]] = []
    params: dict[str, str | int] = {"limit": limit, **query}
    while True:
        answer = await api.client.get(path, params=params, headers=who.headers)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["items"])
        if answer.json()["next_cursor"] is None:
            return found
        params["cursor"] = answer.json()["next_cursor"]


def ids(found: list[list[Json]]) -> list[list[str]]:
    return [[item["id"] for item in part] for part in found]


async def orders(app: AppUnderTest, in_play: OrderInPlay, count: int) -> list[str]:
    """More orders of the same service by the same buyer; gives their ids."""
    body = {"service_id": in_play.service["id"], "brief": "Another one."}
    answers = [
        await app.api.post("/v1/orders", in_play.buyer, body, key=f"{in_play.buyer.id}-{number}")
        for number in range(count)
    ]
    return [answer.json()["id"] for answer in answers]


@pytest.fixture(scope="module")
async def seven(app: AppUnderTest) -> tuple[OrderInPlay, list[str]]:
    """Seven orders between two people, and their ids, oldest first."""
    in_play = await app.place_order(money=20_000)
    return in_play, [in_play.order["id"], *await orders(app, in_play, 6)]


async def test_services_newest_first(app: AppUnderTest) -> None:
    seller = somebody("seller")
    made = [(await app.api.offer(seller, title=f"Number {n}"))["id"] for n in range(7)]
    found = ids(await parts(app.api, "/v1/services", seller, 3, seller_id=seller.id))
    newest = made[::-1]
    assert [newest[:3], newest[3:6], newest[6:]] == found


async def test_services_of_everybody_without_doubles(app: AppUnderTest) -> None:
    mine = await app.api.offer(somebody("seller"))
    found = ids(await parts(app.api, "/v1/services", somebody("reader"), 100))
    everything = [one for part in found for one in part]
    assert mine["id"] == everything[0]
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("role", ["buyer", "seller"])
async def test_orders_newest_first(
    app: AppUnderTest, seven: tuple[OrderInPlay, list[str]], role: str
) -> None:
    in_play, made = seven
    who = getattr(in_play, role)
    found = ids(await parts(app.api, "/v1/orders", who, 2, role=role))
    newest = made[::-1]
    assert [newest[:2], newest[2:4], newest[4:6], newest[6:]] == found


async def test_a_full_last_part_is_the_last(
    app: AppUnderTest, seven: tuple[OrderInPlay, list[str]]
) -> None:
    in_play, made = seven
    assert [made[::-1]] == ids(await parts(app.api, "/v1/orders", in_play.buyer, 7))


async def test_what_is_new_does_not_disturb_who_reads_on(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    made = [in_play.order["id"], *await orders(app, in_play, 2)]
    first = (await app.api.get("/v1/orders?limit=2", in_play.buyer)).json()
    await orders(app, in_play, 3)
    cursor = first["next_cursor"]
    rest = (await app.api.get(f"/v1/orders?limit=2&cursor={cursor}", in_play.buyer)).json()
    assert (made[:0:-1], [made[0]], None) == (
        [order["id"] for order in first["items"]],
        [order["id"] for order in rest["items"]],
        rest["next_cursor"],
    )


async def test_wallet_entries_newest_first(
    app: AppUnderTest, seven: tuple[OrderInPlay, list[str]]
) -> None:
    in_play, made = seven
    found = await parts(app.api, "/v1/wallet/entries", in_play.buyer, 3)
    assert [3, 3, 2] == [len(part) for part in found]
    assert [*made[::-1], None] == [entry["order_id"] for part in found for entry in part]


async def test_events_oldest_first(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("revision_refused")
    path = f"/v1/orders/{in_play.order['id']}/events"
    found = await parts(app.api, path, in_play.buyer, 2)
    assert [[1, 2], [3, 4], [5]] == [[event["seq"] for event in part] for part in found]


async def test_disputes_oldest_first(app: AppUnderTest) -> None:
    opened = [(await (await app.place_order()).reach("disputed")).order["id"] for _ in range(3)]
    found = [case for part in await parts(app.api, "/v1/disputes", MEDIATOR, 2) for case in part]
    listed = [case["id"] for case in found]
    assert opened == [one for one in listed if one in opened]
    assert len(set(listed)) == len(listed)
    assert sorted(found, key=lambda case: instant(case["dispute"]["opened_at"])) == found


async def test_a_dispute_that_has_ended_leaves_the_queue(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    ruling = {"outcome": "refund", "reasons": "None."}
    await in_play.act("resolve", MEDIATOR, ruling)
    found = ids(await parts(app.api, "/v1/disputes", OPERATOR, 100))
    assert in_play.order["id"] not in [one for part in found for one in part]


async def test_a_ledger_is_one_part(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("completed")
    answer = await app.api.get(f"/v1/orders/{in_play.order['id']}/ledger", in_play.buyer)
    assert (3, None) == (len(answer.json()["items"]), answer.json()["next_cursor"])


async def test_a_wallet_holds_one_balance_a_currency(app: AppUnderTest) -> None:
    who = somebody("somebody")
    await app.api.top_up(who, 500, "USD")
    await app.api.top_up(who, 700, "EUR")
    wallet = (await app.api.get("/v1/wallet", who)).json()
    held = [eur(700), {"amount": 500, "currency": "USD"}]
    none = [{**one, "amount": 0} for one in held]
    kept = {"clearing": none, "disputed": none, "receivable": []}
    assert {"balances": held, "available": held, **kept} == wallet


# --- cursors that are none -----------------------------------------------------------------------

NO_ID = "0" * 32
NO_CURSORS: list[Any] = [
    *(None, "text", [], {}, [1], ["x", "y"], [[], []], -(10**400)),
    *(["0001-01-01T00:00:00+14:00", NO_ID], ["9999-12-31T23:59:59-14:00", NO_ID]),
    *(["-271821-04-20T00:00:00Z", NO_ID], [1e300, NO_ID], ["2026-11-30T10:00:00Z", "no-id"]),
    *(2**31, 2**63, 2**200, [2**63, 1], [1, 2**15], [1, 2**63], [2**200, 2**200], [1.5, 1]),
    *(True, False, 1.0, "1", [True, True], [1.0, 1], ["1", "1"]),
]
BROKEN = ["", "%", "=", "a", "é", "\x00", "AAAA", "_" * 500, "x" * 501]


def written(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize("path", ["/v1/services", "/v1/orders", "/v1/wallet/entries", "events"])
async def test_a_cursor_of_no_list_is_refused(
    app: AppUnderTest, seven: tuple[OrderInPlay, list[str]], path: str
) -> None:
    in_play, made = seven
    address = path.replace("events", f"/v1/orders/{made[0]}/events")
    taken = []
    for cursor in (*(written(value) for value in NO_CURSORS), *BROKEN):
        answer = await read(app, address, in_play, cursor)
        if INVALID != code(answer) and not nothing(answer):
            taken.append((cursor, answer.status_code))
    assert [] == taken


@pytest.mark.parametrize(
    "place", [["a\x00", "EUR"], ["ana", "\x00"], ["\ud800", "EUR"], ["ana", "\udfff"]]
)
async def test_a_place_among_names_that_no_name_has_is_refused(
    app: AppUnderTest, place: list[Any]
) -> None:
    answer = await app.api.get(f"/v1/receivables?cursor={written(place)}", OPERATOR)
    assert INVALID == code(answer)


async def test_no_list_is_asked_for_as_it_was_before_yesterday(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each seller in another place since, all would be counted that has ended since, part after
    part: whatever there ever was."""
    asked, page = list[datetime](), service_listing.page

    def noted(acquired: Connection, of: str | None, at: datetime, *rest: Any, **more: Any) -> Any:
        asked.append(at)
        return page(acquired, of, at, *rest, **more)

    monkeypatch.setattr(service_listing, "page", noted)
    for said in ("1970-01-01T00:00:00Z", "2000-01-01T00:00:00Z"):
        cursor = written([said, 1.0, "2026-11-30T10:00:00Z", NO_ID])
        answer = await app.api.get(f"/v1/services?cursor={cursor}", somebody("reader"))
        assert answer.status_code == 200
    async with visiting(app, somebody("reader")) as visit:
        assert (await visit.get(f"/services?all=true&cursor={cursor}")).status_code == 200
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=5)
    assert [at for at in asked if at < yesterday] == []
    assert len(asked) >= 3


async def read(app: AppUnderTest, path: str, in_play: OrderInPlay, cursor: str) -> httpx.Response:
    headers = in_play.buyer.headers
    return await app.api.client.get(path, params={"cursor": cursor}, headers=headers)


def nothing(answer: httpx.Response) -> bool:
    """Whether it is the end of the list: for positions that could be one and lie beyond it."""
    return answer.status_code == 200 and answer.json() == {"items": [], "next_cursor": None}


async def test_a_cursor_of_another_list_is_refused(
    app: AppUnderTest, seven: tuple[OrderInPlay, list[str]]
) -> None:
    in_play, made = seven
    entries = (await app.api.get("/v1/wallet/entries?limit=1", in_play.buyer)).json()
    listed = (await app.api.get("/v1/orders?limit=1", in_play.buyer)).json()
    answers = [
        await read(app, "/v1/orders", in_play, entries["next_cursor"]),
        await read(app, "/v1/wallet/entries", in_play, listed["next_cursor"]),
        await read(app, f"/v1/orders/{made[0]}/events", in_play, listed["next_cursor"]),
    ]
    assert [INVALID] * 3 == [code(answer) for answer in answers]
