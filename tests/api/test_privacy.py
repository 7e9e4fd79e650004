"""What people write to each other stays in the database; Temporal's history has none of it."""

from tests.api.readings import extra_id
from tests.house import MEDIATOR, House

CANARIES = [
    *("canary-brief", "canary-title", "canary-message", "canary-link", "canary-revision"),
    *("canary-refusal", "canary-second-message", "canary-dispute", "canary-reasons"),
    *("canary-refused-message", "canary-cancel"),
]


async def test_no_personal_text_lies_in_temporal(house: House) -> None:
    deal = await house.deal(title="canary-title")
    body = {"service_id": deal.service["id"], "brief": "canary-brief"}
    answer = await house.door.post("/v1/orders", deal.buyer, body, key="canary")
    deal.order = answer.json()
    early = {"message": "canary-refused-message"}
    assert 409 == (await house.door.act(deal.order, "deliver", deal.seller, early)).status_code
    await deal.act("accept", deal.seller)
    delivery = {"message": "canary-message", "links": ["https://canary-link.example/"]}
    await deal.act("deliver", deal.seller, delivery)
    await deal.act("buy_extra", deal.buyer, extra_id(deal))
    await deal.act("deliver", deal.seller, {"message": "canary-second-message"})
    await deal.act("request_revision", deal.buyer, {"reason": "canary-revision"})
    await deal.act(
        "refuse_revision", deal.seller, {"ground": "out_of_scope", "reason": "canary-refusal"}
    )
    await deal.act("open_dispute", deal.buyer, {"reason": "canary-dispute"})
    await deal.act(
        "resolve",
        MEDIATOR,
        {"outcome": "restart", "delivery_time": "P9D", "reasons": "canary-reasons"},
    )
    await deal.act("cancel", deal.seller, {"reason": "canary-cancel"})

    handle = house.temporal.get_workflow_handle(f"order-{deal.order['id']}")
    history = [event.SerializeToString() async for event in handle.fetch_history_events()]
    text = b"\n".join(history) + repr((await handle.describe()).raw_description).encode()
    assert [] == [canary for canary in CANARIES if canary.encode() in text]
    # What may lie there does, so that a history that cannot be read would be noticed.
    for clear in (deal.buyer.id, MEDIATOR.id, "out_of_scope", "P9D", "refuse_revision"):
        assert clear.encode() in text
    journal = str(await house.door.events(deal.order, deal.buyer))
    assert CANARIES[:2] == [canary for canary in CANARIES if canary not in journal]
