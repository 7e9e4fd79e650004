"""No page has anything that axe-core finds, a scroll sideways, or a browser that complains."""

import pytest

from tests.web.conftest import Opened
from tests.web.marketplace import Marketplace
from tests.web.places import PLACES, Place
from tests.web.window import DESKTOP, HEIGHT, PHONE, THEMES, Language, Look


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("place", PLACES, ids=str)
async def test_nothing_is_wrong_with_a_page(
    marketplace: Marketplace, windows: Opened, place: Place, language: Language
) -> None:
    window = await windows(
        marketplace.base_url, marketplace.secret, place.who, Look(language, PHONE)
    )
    found = []
    for width in (PHONE, DESKTOP):
        await window.page.set_viewport_size({"width": width, "height": HEIGHT})
        assert place.status == await window.open(place.at(marketplace))
        for theme in THEMES:
            await window.page.emulate_media(color_scheme=theme)
            found += [f"{width} {theme}: {one}" for one in await window.faults()]
    assert [] == found
    assert language == await window.page.locator("html").get_attribute("lang")
