"""The scenes of a rehearsal, played on one and the same release."""

from domain.vocabulary import OPEN_STATES
from tests.app_under_test import AppUnderTest
from tests.rehearsal.rehearsal import together
from tests.rehearsal.rehearsed_order import RehearsedOrder
from tests.rehearsal.scenes import SCENES


async def test_every_order_comes_to_its_end_though_the_worker_was_away(app: AppUnderTest) -> None:
    orders = [RehearsedOrder(scene, app.api) for scene in SCENES]
    await together(order.open() for order in orders)
    async with app.worker_away(), app.with_settings(action_wait=0.1) as impatient:
        for order in orders:
            order.api = impatient
        await together(order.ask() for order in orders)
    for order in orders:
        order.api = app.api
    await together(order.finish() for order in orders)


def test_orders_are_left_in_every_open_state() -> None:
    assert set(OPEN_STATES) <= {scene.reached for scene in SCENES}
