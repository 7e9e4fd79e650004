"""What endpoints are told: the order as it was after the step, and nobody else's."""

import json

import pytest
from pydantic import TypeAdapter

from activities.channel import Message
from db import orders
from documents.message import MESSAGE_EXAMPLE, MessageView
from documents.order import ORDER_EXAMPLE, OrderView, order_document
from documents.webhook import LARGEST, WebhookData, WebhookEvent, WebhookPayload, bounded
from domain.notices import EVENTS
from tests.notifications.steps import KINDS
from tests.webhooks.conftest import SECRET, Marketplace
from tests.webhooks.receiver import Json

HOSTILE = [
    '"},"type":"order.completed","x":{"y":"',
    "\\u0022}\\n",
    "line\nbreak\r\n\r\nwebhook-id: evt_1",
    "\u2028\u2029\u202e\ufeff\x7f",
    "</script><script>alert(1)</script>",
    "{{7*7}} ${jndi:ldap://x} %s%n",
    "🐟" * 50,
]


async def payload(marketplace: Marketplace, message: Message) -> Json:
    """What arrives, verified."""
    return (await marketplace.sent(message)).verified(SECRET)


async def test_a_step_of_every_kind(marketplace: Marketplace) -> None:
    endpoint = await marketplace.endpoint()
    for event in KINDS:
        message = await marketplace.message(await marketplace.write(event), endpoint)
        check(event, message, await payload(marketplace, message))


def check(event: str, message: Message, found: Json) -> None:
    """Whether a payload says what happened to which order."""
    assert set(found) == {"id", "type", "timestamp", "data"}
    assert (found["id"], found["type"]) == (message.id, event)
    assert TypeAdapter(WebhookPayload).validate_python(found, strict=False).timestamp == message.at
    assert found["data"]["event"] == {
        "id": message.id,
        "order_id": str(message.order_id),
        "seq": message.seq,
        "at": found["timestamp"],
    }
    assert found["data"]["order"]["id"] == str(message.order_id)
    assert found["data"]["order"]["actions"] == []


def test_there_is_a_step_of_every_event() -> None:
    assert set(EVENTS) == set(KINDS)


async def test_the_order_is_as_the_api_shows_it(marketplace: Marketplace) -> None:
    message = await marketplace.about()
    async with marketplace.pool.acquire() as connection:
        row = await orders.get(connection, message.order_id)
    assert row is not None
    shown = order_document(row.order, row.words, (), late=False)
    assert (await payload(marketplace, message))["data"]["order"] == json.loads(
        shown.model_dump_json()
    )


async def test_the_order_is_as_it_was_after_the_step(marketplace: Marketplace) -> None:
    endpoint = await marketplace.endpoint()
    step = await marketplace.write("order.accepted")
    await marketplace.cancel(step)
    order = (await payload(marketplace, await marketplace.message(step, endpoint)))["data"]["order"]
    assert (order["state"], order["version"]) == ("in_progress", step.order.version)
    assert order["outcome"] is None


async def test_a_late_order_says_so(marketplace: Marketplace) -> None:
    found = await payload(marketplace, await marketplace.about(event="order.late"))
    assert found["data"]["order"]["late"] is True


async def test_no_other_orders_data(marketplace: Marketplace) -> None:
    endpoint = await marketplace.endpoint()
    first = await marketplace.write(title="Ana's fish", reason="Too fishy.")
    await marketplace.write(
        title="Zoe's bird", reason="Too feathery.", buyer_id="zoe", seller_id="yan"
    )
    body = (await marketplace.sent(await marketplace.message(first, endpoint))).body.decode()
    assert "Ana's fish" in body
    for foreign in ("Zoe's bird", "feathery", "zoe", "yan"):
        assert foreign not in body


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_people_wrote_stays_a_text(text: str, marketplace: Marketplace) -> None:
    message = await marketplace.about(event="order.dispute_opened", title=text, reason=text)
    found = await payload(marketplace, message)
    assert found["type"] == "order.dispute_opened"
    assert set(found["data"]) == {"event", "order", "shortened"}
    assert found["data"]["order"]["title"] == text
    assert found["data"]["order"]["dispute"]["reason"] == text
    (hook,) = marketplace.receiver.hooks
    assert hook.id == message.id


@pytest.mark.parametrize("letter", ["x", "é", "🐟", "\x01"])
async def test_long_texts_are_cut(letter: str, marketplace: Marketplace) -> None:
    message = await marketplace.about(event="order.settlement_proposed", reason=letter * 10_000)
    object.__setattr__(message.words, "brief", letter * 10_000)
    hook = await marketplace.sent(message)
    assert len(hook.body) <= LARGEST
    data = hook.verified(SECRET)["data"]
    assert data["shortened"] is True
    for text in (data["order"]["brief"], data["order"]["settlements"][0]["reason"]):
        assert text.startswith(letter * 200)
        assert text.endswith("…")
    assert data["order"]["title"] == "A logo"


async def test_what_the_marketplace_noted_is_told_whole(marketplace: Marketplace) -> None:
    """Its programs read it, to whom a text that was cut is another one."""
    message = await marketplace.about(event="order.settlement_proposed", reason="x" * 10_000)
    order = (await payload(marketplace, message))["data"]["order"]
    assert (order["external_id"], order["metadata"]) == (
        f"own-{message.order_id}",
        {"basket": "b-1207"},
    )
    marketplace.receiver.hooks.clear()
    noted = {f"key-{number}": "x" * 500 for number in range(50)}
    message.words.metadata.update(noted)
    data = (await payload(marketplace, message))["data"]
    assert data["shortened"] is True
    assert data["order"]["metadata"] == {"basket": "b-1207", **noted}


async def test_texts_that_fit_are_whole(marketplace: Marketplace) -> None:
    message = await marketplace.about(event="order.settlement_proposed", reason="x" * 10_000)
    data = (await payload(marketplace, message))["data"]
    assert data["shortened"] is False
    assert data["order"]["settlements"][0]["reason"] == "x" * 10_000


def test_a_message_is_shortened_with_the_order_and_keeps_whole_links() -> None:
    links = [f"https://files.example/{n}/{'x' * 900}" for n in range(20)]
    message = MessageView.model_validate(
        {**MESSAGE_EXAMPLE, "text": "🐟" * 10_000, "links": links}, strict=False
    )
    event = WebhookEvent(id="evt_m3", order_id=message.order_id, seq=None, at=message.at)
    order = OrderView.model_validate(ORDER_EXAMPLE, strict=False)
    data = WebhookData(event=event, order=order, message=message, shortened=False)
    whole = WebhookPayload(id=event.id, type="order.message", timestamp=message.at, data=data)
    text = bounded(whole).model_dump_json()
    assert len(text.encode()) <= LARGEST
    found = json.loads(text)["data"]
    assert found["shortened"]
    assert found["message"]["text"].endswith("🐟…")
    assert found["message"]["links"] == links[: len(found["message"]["links"])]
    assert 0 < len(found["message"]["links"]) < 20
