"""What is late is asked for by the clock that the orders go by."""

from datetime import timedelta

from cli.web_ui_place import WebUiPlace
from infra.web_ui import WebUi
from tests.clock.conftest import MovableApp


async def test_addresses_speak_of_what_the_moved_clock_shows(movable: MovableApp) -> None:
    place = WebUiPlace(WebUi("https://x", "default"), database_url=movable.app.database_url)
    shown = await movable.now()
    assert timedelta() <= await place.clock() - shown < timedelta(hours=1)
