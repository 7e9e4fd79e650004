"""The limit for holding an order's money: shown to operators, kept to, and told of."""

from typing import Any

import pytest

from tests.api.assertions import code, extra_id, instant, ledger, wallets
from tests.api.conftest import AnotherApi
from tests.api.test_previews import look
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    PATIENCE_SECONDS,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    eventually,
    in_time,
)
from tests.contract import DAY

WINDOWS = ("acceptance", "review", "revision_answer", "decision", "assignment", "ruling")
AROUND_WORK = 27 * DAY
"""How long all that comes before and after the work takes at worst, by default."""


@pytest.fixture
async def limited(another_api: AnotherApi) -> ApiClient:
    """An API under which the usual order, of three days, just ends in time."""
    return await another_api(holding_limit=AROUND_WORK + 3 * DAY)


async def seen_by(in_play: OrderInPlay, who: Person) -> Json:
    """The order as somebody sees it."""
    return await in_play.api.order(in_play.order["id"], who)


async def test_operators_see_by_when_it_has_to_move_on_and_nobody_else_does(
    app: AppUnderTest, limited: ApiClient
) -> None:
    in_play = await app.place_order(api=limited)
    placed = instant(in_play.order["created_at"])
    assert in_play.order["last_safe_at"] is None
    assert placed + 2 * DAY == instant((await seen_by(in_play, OPERATOR))["last_safe_at"])
    await in_play.act("accept", in_play.seller)
    in_play.api = app.api  # an API without a limit: the order keeps its own
    assert placed + 5 * DAY == instant((await seen_by(in_play, OPERATOR))["last_safe_at"])
    listed = await app.api.get(f"/v1/orders?buyer_id={in_play.buyer.id}", OPERATOR)
    assert placed + 5 * DAY == instant(listed.json()["items"][0]["last_safe_at"])
    for who in (in_play.buyer, in_play.seller):
        assert (await seen_by(in_play, who))["last_safe_at"] is None
    await in_play.reach("disputed")
    assert (await seen_by(in_play, MEDIATOR))["last_safe_at"] is None
    assert placed + 23 * DAY == instant((await seen_by(in_play, OPERATOR))["last_safe_at"])
    await in_play.act("cancel", OPERATOR)
    assert (await seen_by(in_play, OPERATOR))["last_safe_at"] is None


async def test_without_a_limit_there_is_none(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    assert (await seen_by(in_play, OPERATOR))["last_safe_at"] is None


async def test_a_service_that_takes_too_long_is_not_ordered(
    app: AppUnderTest, limited: ApiClient
) -> None:
    in_play = await app.place_order(api=app.api, delivery_time="P3DT1S")
    body = {"service_id": in_play.service["id"], "brief": "A logo."}
    answer = await limited.post("/v1/orders", in_play.buyer, body, key=f"{in_play.buyer.id}-long")
    assert (422, "invalid-request") == code(answer)
    assert "an order may take P3D at most" in answer.json()["detail"]
    assert ["body.service_id"] == [one["field"] for one in answer.json()["errors"]]
    assert 8_000 == await app.api.balance(in_play.buyer)


async def test_more_work_that_could_overrun_is_refused_and_changes_nothing(
    app: AppUnderTest, limited: ApiClient
) -> None:
    in_play = await app.place_order(api=limited)
    before = await wallets(in_play)
    seen = await look(in_play, "buy_extra", in_play.buyer, extra_id(in_play))
    done = await limited.act(in_play.order, "buy_extra", in_play.buyer, extra_id(in_play))
    for answer in (seen, done):
        assert (409, "action-not-allowed") == code(answer)
        assert "work may be due by" in answer.json()["detail"]
    assert before == await wallets(in_play)
    await in_play.act("accept", in_play.seller)
    offer = {"title": "More", "price": {"amount": 500, "currency": "EUR"}, "delivery_time": "P9D"}
    refused = await limited.act(in_play.order, "make_offer", in_play.seller, offer)
    assert (409, "action-not-allowed") == code(refused)


async def test_what_fits_says_in_its_preview_until_when_work_may_be_due(
    app: AppUnderTest, another_api: AnotherApi
) -> None:
    roomy = await another_api(holding_limit=AROUND_WORK + 9 * DAY)
    in_play = await app.place_order(api=roomy)
    await in_play.act("accept", in_play.seller)
    body = extra_id(in_play)
    english = await look(in_play, "buy_extra", in_play.buyer, body, **{"Accept-Language": "en"})
    french = await look(in_play, "buy_extra", in_play.buyer, body, **{"Accept-Language": "fr"})
    assert any("so work may be due by" in note for note in english.json()["notes"])
    assert any("le travail doit donc être prévu" in note for note in french.json()["notes"])
    await in_play.act("buy_extra", in_play.buyer, body)


async def told_of_the_limit(in_play: OrderInPlay) -> list[str]:
    """What has come of the limit, in its order."""
    events = [str(one["event"]) for one in await in_play.api.events(in_play.order, OPERATOR)]
    return [one for one in events if "holding" in one or "dispute_opened" in one]


async def brought_to_the_limit(app: AppUnderTest, short: str) -> OrderInPlay:
    """An order that was accepted, under windows and a limit that are short, and that operators were
    warned of before the limit came."""
    windows: dict[str, Any] = {f"{name}_window": short for name in WINDOWS}
    seconds = int(short.strip("PTS"))
    async with app.with_settings(holding_limit=f"PT{8 * seconds}S", **windows) as api:
        in_play = await app.place_order(api=api, delivery_time="PT1S")
    in_play.api = app.api
    await in_play.reach("in_progress")
    first, *_ = await eventually(lambda: told_of_the_limit(in_play))
    if first != "order.holding_reminder":
        await ended(in_play)
    assert first == "order.holding_reminder"
    return in_play


async def ended(in_play: OrderInPlay) -> None:
    """Ends what would escalate each second for as long as there are tests. What comes when the
    deadline has passed and has not acted yet is refused."""

    async def ends() -> bool:
        return (await in_play.api.act(in_play.order, "cancel", OPERATOR)).status_code == 200

    await eventually(ends)


async def test_an_order_that_reaches_the_limit_goes_to_a_person(app: AppUnderTest) -> None:
    in_play = await in_time(lambda short: brought_to_the_limit(app, short))
    # The limit is up to eight windows of sixteen seconds away.
    order = await eventually(
        in_play.now, lambda order: order["state"] == "disputed", 8 * 16 + PATIENCE_SECONDS
    )
    assert {"id": None, "role": "deadline"} == order["dispute"]["opened_by"]
    assert ["hold: buyer → escrow 2000"] == await ledger(in_play)
    assert ["order.holding_reminder", "order.dispute_opened"] == await told_of_the_limit(in_play)
    told = (await app.api.get("/v1/notifications?limit=100", OPERATOR)).json()["items"]
    about = [one["event"] for one in told if one["order_id"] == order["id"]]
    assert {"order.holding_reminder", "order.dispute_opened"} <= set(about)
    await ended(in_play)
