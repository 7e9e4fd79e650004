"""Reading the inbox: in parts, in one's language and time zone, and marking what has been read."""

from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.app_under_test import ApiClient, Person
from tests.db.market import cancellation
from tests.notifications.conftest import Town

INBOX = "/v1/notifications"
ANA, BEN = Person("ana"), Person("ben")
MEDIATOR, COLLEAGUE = Person("mona", ("mediator",)), Person("mike", ("mediator",))

Json = dict[str, Any]


async def inbox(api: ApiClient, who: Person = ANA, query: str = "", **headers: str) -> Json:
    """A part of somebody's inbox."""
    answer = await api.get(f"{INBOX}{query}", who, **headers)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def first(api: ApiClient, who: Person = ANA, **headers: str) -> Json:
    """The newest notice."""
    found: Json = (await inbox(api, who, **headers))["items"][0]
    return found


async def read(
    api: ApiClient, number: str, who: Person = ANA, key: str | None = None
) -> httpx.Response:
    """Somebody has read a notice."""
    return await api.post(f"{INBOX}/{number}/read", who, key=key)


async def read_up_to(
    api: ApiClient, number: str, who: Person = ANA, key: str | None = None
) -> httpx.Response:
    """Somebody has read all up to a notice."""
    return await api.post(f"{INBOX}/read", who, {"up_to": number}, key=key)


async def test_nothing_yet(api: ApiClient) -> None:
    assert await inbox(api) == {"items": [], "next_cursor": None, "unread": 0}
    assert (await api.get(INBOX)).status_code == 401


async def test_newest_first_in_parts(api: ApiClient, town: Town) -> None:
    steps = [await town.write("order.placed") for _ in range(5)]
    found, cursor = [], ""
    for size in (2, 2, 1):
        page = await inbox(api, query=f"?limit=2{cursor}")
        assert (len(page["items"]), page["unread"]) == (size, 5)
        found += [one["order_id"] for one in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert found == [step.order.id for step in reversed(steps)]
    assert page["next_cursor"] is None


async def test_ones_own_and_those_for_a_role_in_one_list(api: ApiClient, town: Town) -> None:
    mona = Person("mona", ("mediator", "operator"))
    events = ["order.placed", "order.dispute_opened", "order.placed", "order.dispute_escalated"]
    for event in events:
        await town.write(event, buyer_id="mona" if event == "order.placed" else "ana")
    found: list[str] = []
    cursor = ""
    for _ in events:
        page = await inbox(api, mona, f"?limit=1{cursor}")
        found += [one["event"] for one in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert found == events[::-1]
    assert (page["next_cursor"], page["unread"]) == (None, 4)


@pytest.mark.parametrize(
    "query",
    [
        "?cursor=x",
        "?cursor=WzFd",
        "?cursor=LTE=",
        "?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
        "?limit=0",
        "?limit=101",
        "?unread=perhaps",
        "?cursor=" + "x" * 501,
    ],
)
async def test_no_part_of_this_list(query: str, api: ApiClient) -> None:
    answer = await api.get(INBOX + query, ANA)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_the_order_as_it_was_after_the_step(api: ApiClient, town: Town) -> None:
    step = await town.write("order.delivered")
    assert (await town.market.record(cancellation(step.order))).status == "recorded"
    newest, delivered, placed = (await inbox(api))["items"]
    assert [one["state"] for one in (newest, delivered)] == ["cancelled", "delivered"]
    assert delivered["seq"] == step.seq
    assert step.order.deadline is not None
    assert f"{step.order.deadline.at:%H:%M}" in " ".join(delivered["text"])
    assert placed["event"] == "order.placed"


async def test_in_ones_language_and_time_zone(api: ApiClient, town: Town) -> None:
    await town.says("ana", language="fr", time_zone="Asia/Kathmandu")
    step = await town.write("order.revision_refused")
    assert step.order.deadline is not None
    at = step.order.deadline.at
    text = " ".join((await first(api))["text"])
    assert f"{at.astimezone(ZoneInfo('Asia/Kathmandu')):%H:%M}" in text
    assert "(Asia/Kathmandu)" in text
    assert f"{at:%H:%M}" in text
    in_english = await first(api, BEN)
    assert "(Asia/Kathmandu)" not in " ".join(in_english["text"])


async def test_the_language_of_the_program_where_nothing_was_said(
    api: ApiClient, town: Town
) -> None:
    await town.write("order.revision_refused")
    english, french = await first(api), await first(api, Accept_Language="fr")
    assert english["text"] != french["text"]
    await town.says("ana", language="en")
    assert (await first(api, Accept_Language="fr"))["text"] == english["text"]


async def test_a_zone_that_this_machine_does_not_know(api: ApiClient, town: Town) -> None:
    await town.says("ana", time_zone="Mars/Olympus_Mons")
    step = await town.write()
    assert step.order.deadline is not None
    text = " ".join((await first(api))["text"])
    assert f"{step.order.deadline.at:%H:%M}" in text
    assert "UTC" in text


async def test_reading_one(api: ApiClient, town: Town) -> None:
    await town.write("order.placed")
    newest = await first(api)
    answer = await read(api, newest["id"])
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert done == {**newest, "read_at": done["read_at"]}
    assert done["read_at"] is not None
    assert (await read(api, newest["id"])).json() == done
    assert await inbox(api) == {"items": [done], "next_cursor": None, "unread": 0}
    assert await inbox(api, query="?unread=true") == {
        "items": [],
        "next_cursor": None,
        "unread": 0,
    }
    assert (await inbox(api, BEN))["unread"] == 1


async def test_reading_all_up_to_one(api: ApiClient, town: Town) -> None:
    for _ in range(4):
        await town.write("order.placed")
    items = (await inbox(api))["items"]
    (await read(api, items[3]["id"])).raise_for_status()
    for _ in range(2):
        answer = await read_up_to(api, items[1]["id"])
        assert (answer.status_code, answer.json()) == (200, {"unread": 1})
    left = await inbox(api, query="?unread=true")
    assert ([one["id"] for one in left["items"]], left["unread"]) == ([items[0]["id"]], 1)
    assert (await inbox(api, BEN))["unread"] == 4
    (await read_up_to(api, "9" * 18)).raise_for_status()
    assert (await inbox(api))["unread"] == 0


async def test_unread_in_parts(api: ApiClient, town: Town) -> None:
    for _ in range(5):
        await town.write("order.placed")
    items = (await inbox(api))["items"]
    for one in (items[0], items[2]):
        (await read(api, one["id"])).raise_for_status()
    page = await inbox(api, query="?unread=true&limit=2")
    assert [one["id"] for one in page["items"]] == [items[1]["id"], items[3]["id"]]
    rest = await inbox(api, query=f"?unread=true&limit=2&cursor={page['next_cursor']}")
    assert [one["id"] for one in rest["items"]] == [items[4]["id"]]
    assert (rest["next_cursor"], rest["unread"]) == (None, 3)


async def test_a_notice_for_a_role_is_read_by_each_on_their_own(api: ApiClient, town: Town) -> None:
    await town.write("order.dispute_opened")
    one = await first(api, MEDIATOR)
    assert (await read(api, one["id"], MEDIATOR)).status_code == 200
    assert (await inbox(api, MEDIATOR))["unread"] == 0
    assert (await inbox(api, COLLEAGUE))["unread"] == 1
    assert (await read_up_to(api, one["id"], COLLEAGUE)).json() == {"unread": 0}


async def test_the_notices_of_others(api: ApiClient, town: Town) -> None:
    await town.write("order.dispute_opened")
    ours, for_mediators = await first(api), await first(api, MEDIATOR)
    for who, number in (
        (BEN, ours["id"]),
        (Person("sam"), ours["id"]),
        (MEDIATOR, ours["id"]),
        (Person("olga", ("operator",)), for_mediators["id"]),
        (Person("ana", ("mediator",)), for_mediators["id"]),
        (Person("mona"), for_mediators["id"]),
        *((ANA, number) for number in ("0", "-1", "x", "²", "1.0", "9" * 18, "9" * 30)),
    ):
        answer = await read(api, number, who)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), number
        if who.id != ANA.id:
            (await read_up_to(api, number, who)).raise_for_status()
    assert (await inbox(api))["unread"] == 2
    assert (await inbox(api, MEDIATOR))["unread"] == 1
    assert (
        await town.pool.fetchval(
            "SELECT count(*) FROM notice_reads WHERE user_id IN ('sam', 'olga')"
        )
        == 0
    )
    for method, path in (("GET", INBOX), ("POST", f"{INBOX}/read"), ("POST", f"{INBOX}/1/read")):
        assert (await api.call(method, path, None, {"up_to": "1"})).status_code == 401


@pytest.mark.parametrize("up_to", [1, None, "", "x", "-1", "9" * 19, "1\n", ["1"]])
async def test_up_to_what_is_no_notice(up_to: Any, api: ApiClient) -> None:
    answer = await api.post(f"{INBOX}/read", ANA, {"up_to": up_to})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert answer.json()["errors"][0]["field"] == "body.up_to"


async def test_a_repeated_request_gets_the_first_answer(api: ApiClient, town: Town) -> None:
    await town.write("order.placed")
    newest = await first(api)
    one = await read(api, newest["id"], key="one")
    assert (await read(api, newest["id"], key="one")).json() == one.json()
    assert (await read_up_to(api, newest["id"], key="all")).json() == {"unread": 0}
    await town.write("order.placed")
    assert (await read_up_to(api, newest["id"], key="all")).json() == {"unread": 0}
    other = (await first(api))["id"]
    for answer in (await read_up_to(api, other, key="all"), await read(api, other, key="one")):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
