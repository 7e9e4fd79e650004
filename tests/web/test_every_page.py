"""No page has anything that axe-core finds, a scroll sideways, or a browser that complains."""

import pytest

from tests.web.conftest import Opened
from tests.web.marketplace import Marketplace
from tests.web.places import PLACES, Place
from tests.web.window import DESKTOP, PHONE, Language, Look, Theme


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("place", PLACES, ids=str)
async def test_nothing_is_wrong_with_a_page(
    marketplace: Marketplace,
    windows: Opened,
    place: Place,
    language: Language,
    width: int,
    theme: Theme,
) -> None:
    look = Look(language, width, theme)
    window = await windows(marketplace.base_url, marketplace.secret, place.who, look)
    assert place.status == await window.open(place.at(marketplace))
    assert [] == await window.faults()
    assert language == await window.page.locator("html").get_attribute("lang")
