"""What the books do not know of kept events, and whose it was."""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from reconcile.kept_events import NOTHING_NAMED, KeptEvent, NoEvent, read
from reconcile.losses import Difference, Losses, losses
from tests.api.test_chargebacks import OPENED, WON, becomes, disputes, paid_order
from tests.app_under_test import OPERATOR, SECRETS_KEY, ApiClient, AppUnderTest, Json, OrderInPlay
from tests.contract import eur
from tests.e2e.test_commands import run
from tests.reconcile.test_command import on

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


async def kept_of_all(api: ApiClient) -> list[Json]:
    """What a backend has that followed the feed."""
    kept, after, more = [], "", True
    while more:
        page = (await api.get(f"/v1/events?limit=100{after}", OPERATOR)).json()
        kept += page["items"]
        after, more = f"&after={page['next_cursor']}", page["more"]
    return kept


async def kept_of(api: ApiClient, in_play: OrderInPlay) -> list[Json]:
    """What it has of one order and of its buyer's money."""
    return [one for one in await kept_of_all(api) if concerns(one["data"], in_play)]


def concerns(data: Json, in_play: OrderInPlay) -> bool:
    """Whether an event is of this order, or of its buyer's wallet."""
    if "transfer" in data:
        return bool(data["transfer"]["user_id"] == in_play.buyer.id)
    return bool("order" in data and data["order"]["id"] == in_play.order["id"])


def another_order(kept: Json, order_id: UUID) -> Json:
    """The event as one of an order that nobody knows."""
    told = json.loads(json.dumps(kept).replace(kept["data"]["order"]["id"], str(order_id)))
    told["id"] = kept["id"].replace(UUID(kept["data"]["order"]["id"]).hex, order_id.hex)
    return dict(told)


def transfer(kind: str, amount: int, **changes: Any) -> Json:
    """An event of money that nobody knows of."""
    made: Json = {
        "id": str(uuid4()),
        "kind": kind,
        "user_id": "ana",
        "amount": eur(amount),
        "at": NOW.isoformat(),
        "reference": None,
        "reverses": None,
        "reason": None,
        **changes,
    }
    number = UUID(made["id"]).int % 10**9
    return {
        "id": f"evt_transfer_{number}",
        "type": f"transfer.{kind}",
        "timestamp": NOW.isoformat(),
        "data": {"transfer": made},
    }


def parsed(kept: Iterable[Json]) -> Iterable[KeptEvent]:
    """The events as a file of them is read."""
    return read(json.dumps(one) for one in kept)


async def lost(app: AppUnderTest, kept: Iterable[Json]) -> Losses:
    """What the books do not know of these."""
    return await losses(app.pool, parsed(kept))


async def test_what_the_books_have_is_not_lost(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("completed")
    said = f"/v1/orders/{in_play.order['id']}/messages"
    assert (await app.api.post(said, in_play.buyer, {"text": "Thanks!"})).status_code == 201
    kept = await kept_of(app.api, in_play)
    assert len(kept) == 6  # money, placed, accepted, delivered, completed, a message
    found = await lost(app, [*kept, *kept])
    assert found == Losses(events=12, unknown=0, orders=[], transfers=[], people=[], disputes=[])


async def test_an_order_that_is_not_there_is_named_with_what_it_moved(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("completed")
    gone = uuid4()
    kept = [
        another_order(one, gone)
        for one in await kept_of(app.api, in_play)
        if "order" in one["data"]
    ]
    found = await lost(app, kept)
    (one,) = found.orders
    assert (one.order.id, one.order.state, one.now, one.steps) == (gone, "completed", None, 4)
    assert found.people == [
        Difference(in_play.buyer.id, -2_000, "EUR"),
        Difference(in_play.seller.id, 1_600, "EUR"),
        Difference(None, 400, "EUR"),
    ]


async def test_an_order_that_has_gone_back_is_named_with_the_difference(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("completed")
    (ended,) = [one for one in await kept_of(app.api, in_play) if one["type"] == "order.completed"]
    behind = await (await app.place_order()).reach("delivered")
    told = another_order(ended, UUID(behind.order["id"]))
    told["data"]["order"] |= {"buyer_id": behind.buyer.id, "seller_id": behind.seller.id}
    found = await lost(app, [told])
    (one,) = found.orders
    assert (one.now, one.order.state, one.steps, one.messages) == ("delivered", "completed", 1, 0)
    assert found.people == [
        Difference(behind.seller.id, 1_600, "EUR"),
        Difference(None, 400, "EUR"),
    ]


async def test_a_step_is_known_by_its_instant_too(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    (placed,) = [one for one in await kept_of(app.api, in_play) if one["type"] == "order.placed"]
    placed["data"]["event"]["at"] = NOW.isoformat()
    found = await lost(app, [placed])
    assert [one.order.id for one in found.orders] == [UUID(in_play.order["id"])]


TYPES = ["order.placed", "order.message", "transfer.top_up"]


@pytest.mark.parametrize("kind", TYPES)
async def test_an_event_is_known_by_its_type_too(app: AppUnderTest, kind: str) -> None:
    in_play = await app.place_order()
    said = f"/v1/orders/{in_play.order['id']}/messages"
    assert (await app.api.post(said, in_play.buyer, {"text": "Hello!"})).status_code == 201
    (event,) = [one for one in await kept_of(app.api, in_play) if one["type"] == kind]
    assert (await lost(app, [event])).unknown == 0
    for other in ("order.accepted", "transfer.payout", *TYPES):
        found = await lost(app, [{**event, "type": other}, event])
        assert found.unknown == (other != kind), other


async def test_transfers_are_added_up_by_whose_they_were(app: AppUnderTest) -> None:
    came = transfer("top_up", 5_000)
    back = {"reverses": came["data"]["transfer"]["id"], "reason": "By mistake."}
    kept = [
        came,
        transfer("payout", 700),
        transfer("reversal", 5_000, **back),
        transfer("commission_payout", 300, user_id=None),
        transfer("reversal", 900, reverses=str(uuid4()), reason="Of nobody knows what."),
    ]
    found = await lost(app, kept)
    assert len(found.transfers) == found.unknown == 5
    assert found.people == [Difference("ana", -700, "EUR"), Difference(None, -300, "EUR")]


async def test_a_dispute_is_known_by_what_its_provider_calls_it_and_how_far_it_came(
    shop: ApiClient, app: AppUnderTest
) -> None:
    in_play, pay_in = await paid_order(shop)
    await disputes(shop, OPENED, pay_in)
    await becomes(in_play, payment_hold=True)
    await disputes(shop, WON, pay_in)
    await becomes(in_play, payment_hold=False)
    kept = [
        one
        for one in await kept_of_all(shop)
        if one["data"].get("chargeback", {}).get("pay_in_id") == pay_in["id"]
    ]
    assert [one["type"] for one in kept] == ["payment.dispute_opened", "payment.dispute_won"]
    assert (await lost(app, kept)).unknown == 0
    said, _ = kept
    ends = {**said, "id": "evt_dispute_900001", "type": "payment.dispute_lost"}
    unknown = {**said["data"]["chargeback"], "reference": "another"}
    another = {**said, "id": "evt_dispute_900002", "data": {"chargeback": unknown}}
    found = await lost(app, [said, ends, another])
    assert found.unknown == 2
    assert {one.reference for one in found.disputes} == {
        said["data"]["chargeback"]["reference"],
        "another",
    }


async def test_a_reversal_of_what_the_books_have_is_added_up(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    (came,) = [one for one in await kept_of(app.api, in_play) if "transfer" in one["data"]]
    moved = came["data"]["transfer"]
    back = {"user_id": moved["user_id"], "reverses": moved["id"], "reason": "By mistake."}
    found = await lost(app, [came, transfer("reversal", 10_000, **back)])
    assert found.people == [Difference(in_play.buyer.id, -10_000, "EUR")]


AN_ORDER: Json = {
    "id": str(UUID(int=1)),
    "state": "pending",
    "buyer_id": "ana",
    "seller_id": "ben",
    "total": eur(100),
    "outcome": None,
}
AT: Json = {"at": NOW.isoformat()}
NAMES_NOTHING: list[Json] = [
    {},
    {"event": {**AT, "seq": 1}},
    {"event": {**AT, "seq": None}},
    {"message": {"id": 1}},
    {"order": AN_ORDER},
    {"order": AN_ORDER, "event": {**AT, "seq": 0}},
    {"order": AN_ORDER, "event": {**AT, "seq": None}},
]


@pytest.mark.parametrize("data", NAMES_NOTHING)
def test_a_line_that_names_nothing_to_compare_is_named(data: Json) -> None:
    told = {"id": "e", "type": "order.placed", "timestamp": NOW.isoformat(), "data": data}
    with pytest.raises(NoEvent) as refused:
        list(read(["\n", json.dumps(told)]))
    assert str(refused.value) == f"line 2 {NOTHING_NAMED}"


WRONG: dict[str, tuple[str, str]] = {
    "no JSON": ("{", "line 2 is no JSON"),
    "no JSON at all": ("evt_1", "line 2 is no JSON"),
    "another document": ('{"type": "order.placed"}', "line 2 is no event"),
    "a step of no order": (
        '{"id": "e", "type": "t", "timestamp": "2026-11-30T09:00:00Z",'
        ' "data": {"order": {"id": "x"}}}',
        "data.order.id",
    ),
    "a type that nobody can have written": (
        '{"id": "e", "type": "t\\u0000", "timestamp": "2026-11-30T09:00:00Z", "data": {}}',
        "type must not contain the NUL character",
    ),
    "an instant without a zone": (
        '{"id": "e", "type": "t", "timestamp": "2026-11-30T09:00:00", "data": {}}',
        "timestamp",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_line_that_is_no_event_is_named(wrong: str) -> None:
    line, words = WRONG[wrong]
    with pytest.raises(NoEvent, match="line 2") as refused:
        list(read(["", line]))
    assert words in str(refused.value)


def test_tests_of_endpoints_tell_of_nothing() -> None:
    assert list(read(['{"type": "endpoint.test", "data": {"event": {}}}', "\n"])) == []


async def test_the_command_says_it_to_people_and_to_programs(
    app: AppUnderTest, tmp_path: Path
) -> None:
    feed = tmp_path / "kept.jsonl"

    async def said(*words: str) -> tuple[int, str]:
        return await run(
            *("lost", "--feed", str(feed), *words),
            SEQUESTRE_DATABASE_URL=app.database_url,
            SEQUESTRE_SECRETS_KEY=SECRETS_KEY,
        )

    came = transfer("top_up", 5_000, reference="pi_1")
    feed.write_text(f"{json.dumps(came)}\n")
    code, output = await said()
    assert (code, output.splitlines()) == (
        1,
        [
            "1 event, and the books do not know 1 of them.",
            f"✗ top up {came['data']['transfer']['id']} of 2026-11-30 09:00:00 UTC: 50.00 EUR, ana,"
            " reference pi_1",
            "  wallet of ana: held 50.00 EUR more than by the books",
        ],
    )
    code, output = await said("--json")
    document = json.loads(output)
    assert (code, document["unknown"], document["orders"]) == (1, 1, [])
    assert document["people"] == [{"user_id": "ana", "amount": 5_000, "currency": "EUR"}]
    for nothing in ("", "\n\n", '{"type": "endpoint.test", "data": {}}\n'):
        feed.write_text(nothing)
        assert await said() == (2, "sequestre: --feed: the feed holds no event\n")
    feed.write_text("nonsense\n")
    assert await said() == (2, "sequestre: --feed: line 1 is no JSON\n")
    feed.write_bytes(b"\xff\n")
    assert await said() == (2, "sequestre: --feed: the feed is no text in UTF-8\n")


async def test_what_a_feed_says_forges_no_line(app: AppUnderTest, tmp_path: Path) -> None:
    forged = "ana\n✓ 3 events: the books know them all.\x1b[2K\u202e"
    feed = tmp_path / "kept.jsonl"
    feed.write_text(json.dumps(transfer("top_up", 5_000, user_id=forged, reference=forged)))
    code, output = await on(app, "lost", "--feed", str(feed))
    assert (code, len(output.splitlines())) == (1, 3)
    assert "ana\\n✓ 3 events: the books know them all.\\x1b[2K\\u202e" in output
    assert not {"\x1b", "\u202e"} & set(output)
    feed.write_text('{"type": "t", "id": "e", "data": {"a\\nb": {}, "order": {"id": "\\u001b"}}}')
    code, output = await on(app, "lost", "--feed", str(feed))
    assert (code, len(output.splitlines()), "\x1b" in output) == (2, 1, False)


@pytest.mark.skipif(sys.platform != "linux", reason="a file that breaks off as it is read")
async def test_a_feed_that_cannot_be_read_is_not_taken_for_a_database_that_is_away(
    app: AppUnderTest,
) -> None:
    code, output = await on(app, "lost", "--feed", "/proc/self/mem")
    assert (code, output) == (2, "sequestre: --feed: the feed cannot be read: input/output error\n")
