"""No page has anything that axe-core finds, a scroll sideways, or a browser that complains."""

import pytest

from tests.web.conftest import Opened
from tests.web.marketplace import Marketplace
from tests.web.places import PLACES, Place
from tests.web.window import PHONE, Language, Look


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("place", PLACES, ids=str)
async def test_nothing_is_wrong_with_a_page(
    marketplace: Marketplace, windows: Opened, place: Place, language: Language
) -> None:
    window = await windows(
        marketplace.base_url, marketplace.secret, place.who, Look(language, PHONE)
    )
    assert [] == await window.faults_at(place.at(marketplace), place.status)
    assert language == await window.page.locator("html").get_attribute("lang")
