"""What people write to each other stays in the database; Temporal's history has none of it."""

from tests.api.assertions import extra_id
from tests.app_under_test import MEDIATOR, AppUnderTest

CANARIES = [
    *("canary-brief", "canary-title", "canary-message", "canary-link", "canary-revision"),
    *("canary-refusal", "canary-second-message", "canary-dispute", "canary-reasons"),
    *("canary-refused-message", "canary-cancel", "canary-release"),
]


async def test_no_personal_text_lies_in_temporal(app: AppUnderTest) -> None:
    in_play = await app.place_order(title="canary-title")
    body = {"service_id": in_play.service["id"], "brief": "canary-brief"}
    answer = await app.api.post("/v1/orders", in_play.buyer, body, key="canary")
    in_play.order = answer.json()
    early = {"message": "canary-refused-message"}
    assert 409 == (await app.api.act(in_play.order, "deliver", in_play.seller, early)).status_code
    await in_play.act("accept", in_play.seller)
    delivery = {"message": "canary-message", "links": ["https://canary-link.example/"]}
    await in_play.act("deliver", in_play.seller, delivery)
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    await in_play.act("deliver", in_play.seller, {"message": "canary-second-message"})
    await in_play.act("request_revision", in_play.buyer, {"reason": "canary-revision"})
    await in_play.act(
        "refuse_revision", in_play.seller, {"ground": "out_of_scope", "reason": "canary-refusal"}
    )
    await in_play.act("open_dispute", in_play.buyer, {"reason": "canary-dispute"})
    await in_play.act("assign", MEDIATOR)
    await in_play.act("release", MEDIATOR, {"reason": "canary-release"})
    await in_play.act(
        "resolve",
        MEDIATOR,
        {"outcome": "restart", "delivery_time": "P9D", "reasons": "canary-reasons"},
    )
    await in_play.act("cancel", in_play.seller, {"reason": "canary-cancel"})

    handle = app.temporal.get_workflow_handle(f"order-{in_play.order['id']}")
    history = [event.SerializeToString() async for event in handle.fetch_history_events()]
    text = b"\n".join(history) + repr((await handle.describe()).raw_description).encode()
    assert [] == [canary for canary in CANARIES if canary.encode() in text]
    # What may lie there does, so that a history that cannot be read would be noticed.
    for clear in (in_play.buyer.id, MEDIATOR.id, "out_of_scope", "P9D", "refuse_revision"):
        assert clear.encode() in text
    journal = str(await app.api.events(in_play.order, in_play.buyer))
    assert CANARIES[:2] == [canary for canary in CANARIES if canary not in journal]
