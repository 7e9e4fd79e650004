"""The operators' page of the clock moves it, says how far it is, and is there on no other stack."""

from datetime import datetime, timedelta

import pytest

from tests.api.pages.browser import hidden, visiting
from tests.api.pages.statements import statements_of
from tests.app_under_test import eventually, somebody
from tests.clock.conftest import MovableApp

PAGE = "/console/clock"


async def test_the_clock_is_moved_from_its_page_once(movable: MovableApp) -> None:
    app = movable.app
    order = await app.place_order()
    async with visiting(app, somebody("operator", "operator")) as visit:
        page = (await visit.get(PAGE)).text
        assert 'class="env"' in page
        before = await movable.now()
        sent = {"made_for": hidden(page, "made_for"), "key": hidden(page, "key"), "by": "P7D"}
        answer = await visit.client.post(PAGE, data=sent)
        again = await visit.client.post(PAGE, data=sent)
        assert (303, 303) == (answer.status_code, again.status_code)
        at = answer.headers["Location"]

        async def is_there() -> bool:
            return "It has arrived" in (await visit.get(at, Accept_Language="en")).text

        await eventually(is_there)
        assert 7 <= (await movable.now() - before).days < 14
        part = await visit.get(at, HX_Request="true")
        assert part.text.lstrip().startswith("<section")
    assert "cancelled" == (await order.now())["state"]


async def test_its_page_asks_the_database_twice_beside_the_session(movable: MovableApp) -> None:
    async with visiting(movable.app, somebody("operator", "operator")) as visit:
        asked = await statements_of(visit, PAGE)
        anywhere = await statements_of(visit, "/session")
    assert (3, 1) == (len(asked), len(anywhere)), asked


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_it_goes_to_the_next_deadline(language: str, movable: MovableApp) -> None:
    await movable.app.place_order()
    before = (await movable.clock())["now"]
    async with visiting(movable.app, somebody("operator", "operator")) as visit:
        page = (await visit.get(PAGE, Accept_Language=language)).text
        assert 'value="next"' in page
        sent = {"made_for": hidden(page, "made_for"), "key": hidden(page, "key"), "by": "next"}
        answer = await visit.client.post(PAGE, data=sent)
        assert answer.status_code == 303, answer.text[answer.text.index("<main") :]

        async def rests() -> bool:
            return (await movable.clock())["target"] is None

        await eventually(rests)
        at = answer.headers["Location"]
        assert "/console/orders?sort=changed" in (await visit.get(at)).text
    assert before < (await movable.clock())["now"]


@pytest.mark.parametrize("offset", ["", "+02:00", "Z"])
async def test_it_goes_to_an_instant(offset: str, movable: MovableApp) -> None:
    at = (await movable.now() + timedelta(days=2)).replace(second=0, microsecond=0, tzinfo=None)
    meant = datetime.fromisoformat(f"{at.isoformat()}{offset or 'Z'}")
    async with visiting(movable.app, somebody("operator", "operator")) as visit:
        page = (await visit.get(PAGE)).text
        sent = {"made_for": hidden(page, "made_for"), "key": hidden(page, "key"), "by": "to"}
        answer = await visit.client.post(PAGE, data={**sent, "to": f"{at:%Y-%m-%dT%H:%M}{offset}"})
        assert answer.status_code == 303

        async def is_there() -> bool:
            return await movable.now() >= meant

        await eventually(is_there)
    assert await movable.now() < meant + timedelta(hours=1)


@pytest.mark.parametrize(
    ("by", "to"),
    [("to", "2000-01-01T00:00"), ("to", "soon"), ("to", ""), ("P99Y", ""), ("", ""),
     ("to", "9999-12-31T23:59")],
)  # fmt: skip
async def test_what_the_clock_cannot_do_is_said(by: str, to: str, movable: MovableApp) -> None:
    async with visiting(movable.app, somebody("operator", "operator")) as visit:
        page = (await visit.get(PAGE)).text
        sent = {
            "made_for": hidden(page, "made_for"),
            "key": hidden(page, "key"),
            "by": by,
            "to": to,
        }
        answer = await visit.client.post(PAGE, data=sent)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


async def test_the_clock_is_for_operators_alone(movable: MovableApp) -> None:
    for who, status in ((somebody("m", "mediator"), 403), (somebody("u"), 403), (None, 401)):
        async with visiting(movable.app, who) as visit:
            assert (await visit.get(PAGE)).status_code == status
