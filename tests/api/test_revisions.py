"""Revisions: asked for, granted, refused."""

import pytest

from tests.api.assertions import INSTANT, code, extra_id, instant, journal, later
from tests.api.conftest import OrderIn
from tests.app_under_test import DELIVER, AppUnderTest, OrderInPlay

WISH = {"reason": "Bluer, please."}
REFUSAL = {"ground": "not_included", "reason": "The contract has one draft."}


async def test_a_granted_revision_runs_for_the_services_revision_time(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(revision_time="P1D")).reach("revision_requested")
    await in_play.act("accept_revision", in_play.seller)
    assert "in_progress" == in_play.order["state"]
    assert later(in_play.order["updated_at"], days=1) == instant(in_play.order["due_at"])
    assert "late" == in_play.order["deadline"]["on_expiry"]


async def test_a_revision_time_that_was_not_given_is_the_delivery_time(order_in: OrderIn) -> None:
    in_play = await order_in("revision_requested")
    await in_play.act("accept_revision", in_play.seller)
    assert later(in_play.order["updated_at"], days=3) == instant(in_play.order["due_at"])


async def test_a_revised_order_is_delivered_again_and_paid(order_in: OrderIn) -> None:
    in_play = await order_in("revision_requested")
    await in_play.act("accept_revision", in_play.seller)
    await in_play.act("deliver", in_play.seller, DELIVER)
    await in_play.act("complete", in_play.buyer)
    assert [
        "buyer: place → pending",
        "seller: accept → in_progress",
        "seller: deliver → delivered",
        "buyer: request_revision → revision_requested",
        "seller: accept_revision → in_progress",
        "seller: deliver → delivered",
        "buyer: complete → completed",
    ] == await journal(in_play)


async def test_a_revision_may_be_asked_for_again_and_again(order_in: OrderIn) -> None:
    in_play = await order_in("revision_requested")
    await in_play.act("accept_revision", in_play.seller)
    await in_play.act("deliver", in_play.seller, DELIVER)
    await in_play.act("request_revision", in_play.buyer, {"reason": "Bluer still."})
    assert "revision_requested" == in_play.order["state"]


async def revised(in_play: OrderInPlay) -> None:
    """A round of revision, and the work delivered again."""
    await in_play.act("request_revision", in_play.buyer, WISH)
    await in_play.act("accept_revision", in_play.seller)
    await in_play.act("deliver", in_play.seller, DELIVER)


@pytest.mark.parametrize("included", [0, 1, 2])
async def test_as_many_may_be_asked_for_as_the_service_includes(
    app: AppUnderTest, included: int
) -> None:
    in_play = await (await app.place_order(revisions_included=included)).reach("delivered")
    for used in range(included):
        assert {"included": included, "used": used} == in_play.order["revisions"]
        await revised(in_play)
    path = f"/v1/orders/{in_play.order['id']}/actions/request_revision"
    refused = [
        await app.api.post(path, in_play.buyer, WISH, key=f"none-left-{in_play.order['id']}"),
        await app.api.post(f"{path}/preview", in_play.buyer, WISH),
    ]
    for answer in refused:
        assert (409, "action-not-allowed") == code(answer)
        assert "buy_extra" in answer.json()["detail"]
        assert "request_offer" in answer.json()["detail"]
        assert "delivered" == answer.json()["state"]
        assert ["complete", "buy_extra", "request_offer", "propose_settlement"] == answer.json()[
            "actions"
        ]
    seen = await in_play.now()
    assert {"included": included, "used": included} == seen["revisions"]
    assert "request_revision" not in seen["actions"]
    # The ways on that the refusal names lead on.
    await in_play.act("request_offer", in_play.buyer, {"description": "Bluer still."})
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    assert {"included": included, "used": included} == in_play.order["revisions"]


async def test_a_service_without_a_number_has_no_limit(order_in: OrderIn) -> None:
    in_play = await order_in("delivered")
    assert {"included": None, "used": 0} == in_play.order["revisions"]
    for _ in range(3):
        await revised(in_play)
    assert {"included": None, "used": 3} == in_play.order["revisions"]
    assert "request_revision" in (await in_play.now())["actions"]


async def test_a_refused_revision_uses_none_up(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(revisions_included=1)).reach("revision_refused")
    assert {"included": 1, "used": 0} == in_play.order["revisions"]
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    await in_play.act("deliver", in_play.seller, DELIVER)
    await revised(in_play)
    assert {"included": 1, "used": 1} == in_play.order["revisions"]


async def test_a_preview_says_how_many_are_left(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(revisions_included=2)).reach("delivered")
    path = f"/v1/orders/{in_play.order['id']}/actions/request_revision/preview"
    for language, left in (("en", "Revisions left: 2 of 2."), ("fr", "restantes\u00a0: 2 sur 2.")):
        answer = await app.api.post(path, in_play.buyer, WISH, **{"Accept-Language": language})
        assert left in " ".join(answer.json()["notes"])


async def test_the_buyer_reads_why_a_revision_was_refused(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("revision_requested")
    await in_play.act("refuse_revision", in_play.seller, REFUSAL)
    last = (await app.api.events(in_play.order, in_play.buyer))[-1]
    assert REFUSAL == last["fields"]


@pytest.mark.parametrize("ground", ["vague", "out_of_scope", "other"])
async def test_other_grounds_may_be_given(order_in: OrderIn, ground: str) -> None:
    in_play = await order_in("revision_requested")
    await in_play.act("refuse_revision", in_play.seller, REFUSAL | {"ground": ground})
    assert "revision_refused" == in_play.order["state"]


async def test_a_refused_revision_cannot_be_asked_for_again(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("revision_refused")
    answer = await app.api.act(
        in_play.order, "request_revision", in_play.buyer, {"reason": "Please."}
    )
    assert (409, "action-not-allowed") == code(answer)
    assert [
        "complete",
        "open_dispute",
        "buy_extra",
        "request_offer",
        "propose_settlement",
    ] == answer.json()["actions"]


async def test_a_dispute_waits_for_the_answer_to_be_overdue(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("revision_requested")
    answer = await app.api.act(in_play.order, "open_dispute", in_play.buyer, {"reason": "Now."})
    assert (409, "action-not-allowed") == code(answer)
    assert ["complete", "propose_settlement"] == answer.json()["actions"]


async def test_a_delivery_carries_its_message_and_its_links(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("in_progress")
    body = {"message": "Here it is.", "links": ["https://files.example/logo.svg"]}
    await in_play.act("deliver", in_play.seller, body)
    assert body == (await app.api.events(in_play.order, in_play.buyer))[-1]["fields"]
    assert INSTANT == in_play.order["deadline"]["at"]


async def test_a_link_is_kept_in_the_form_in_which_it_was_understood(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("in_progress")
    links = ["https:files.example/x", r"https:\\files.example\y", " https://files.example/a b "]
    kept = ["https://files.example/x", "https://files.example/y", "https://files.example/a%20b"]
    await in_play.act("deliver", in_play.seller, {"message": "Here it is.", "links": links})
    (said,) = [one["fields"] for one in await app.api.events(in_play.order, in_play.buyer)][-1:]
    assert kept == said["links"]
