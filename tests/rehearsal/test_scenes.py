"""The scenes of a rehearsal, played on one and the same release."""

from domain.vocabulary import OPEN_STATES
from tests.house import House
from tests.rehearsal.playing import Play
from tests.rehearsal.rehearsal import together
from tests.rehearsal.scenes import SCENES


async def test_every_order_comes_to_its_end_though_the_worker_was_away(house: House) -> None:
    plays = [Play(scene, house.door) for scene in SCENES]
    await together(play.open() for play in plays)
    async with house.worker_away():
        await together(play.ask() for play in plays)
    await together(play.finish() for play in plays)


def test_orders_are_left_in_every_open_state() -> None:
    assert set(OPEN_STATES) <= {scene.reached for scene in SCENES}
