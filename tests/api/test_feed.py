"""The feed of all that happened: read from anywhere on, told as webhooks tell it."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg
import pytest

from api import paging
from db import feed, snapshots
from db.pool import connection
from documents.feed import TYPES
from documents.webhook import step_payload
from domain.ledger import TRANSFERS
from domain.notices import TOLD
from domain.payments import OF_DISPUTES
from tests.api.assertions import code
from tests.api.spoiled_rows import changed
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, Json, eventually, somebody
from tests.contract import eur
from tests.db.market import Owner
from tests.serving import serving

MOST = 100

NOBODY = UUID("7b1c2f4e-9a53-4d0b-8c6e-1f2a3b4c5d6e")


async def part(api: ApiClient, after: str | None = None, *types: str, limit: int = MOST) -> Json:
    """A part of the feed."""
    asked = [f"limit={limit}", *(f"type={one}" for one in types)]
    asked += [f"after={after}"] if after else []
    answer = await api.get(f"/v1/events?{'&'.join(asked)}", OPERATOR)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def all_after(
    api: ApiClient, after: str | None, *types: str, limit: int = MOST
) -> list[Json]:
    """What happened since, as a poller reads it that goes on until there is no more."""
    read: list[Json] = []
    while True:
        found = await part(api, after, *types, limit=limit)
        read, after = [*read, *found["items"]], found["next_cursor"]
        if not found["more"]:
            return read


@pytest.fixture(scope="module")
def app(own_app: AppUnderTest) -> AppUnderTest:
    """A product of these tests' own: what happens to orders of other tests would come between."""
    return own_app


@pytest.fixture
async def now(app: AppUnderTest) -> str:
    """The last event that there is."""
    await app.api.top_up(somebody("first"), 1)
    return str((await all_after(app.api, None))[-1]["id"])


def ids(events: Iterable[Json]) -> list[str]:
    return [one["id"] for one in events]


async def test_a_life_is_told_in_its_order_and_as_webhooks_tell_it(
    app: AppUnderTest, now: str
) -> None:
    in_play = await (await app.place_order(price=eur(2000))).reach("completed")
    order_id = in_play.order["id"]
    events = await all_after(app.api, now)
    steps = [one for one in events if one["type"].startswith("order.")]
    types = ["order.placed", "order.accepted", "order.delivered", "order.completed"]
    assert types == [one["type"] for one in steps]
    assert [f"evt_{UUID(order_id).hex}_{seq}" for seq in (1, 2, 3, 4)] == ids(steps)
    async with connection(app.pool) as acquired:
        for one, seq in zip(steps, (1, 2, 3, 4), strict=True):
            moment = await snapshots.get(acquired, UUID(order_id), seq)
            assert moment is not None
            payload = step_payload(UUID(order_id), seq, **vars(moment))
            assert one == payload.model_dump(mode="json")
            assert one["id"] == one["data"]["event"]["id"]
    assert steps[-1]["data"]["order"] == {**await in_play.now(), "actions": []}


async def test_what_goes_in_and_out_is_told_as_the_call_was_answered(
    app: AppUnderTest, now: str
) -> None:
    who = somebody("saver")
    path = f"/v1/wallets/{who.id}"
    calls = [("top-ups", eur(900)), ("payouts", eur(400))]
    made = [
        (await app.api.post(f"{path}/{way}", OPERATOR, body, key=f"{way}-{who.id}")).json()
        for way, body in calls
    ]
    for way, body in calls:  # said again under its key: done once, told once
        await app.api.post(f"{path}/{way}", OPERATOR, body, key=f"{way}-{who.id}")
    events = await all_after(app.api, now)
    assert ["transfer.top_up", "transfer.payout"] == [one["type"] for one in events]
    for one, answer in zip(events, made, strict=True):
        told = one["data"]["transfer"]
        assert told.pop("at") == one["timestamp"]
        assert told == {name: answer[name] for name in told}
        assert {"id", "kind", "user_id", "amount", "reference", "reverses", "reason"} == set(told)


async def test_what_is_taken_back_or_out_of_the_commission_is_told(
    app: AppUnderTest, now: str
) -> None:
    in_play = await app.place_order()
    await in_play.reach("completed")
    who = somebody("saver")
    way = f"/v1/wallets/{who.id}/top-ups"
    wrong = (await app.api.post(way, OPERATOR, eur(900), key=f"in-{who.id}")).json()
    path = f"/v1/transfers/{wrong['id']}/reverse"
    back = (await app.api.post(path, OPERATOR, {"reason": "Twice."}, key=f"back-{who.id}")).json()
    path = "/v1/accounts/commission/payouts"
    out = (await app.api.post(path, OPERATOR, eur(1), key=f"out-{who.id}")).json()
    moved = [one for one in await all_after(app.api, now) if one["type"].startswith("transfer.")]
    assert ["top_up", "top_up", "reversal", "commission_payout"] == [
        one["type"].removeprefix("transfer.") for one in moved
    ]
    for one, answer in zip(moved[2:], (back, out), strict=True):
        told = one["data"]["transfer"]
        assert told == {name: answer[name] for name in told}
    assert wrong["id"] == moved[2]["data"]["transfer"]["reverses"]


async def test_what_is_said_is_told_between_the_steps(app: AppUnderTest, now: str) -> None:
    in_play = await app.place_order()
    path = f"/v1/orders/{in_play.order['id']}/messages"
    said = (await app.api.post(path, in_play.buyer, {"text": "Which blue?"})).json()
    await app.api.act(in_play.order, "accept", in_play.seller)
    events = [one for one in await all_after(app.api, now) if one["type"].startswith("order.")]
    assert ["order.placed", "order.message", "order.accepted"] == [one["type"] for one in events]
    assert said == events[1]["data"]["message"]
    assert f"evt_{UUID(in_play.order['id']).hex}_m1" == events[1]["id"]
    assert events[2:] == await all_after(app.api, events[1]["id"])


async def test_what_is_refused_is_not_told(app: AppUnderTest, now: str) -> None:
    in_play = await app.place_order()
    refused = await app.api.act(in_play.order, "deliver", in_play.seller, {"message": "Here."})
    assert refused.status_code == 409
    assert ["transfer.top_up", "order.placed"] == [
        one["type"] for one in await all_after(app.api, now)
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_parts_lead_through_all_of_it(app: AppUnderTest, now: str, limit: int) -> None:
    for _ in range(2):
        await app.place_order()
    whole = await all_after(app.api, now)
    assert len(whole) == 4
    assert whole == await all_after(app.api, now, limit=limit)
    for place, one in enumerate(whole):
        assert whole[place + 1 :] == await all_after(app.api, one["id"], limit=limit)


async def test_parts_are_bounded_by_what_they_weigh(
    app: AppUnderTest, now: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await app.place_order()).reach("completed")
    whole = await all_after(app.api, now)
    monkeypatch.setattr(paging, "PART_BYTES", 1)
    first = await part(app.api, now)
    assert (ids(whole[:1]), True) == (ids(first["items"]), first["more"])
    assert whole == await all_after(app.api, now)


async def test_who_finds_nothing_is_told_where_to_go_on(app: AppUnderTest, now: str) -> None:
    found = await part(app.api, now)
    assert {"items": [], "next_cursor": now, "more": False} == found
    in_play = await app.place_order()
    found = await part(app.api, now, "transfer.payout")
    assert [] == found["items"]
    assert f"evt_{UUID(in_play.order['id']).hex}_1" == found["next_cursor"]


async def test_types_are_told_together_in_one_order(app: AppUnderTest, now: str) -> None:
    for _ in range(3):
        await (await app.place_order()).reach("in_progress")
    wanted = ("order.placed", "transfer.top_up")
    expected = [one for one in await all_after(app.api, now) if one["type"] in wanted]
    assert len(expected) == 6
    assert expected == await all_after(app.api, now, *wanted)
    assert expected == await all_after(app.api, now, *wanted, *wanted, limit=1)


async def test_what_cannot_be_read_hides_nothing_else(app: AppUnderTest, now: str) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    last = await app.place_order()
    whole = await all_after(app.api, now)
    spoiled = f"evt_{UUID(in_play.order['id']).hex}_2"
    where = f"order_id = '{in_play.order['id']}' AND seq = 2"
    async with changed(app, "events", where, doc="'{}'"):
        for limit in (1, 100):
            read = await all_after(app.api, now, limit=limit)
            assert read == [one for one in whole if one["id"] != spoiled]
        assert ids(await all_after(app.api, spoiled))[-1] == f"evt_{UUID(last.order['id']).hex}_1"


async def test_what_nobody_reads_has_its_place_all_the_same(app: AppUnderTest) -> None:
    await app.place_order()

    async def waiting() -> int:
        async with connection(app.pool) as acquired:
            count: int = await acquired.fetchval("SELECT count(*) FROM unnumbered")
            return count

    assert 0 == await eventually(waiting, lambda count: count == 0)


UNKNOWN_IDS = [
    "evt_transfer_999999999",
    f"evt_{NOBODY.hex}_1",
    "999999999",
    "-1",
    "evt_dispute_999999999",
    "evt_dispute_0",
    "evt_transfer_0",
    "evt_transfer_01",
    "evt_transfer_9999999999999999999999",
    "evt_transfer_²",
    "evt_transfer_1%20",
    "evt_transfer_1%0A",
    f"evt_{NOBODY}_1",
    f"evt_{NOBODY.hex.upper()}_1",
    "%00",
    "null",
    "",
]


@pytest.mark.parametrize("after", UNKNOWN_IDS)
async def test_an_id_of_no_event_is_refused(app: AppUnderTest, now: str, after: str) -> None:
    answer = await app.api.get(f"/v1/events?after={after}", OPERATOR)
    assert (422, "invalid-request") == code(answer)
    assert "leave it out to begin with the first" in answer.json()["detail"]


async def test_a_position_from_the_future_is_refused(app: AppUnderTest, now: str) -> None:
    in_play = await app.place_order()
    for after in (
        f"evt_{UUID(in_play.order['id']).hex}_2",
        f"evt_transfer_{int(now.rpartition('_')[2]) + 10_000}",
    ):
        answer = await app.api.get(f"/v1/events?after={after}", OPERATOR)
        assert (422, "query.after") == (answer.status_code, answer.json()["errors"][0]["field"])


@pytest.mark.parametrize(
    "query",
    [
        "type=order.eaten",
        "type=",
        "type=order.placed&type=order.eaten",
        "type=order.placed,order.late",
        "type=ORDER.PLACED",
    ],
)
async def test_an_unknown_type_is_refused_with_those_there_are(
    app: AppUnderTest, query: str
) -> None:
    answer = await app.api.get(f"/v1/events?{query}", OPERATOR)
    assert (422, "invalid-request") == code(answer)
    message = answer.json()["errors"][0]["message"]
    assert set(TYPES) == set(message.partition("there are: ")[2].split(", "))


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=1.0", "cursor=abc", "types=x"])
async def test_what_else_cannot_be_asked_is_refused(app: AppUnderTest, query: str) -> None:
    answer = await app.api.get(f"/v1/events?{query}", OPERATOR)
    assert (422, "invalid-request") == code(answer)


async def test_two_positions_are_refused(app: AppUnderTest, now: str) -> None:
    answer = await app.api.get(f"/v1/events?after={now}&after=evt_transfer_1", OPERATOR)
    assert 422 == answer.status_code


def test_webhooks_and_feed_name_what_happens_alike() -> None:
    assert set(TOLD) < set(TYPES)
    of_no_order = [f"transfer.{kind}" for kind in TRANSFERS]
    of_no_order += [f"payment.{kind}" for kind in OF_DISPUTES]
    assert of_no_order == list(TYPES[len(TOLD) :])


NUMBERING = 98913664
"""The lock under which `number_feed` gives numbers."""

UNTOLD = f"""
    ALTER TABLE feed DISABLE TRIGGER ALL;
    TRUNCATE feed, unnumbered;
    ALTER TABLE feed ENABLE ALWAYS TRIGGER append_only;
    ALTER TABLE feed ENABLE ALWAYS TRIGGER no_truncate;
    INSERT INTO unnumbered (source, order_id, ref, type)
    VALUES ('{feed.PAST}', '{feed.OF_NO_ORDER}', 0, '');
    SELECT pg_advisory_lock({NUMBERING});
"""
"""As the migration leaves a database that is older than the feed. What an API numbers beside all
requests, every few seconds, waits for whoever did this until they hang up."""


async def nothing(*_: object) -> bool:
    """Numbers nothing, and knows that there is more."""
    return True


async def test_what_has_no_place_yet_is_not_said_to_be_nothing(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.place_order()
    whole = await all_after(app.api, None)
    last = f"/v1/events?after={whole[-1]['id']}"
    owner = await asyncpg.connect(app.database_url)
    with monkeypatch.context() as held:
        held.setattr(feed, "give_numbers", nothing)
        await owner.execute(UNTOLD)
        assert {"items": [], "next_cursor": None, "more": True} == await part(app.api)
        answer = await app.api.get(last, OPERATOR)
        assert (503, "unavailable") == code(answer)
        assert "still being brought into the feed" in answer.json()["detail"]
    await owner.close()
    # By the same clock that the books go by, a top-up begins before its own order.
    assert sorted(ids(whole)) == sorted(ids(await all_after(app.api, None)))
    assert 200 == (await app.api.get(last, OPERATOR)).status_code


NEWER = {
    "a newer source": ("dance", "evt_dance_1", "dance.begun"),
    "a newer type": (feed.DISPUTE, "evt_dispute_1", "payment.dispute_appealed"),
}


async def is_fed(owner: Owner, source: str, ref: int, kind: str) -> None:
    """A process of another release has something told in the feed."""
    statement = "SELECT append_to_feed($1, $2::uuid, $3::bigint, $4)"
    await owner.execute(statement, source, feed.OF_NO_ORDER, ref, kind)


@pytest.mark.parametrize(("source", "name", "kind"), NEWER.values(), ids=list(NEWER))
async def test_what_a_newer_release_tells_is_waited_for_and_hidden_from_nobody(
    source: str, name: str, kind: str, database_url: str, owner: Owner
) -> None:
    async with serving(database_url) as api:
        for amount in (1, 2):
            await api.top_up(somebody("earlier"), amount)
        before = await all_after(api, None)
        last = before[-1]["id"]
        await is_fed(owner, source, 1, kind)
        await part(api)  # which numbers it
        await api.top_up(somebody("later"), 3)
        waits = {"next_cursor": last, "more": False}
        assert {"items": before, **waits} == await part(api)
        assert {"items": before, **waits} == await part(api, limit=len(before))
        assert {"items": [], **waits} == await part(api, last)
        assert before[:-1] == (await part(api, limit=len(before) - 1))["items"]
        # Of other types all is told, and who has read what is newer goes on from it.
        (later,) = await all_after(api, last, "transfer.top_up")
        assert [later] == (await part(api, name))["items"]


async def test_behind_what_a_newer_release_tells_others_are_gone_on_from(
    database_url: str, owner: Owner
) -> None:
    async with serving(database_url) as api:
        await is_fed(owner, "dance", 1, "dance.begun")
        assert {"items": [], "next_cursor": None, "more": False} == await part(api)
        await api.top_up(somebody("later"), 3)
        await part(api)
        await is_fed(owner, "dance", 2, "dance.over")
        found = await part(api, None, "transfer.top_up")
        assert ([found["next_cursor"]], False) == (ids(found["items"]), found["more"])
        # Where nothing of a type has come since, there is nothing else to go on from.
        assert (
            found["next_cursor"]
            == (await part(api, found["next_cursor"], "transfer.payout"))["next_cursor"]
        )
