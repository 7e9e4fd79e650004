"""Ninety days of an order whose money can be held no longer, on a clock that is moved."""

from datetime import datetime, timedelta

from tests.app_under_test import MEDIATOR, OPERATOR, Json
from tests.clock.conftest import MovableApp

DAY, MOMENT = timedelta(days=1), timedelta(milliseconds=1)


async def test_each_warning_and_the_limit_come_once_each_at_their_own_instant(
    movable: MovableApp,
) -> None:
    async with movable.app.with_settings(holding_limit="P90D") as api:
        in_play = await movable.app.place_order(api=api)
    in_play.api = movable.app.api
    await in_play.act("accept", in_play.seller)
    safe = (await in_play.api.order(in_play.order["id"], OPERATOR))["last_safe_at"]
    limit = datetime.fromisoformat(in_play.order["created_at"]) + 90 * DAY
    assert limit - 25 * DAY == datetime.fromisoformat(safe)

    await movable.advance(by="P91D")

    passed = [one for one in await movable.app.api.events(in_play.order, OPERATOR) if _is_held(one)]
    instants = [limit - 25 * DAY - before * DAY for before in (14, 7, 2)]
    for event, at in zip(passed, [*instants, limit], strict=True):
        assert at < datetime.fromisoformat(event["at"]) < at + MOMENT
    order = await in_play.now()
    assert ("disputed", 0) == (order["state"], await in_play.api.balance(in_play.seller))
    resolved = {"outcome": "pay_seller", "reasons": "It is blue."}
    await in_play.act("resolve", MEDIATOR, resolved)
    assert 1600 == await in_play.api.balance(in_play.seller)


def _is_held(entry: Json) -> bool:
    opened = (entry["event"], entry["actor"]["role"]) == ("order.dispute_opened", "deadline")
    return opened or entry["event"] == "order.holding_reminder"
