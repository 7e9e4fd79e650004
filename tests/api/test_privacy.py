"""What people write to each other stays in the database; Temporal's history has none of it."""

from tests.api.assertions import extra_id
from tests.api.forged import signed
from tests.app_under_test import OPERATOR, AppUnderTest, somebody

CANARIES = [
    *("canary-brief", "canary-title", "canary-message", "canary-link", "canary-revision"),
    *("canary-refusal", "canary-second-message", "canary-dispute", "canary-reasons"),
    *("canary-refused-message", "canary-cancel", "canary-release"),
    *("canary-buyer", "canary-seller", "canary-mediator"),
]


async def test_no_personal_text_lies_in_temporal(app: AppUnderTest) -> None:
    in_play = await app.place_order(title="canary-title")
    for who in (in_play.buyer, in_play.seller):
        name = {"name": f"canary-{who.id.partition('-')[0]}"}
        assert (await app.api.call("PUT", f"/v1/users/{who.id}", OPERATOR, name)).is_success
    mediator = somebody("mediator", "mediator")
    bearer = f"Bearer {signed(sub=mediator.id, roles=['mediator'], name='canary-mediator')}"
    assert (await app.api.get("/v1/disputes", Authorization=bearer)).is_success
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
    await in_play.act("assign", mediator)
    await in_play.act("release", mediator, {"reason": "canary-release"})
    await in_play.act(
        "resolve",
        mediator,
        {"outcome": "restart", "delivery_time": "P9D", "reasons": "canary-reasons"},
    )
    await in_play.act("cancel", in_play.seller, {"reason": "canary-cancel"})

    handle = app.temporal.get_workflow_handle(f"order-{in_play.order['id']}")
    history = [event.SerializeToString() async for event in handle.fetch_history_events()]
    text = b"\n".join(history) + repr((await handle.describe()).raw_description).encode()
    assert [] == [canary for canary in CANARIES if canary.encode() in text]
    # What may lie there does, so that a history that cannot be read would be noticed.
    for clear in (in_play.buyer.id, mediator.id, "out_of_scope", "P9D", "refuse_revision"):
        assert clear.encode() in text
    journal = str(await app.api.events(in_play.order, in_play.buyer))
    unwritten = [*CANARIES[:2], *CANARIES[-3:]]
    assert unwritten == [canary for canary in CANARIES if canary not in journal]
    names = (in_play.order["buyer_name"], in_play.order["seller_name"])
    assert names == ("canary-buyer", "canary-seller")
