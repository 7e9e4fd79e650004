"""What falls due while the clock is moved happens, at its own instant."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

from tests.app_under_test import PATIENCE_SECONDS, Json, OrderInPlay, eventually, in_seconds
from tests.clock.conftest import MovableApp

MOMENT = timedelta(milliseconds=1)


async def test_a_deadline_on_the_way_acts_at_its_own_instant(movable: MovableApp) -> None:
    in_play = await movable.app.place_order()
    until = datetime.fromisoformat(in_play.order["deadline"]["at"])
    before = await movable.now()

    moved = await movable.advance(by="P7D")

    assert 2 == moved["carried_out"]  # the reminder and the deadline
    assert datetime.fromisoformat(moved["now"]) >= before + timedelta(days=7)
    *_, reminder, end = await movable.app.api.events(in_play.order, in_play.buyer)
    assert ("cancelled", "deadline") == (end["state"], end["actor"]["role"])
    assert until < datetime.fromisoformat(end["at"]) < until + MOMENT
    assert until - timedelta(hours=24) < datetime.fromisoformat(reminder["at"]) < until
    assert "cancelled" == (await in_play.now())["state"]


async def test_people_act_on_the_moved_clock(movable: MovableApp) -> None:
    in_play = await movable.app.place_order(delivery_time="P30D")
    await in_play.reach("in_progress")

    await movable.advance(by="P20D")
    await in_play.reach("delivered")

    order = await in_play.now()
    now = await movable.now()
    assert abs(
        datetime.fromisoformat(order["deadline"]["at"]) - now - timedelta(days=7)
    ) < timedelta(minutes=2)
    await movable.advance(by="P8D")
    assert "completed" == (await in_play.now())["state"]
    assert 1600 == await movable.app.api.balance(in_play.seller)


async def test_what_is_due_within_a_second_acts_at_as_many_instants(movable: MovableApp) -> None:
    orders = await asyncio.gather(*(movable.app.place_order() for _ in range(8)))
    await movable.advance(by="P3D")
    for in_play in orders:
        end = (await movable.app.api.events(in_play.order, in_play.buyer))[-1]
        late = datetime.fromisoformat(end["at"]) - datetime.fromisoformat(
            in_play.order["deadline"]["at"]
        )
        assert timedelta() < late < MOMENT


async def test_reputation_forgets_after_180_days_of_the_clock(movable: MovableApp) -> None:
    in_play = await movable.app.place_order()
    await in_play.reach("delivered")
    await in_play.act("complete", in_play.buyer)
    address = f"/v1/sellers/{in_play.seller.id}/reputation"
    assert 1 == (await movable.app.api.get(address, in_play.seller)).json()["completed"]
    await movable.advance(by="P179D")
    assert 1 == (await movable.app.api.get(address, in_play.seller)).json()["completed"]
    await movable.advance(by="P2D")
    assert 0 == (await movable.app.api.get(address, in_play.seller)).json()["completed"]


async def test_time_goes_on_by_itself_where_the_clock_was_moved_to(movable: MovableApp) -> None:
    async def attempt(seconds: int) -> tuple[OrderInPlay, datetime, int]:
        in_play = await movable.app.place_order(delivery_time=f"P1DT{seconds}S")
        await in_play.reach("in_progress")
        moved = await movable.advance(by="PT23H59M59S")
        due = datetime.fromisoformat((await in_play.now())["due_at"])
        assert datetime.fromisoformat(moved["now"]) < due
        return in_play, due, seconds

    in_play, due, seconds = await in_seconds(attempt, 10)

    def is_late(events: list[Json]) -> bool:
        return bool("order.late" == events[-1]["event"])

    journal = partial(movable.app.api.events, in_play.order, in_play.buyer)
    (*_, late) = await eventually(journal, is_late, patience=PATIENCE_SECONDS + seconds)

    assert due < datetime.fromisoformat(late["at"]) <= await movable.now()
