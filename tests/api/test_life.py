"""An order's life over HTTP, from the payment to the end, with its document and its money."""

import pytest

from tests.api.assertions import INSTANT, At, code, instant, journal, later, ledger, wallets
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import OPERATOR, AppUnderTest, Json, OrderInPlay
from tests.contract import eur

ACTIONS: dict[str, tuple[list[str], list[str], list[str]]] = {
    # state: what the buyer, the seller and an operator may do
    "pending": (["buy_extra", "cancel"], ["accept", "cancel"], ["cancel"]),
    "in_progress": (
        ["buy_extra", "request_offer", "request_cancellation", "propose_settlement"],
        ["deliver", "make_offer", "cancel", "propose_settlement"],
        ["cancel"],
    ),
    "delivered": (
        ["request_revision", "complete", "buy_extra", "request_offer", "propose_settlement"],
        ["make_offer", "cancel", "propose_settlement"],
        ["cancel"],
    ),
    "revision_requested": (
        ["complete", "propose_settlement"],
        ["accept_revision", "refuse_revision", "cancel", "propose_settlement"],
        ["cancel"],
    ),
    "revision_refused": (
        ["complete", "open_dispute", "buy_extra", "request_offer", "propose_settlement"],
        ["make_offer", "cancel", "propose_settlement"],
        ["cancel"],
    ),
    "disputed": (
        ["propose_settlement", "add_statement"],
        ["propose_settlement", "add_statement"],
        ["cancel", "assign"],
    ),
    "completed": ([], [], []),
    "cancelled": ([], [], []),
}
DEADLINES: dict[str, tuple[str, str, str, str, float]] = {
    # state: whom it waits for, why, what follows silence, in words, days
    "pending": (
        "seller",
        "acceptance",
        "cancel",
        "the order is cancelled and 20.00 EUR goes back to the buyer",
        2,
    ),
    "in_progress": (
        "seller",
        "delivery",
        "late",
        "the order is late and the buyer may cancel it alone",
        3,
    ),
    "delivered": (
        "buyer",
        "review",
        "complete",
        "the order completes and 16.00 EUR goes to the seller",
        7,
    ),
    "revision_requested": (
        "seller",
        "revision_answer",
        "dispute_allowed",
        "the buyer may open a dispute",
        2,
    ),
    "revision_refused": (
        "buyer",
        "decision",
        "complete",
        "the order completes and 16.00 EUR goes to the seller",
        7,
    ),
    "disputed": (
        "mediator",
        "assignment",
        "escalate",
        "mediators and operators are told again; a dispute never ends by itself",
        2,
    ),
}
VERSIONS = {
    "pending": 1,
    "in_progress": 2,
    "delivered": 3,
    "revision_requested": 4,
    "revision_refused": 5,
    "disputed": 6,
    "completed": 4,
    "cancelled": 3,
}
OUTCOMES: dict[str, Json] = {
    "completed": {
        "kind": "completed",
        "by": "buyer",
        "cause": "complete",
        "refunded": eur(0),
        "paid_to_seller": eur(1600),
        "commission": eur(400),
        "charged_back": None,
    },
    "cancelled": {
        "kind": "cancelled",
        "by": "seller",
        "cause": "cancel",
        "refunded": eur(2000),
        "paid_to_seller": eur(0),
        "commission": eur(0),
        "charged_back": None,
    },
}


def expected_deadline(state: str, order: Json) -> Json | None:
    if state not in DEADLINES:
        return None
    waits_for, reason, on_expiry, consequence, days = DEADLINES[state]
    return {
        "at": At(later(order["updated_at"], days=days)),
        "waits_for": waits_for,
        "reason": reason,
        "on_expiry": on_expiry,
        "consequence": consequence,
    }


def expected_dispute(state: str, in_play: OrderInPlay) -> Json | None:
    if state != "disputed":
        return None
    return {
        "opened_by": {"id": in_play.buyer.id, "role": "buyer"},
        "opened_at": in_play.order["updated_at"],
        "reason": "It is not blue.",
        "mediator_id": None,
        "taken_at": None,
        "closed_at": None,
        "ruling": None,
    }


@pytest.mark.parametrize("state", VERSIONS)
async def test_the_document_of_an_order_says_all_that_the_contract_names(
    app: AppUnderTest, order_in: OrderIn, walking: OrderInPlay, state: str
) -> None:
    final = state in OUTCOMES
    in_play = await (order_in(state) if final else walking.reach(state))
    order = await in_play.now()
    assert list(ACTIONS[state]) == [
        (await app.api.order(order["id"], who))["actions"]
        for who in (in_play.buyer, in_play.seller, OPERATOR)
    ]
    assert {
        "id": in_play.order["id"],
        "state": state,
        "buyer_id": in_play.buyer.id,
        "seller_id": in_play.seller.id,
        "buyer_name": None,
        "seller_name": None,
        "service_id": in_play.service["id"],
        "external_id": None,
        "metadata": {},
        "title": "A logo",
        "brief": "A logo for my shop.",
        "total": eur(2000),
        "commission_bps": 2000,
        "lines": [
            {"id": in_play.service["id"], "kind": "service", "title": "A logo", "price": eur(2000)}
        ],
        "extras": [] if final else in_play.service["extras"],
        "late": False,
        "due_at": None if state == "pending" else INSTANT,
        "deadline": expected_deadline(state, order),
        "actions": ACTIONS[state][0],
        "revisions": {"included": None, "used": 0},
        "last_safe_at": None,
        "unread_messages": 0,
        "offer": None,
        "settlements": [],
        "cancellation_request": None,
        "dispute": expected_dispute(state, in_play),
        "agreement": None,
        "outcome": OUTCOMES.get(state),
        "payment_hold": None,
        "version": VERSIONS[state],
        "created_at": INSTANT,
        "updated_at": INSTANT,
    } == order


async def test_an_action_is_answered_with_the_order_as_it_is_read_afterwards(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    await in_play.act("accept", in_play.seller)
    assert in_play.order == await app.api.order(in_play.order["id"], in_play.seller)


async def test_placing_is_answered_with_the_order_as_it_is_read_afterwards(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("pending")
    assert in_play.order == await in_play.now()


async def test_an_order_is_found_where_its_location_says(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    body = {"service_id": in_play.service["id"], "brief": "Another one."}
    answer = await app.api.post("/v1/orders", in_play.buyer, body, key="the-second")
    again = await app.api.get(answer.headers["Location"], in_play.buyer)
    assert (201, answer.json()["id"]) == (answer.status_code, again.json()["id"])


async def test_the_etag_is_the_version(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    acted = await app.api.act(in_play.order, "accept", in_play.seller)
    read = await app.api.get(f"/v1/orders/{in_play.order['id']}", in_play.buyer)
    assert ('"2"', '"2"') == (acted.headers["ETag"], read.headers["ETag"])


async def test_a_service_is_read_as_it_was_offered(app: AppUnderTest) -> None:
    in_play = await app.place_order(description="With two drafts.", revision_time="P1D")
    read = await app.api.get(f"/v1/services/{in_play.service['id']}", in_play.buyer)
    assert {
        "id": in_play.service["id"],
        "seller_id": in_play.seller.id,
        "title": "A logo",
        "description": "With two drafts.",
        "price": eur(2000),
        "delivery_time": "P3D",
        "revision_time": "P1D",
        "revisions_included": None,
        "extras": [
            {
                "id": in_play.service["extras"][0]["id"],
                "title": "Source files",
                "price": eur(500),
                "delivery_time": "P1D",
            },
            {
                "id": in_play.service["extras"][1]["id"],
                "title": "A second draft",
                "price": eur(700),
                "delivery_time": "P2D",
            },
        ],
        "external_id": None,
        "metadata": {},
        "archived": False,
        "version": 1,
        "created_at": INSTANT,
    } == read.json()


async def test_the_price_waits_in_escrow_while_the_order_runs(order_in: OrderIn) -> None:
    in_play = await order_in("revision_refused")
    assert (8_000, 0) == await wallets(in_play)
    assert ["hold: buyer → escrow 2000"] == await ledger(in_play)


async def test_accepting_gives_the_seller_the_delivery_time_from_then(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    assert later(in_play.order["updated_at"], days=3) == instant(in_play.order["due_at"])
    assert in_play.order["due_at"] == in_play.order["deadline"]["at"]


@pytest.mark.parametrize("state", ["delivered", "revision_requested", "revision_refused"])
async def test_the_buyer_completes(order_in: OrderIn, state: str) -> None:
    in_play = await order_in(state)
    await in_play.act("complete", in_play.buyer)
    assert OUTCOMES["completed"] == in_play.order["outcome"]
    assert (8_000, 1_600) == await wallets(in_play)
    assert [
        "hold: buyer → escrow 2000",
        "release: escrow → seller 1600",
        "release: escrow → commission 400",
    ] == await ledger(in_play)
    assert "buyer: complete → completed" == (await journal(in_play))[-1]


async def test_the_commission_is_rounded_down_in_the_sellers_favour(app: AppUnderTest) -> None:
    in_play = await app.place_order(price=eur(1999))
    await in_play.reach("completed")
    assert (8_001, 1_600) == await wallets(in_play)
    assert eur(399) == in_play.order["outcome"]["commission"]


async def test_a_price_of_one_cent_goes_to_the_seller_whole(app: AppUnderTest) -> None:
    in_play = await app.place_order(price=eur(1))
    await in_play.reach("completed")
    assert ["hold: buyer → escrow 1", "release: escrow → seller 1"] == await ledger(in_play)


async def test_an_order_keeps_the_policy_it_was_placed_under(
    app: AppUnderTest, another_api: AnotherApi
) -> None:
    api = await another_api(commission_bps=500, review_window="PT1H")
    in_play = await app.place_order(api=api)
    in_play.api = app.api
    await in_play.reach("delivered")
    assert later(in_play.order["updated_at"], hours=1) == instant(in_play.order["deadline"]["at"])
    await in_play.act("complete", in_play.buyer)
    assert (500, eur(1900)) == (
        in_play.order["commission_bps"],
        in_play.order["outcome"]["paid_to_seller"],
    )


@pytest.mark.parametrize("state", ["completed", "cancelled"])
async def test_nothing_happens_to_an_order_that_has_ended(
    app: AppUnderTest, order_in: OrderIn, state: str
) -> None:
    in_play = await order_in(state)
    before = await wallets(in_play)
    refused = [
        await app.api.act(in_play.order, action, who)
        for action, who in [
            ("complete", in_play.buyer),
            ("cancel", in_play.buyer),
            ("cancel", in_play.seller),
            ("cancel", OPERATOR),
            ("accept", in_play.seller),
        ]
    ]
    assert [(409, "action-not-allowed")] * 5 == [code(answer) for answer in refused]
    assert [(state, [])] * 5 == [
        (answer.json()["state"], answer.json()["actions"]) for answer in refused
    ]
    assert before == await wallets(in_play)
    assert in_play.order["version"] == (await in_play.now())["version"]


async def test_too_little_money_places_no_order(app: AppUnderTest) -> None:
    in_play = await app.place_order(money=2_000)
    body = {"service_id": in_play.service["id"], "brief": "Another one."}
    answer = await app.api.post("/v1/orders", in_play.buyer, body, key="the-second")
    orders = await app.api.get("/v1/orders?role=buyer", in_play.buyer)
    assert (402, "insufficient-funds") == code(answer)
    assert [in_play.order["id"]] == [order["id"] for order in orders.json()["items"]]


async def test_a_payout_takes_what_the_wallet_holds_and_no_more(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("completed")
    path = f"/v1/wallets/{in_play.seller.id}/payouts"
    paid = await app.api.post(path, OPERATOR, eur(1_500), key=f"{in_play.seller.id}-1")
    short = await app.api.post(path, OPERATOR, eur(101), key=f"{in_play.seller.id}-2")
    assert (201, "payout", eur(100)) == (
        paid.status_code,
        paid.json()["kind"],
        paid.json()["balance"],
    )
    assert (402, "insufficient-funds") == code(short)
    assert 100 == await app.api.balance(in_play.seller)


async def test_wallet_entries_tell_where_money_came_from(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("cancelled")
    entries = (await app.api.get("/v1/wallet/entries", in_play.buyer)).json()["items"]
    assert [
        ("refund", in_play.order["id"], 2_000, 10_000),
        ("hold", in_play.order["id"], -2_000, 8_000),
        ("top_up", None, 10_000, 10_000),
    ] == [
        (one["kind"], one["order_id"], one["amount"]["amount"], one["balance_after"]["amount"])
        for one in entries
    ]
