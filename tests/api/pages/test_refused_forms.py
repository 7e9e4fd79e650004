"""A form that is refused, whichever part refuses it, gives back what was written in it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.types import Message, Scope

from api.pages.forms import TOKEN
from api.pages.routes import inbox
from api.pages.routing import ROUTES
from api.pages.sent_forms import SentForms
from tests.api.pages.browser import hidden, visiting
from tests.api.pages.form_filling import form_to, send
from tests.app_under_test import ApiClient, AppUnderTest, somebody
from tests.serving import serving

WRITTEN = "Dear Théo,\n\n<script>alert('x')</script> & \"quotes\" ' شكرا 🎉\n  indented\n\nlast"
FIELDS = {"message": WRITTEN, "key": "a-key", "seen": "7", TOKEN: "of-a-session"}
ALL_AT_ONCE = ("/session/end", "/preferences/language", "/preferences/theme", "/enter")
"""Where nothing is written."""

SENDING = sorted(
    route.path
    for one in ROUTES
    for route in one.router.routes
    if "POST" in route.methods and route.path not in ALL_AT_ONCE
)


@pytest.fixture(scope="module")
async def cut_off(
    app: AppUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ApiClient]:
    """Pages that find no database."""
    nowhere: Path = tmp_path_factory.mktemp("nowhere")
    async with AsyncExitStack() as stack:
        url = f"postgresql:///sequestre?host={nowhere}"
        yield await stack.enter_async_context(serving(url))


def address(template: str) -> str:
    names = {"action": "deliver", "kind": "top_up", "part": "name"}
    for name in ("order_id", "service_id", "endpoint_id", "transfer_id", "payout_id"):
        names[name] = str(uuid4())
    return template.format(**names)


def gives_back(html: str, where: str) -> None:
    """It is shown, and can be sent again as it was."""
    assert unescape(html).count(WRITTEN) >= 2
    assert "<script>alert" not in html
    assert sorted(FIELDS.items()) == sorted(form_to(html, where).fields)
    assert "/preferences/" not in html  # each would leave the page


@pytest.mark.parametrize("template", SENDING)
async def test_while_the_database_is_away_no_form_loses_its_text(
    app: AppUnderTest, cut_off: ApiClient, template: str
) -> None:
    async with visiting(app, somebody("writer")) as visit:
        where = address(template)
        answer = await visit.client.post(str(cut_off.client.base_url) + where, data=FIELDS)
    assert 503 == answer.status_code
    assert "text/html; charset=utf-8" == answer.headers["Content-Type"]
    assert "no-store" in answer.headers["Cache-Control"]
    gives_back(answer.text, where)


async def test_once_it_is_back_one_press_does_it(app: AppUnderTest, cut_off: ApiClient) -> None:
    play = await (await app.place_order()).reach("in_progress")
    where = f"/orders/{play.order['id']}/actions/deliver"
    async with visiting(app, play.seller) as visit:
        shown = await send(visit, (await visit.get(where)).text, where, message=WRITTEN, step="x")
        ready = [*form_to(shown.text, where).fields, ("step", "confirm")]
        away = await visit.client.post(str(cut_off.client.base_url) + where, data=dict(ready))
        assert 503 == away.status_code
        for _ in range(2):
            answer = await send(visit, away.text, where)
            assert 303 == answer.status_code
    events = await app.api.events(play.order, play.buyer)
    assert [WRITTEN] == [e["fields"]["message"] for e in events if e["action"] == "deliver"]


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ("/console/orders/{order}/actions/cancel", 403),
        ("/disputes/{order}/messages", 403),
        ("/console/transfers/new/top_up", 403),
        ("/orders/{order}/actions/deliver", 404),
        ("/orders/{order}/messages", 404),
        ("/orders/{order}/actions/fly", 404),
        ("/services/{order}", 404),
        ("/services/{order}/order", 404),
    ],
)
async def test_who_came_in_as_somebody_else_loses_nothing(
    app: AppUnderTest, where: str, status: int
) -> None:
    play = await app.place_order()
    async with visiting(app, somebody("another")) as visit:
        token = hidden((await visit.get("/settings")).text, TOKEN)
        there = where.format(order=play.order["id"])
        answer = await visit.client.post(there, data={**FIELDS, TOKEN: token})
    assert status == answer.status_code
    assert WRITTEN in unescape(answer.text)
    assert (403 == status) is (f'action="{there}"' in answer.text)


async def test_who_sends_too_often_keeps_what_they_wrote(app: AppUnderTest) -> None:
    async with app.with_settings(rate_limit=1, rate_burst=3) as api:  # noqa: SIM117
        async with visiting(app, somebody("hasty"), api) as visit:
            answer = await visit.client.post("/settings/name", data=FIELDS)
            while answer.status_code != 429:
                answer = await visit.client.post("/settings/name", data=FIELDS)
    assert answer.headers["Retry-After"]
    gives_back(answer.text, "/settings/name")


async def test_another_sites_form_is_not_shown(app: AppUnderTest, cut_off: ApiClient) -> None:
    async with visiting(app, somebody("lured")) as visit:
        for told in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            for base in (app.api, cut_off):
                where = f"{base.client.base_url}/settings/name"
                answer = await visit.client.post(where, data=FIELDS, headers=told)
                assert "Dear Théo" not in answer.text
                assert "a-key" not in answer.text


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://[v1]", "null", "é", ""])
async def test_an_origin_that_is_none_is_another_sites(app: AppUnderTest, origin: str) -> None:
    async with visiting(app) as visit:
        answer = await visit.client.post(
            "/preferences/theme", data={"theme": "dark"}, headers={b"Origin": origin.encode()}
        )
    assert (403, False) == (answer.status_code, "Set-Cookie" in answer.headers)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"x=%FF", "application/x-www-form-urlencoded"),
        ("x=é".encode(), "application/x-www-form-urlencoded"),
        (b"&".join([b"x=1"] * 1000), "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--',
            "multipart/form-data",
        ),
        (b"{}", "application/json"),
        (b"", ""),
    ],
)
async def test_what_is_no_form_is_told_so(app: AppUnderTest, content: bytes, kind: str) -> None:
    async with visiting(app, somebody("odd")) as visit:
        answer = await visit.client.post(
            "/settings/name", content=content, headers={"Content-Type": kind}
        )
    assert 422 == answer.status_code
    assert "<h1>" in answer.text


@pytest.mark.parametrize("path", ["/orders", "/inbox"])
async def test_what_a_script_asks_for_by_itself_takes_nothing_away_while_it_cannot_be_answered(
    app: AppUnderTest, cut_off: ApiClient, path: str
) -> None:
    async with visiting(app, somebody("reading")) as visit:
        there = f"{cut_off.client.base_url}{path}"
        answer = await visit.client.get(there, headers={"HX-Request": "true"})
        gone = await visit.get("/orders/nowhere", HX_Request="true")
    assert (503, "none") == (answer.status_code, answer.headers["HX-Reswap"])
    assert "HX-Retarget" not in answer.headers
    assert (404, "body") == (gone.status_code, gone.headers["HX-Retarget"])


@pytest.fixture
def _broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Something that nobody has thought of."""

    def bug(*_given: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "inbox_of", bug)
        yield


@pytest.mark.usefixtures("_broken")
async def test_a_bug_is_told_by_a_page_too(app: AppUnderTest) -> None:
    async with visiting(app, somebody("unlucky")) as visit:
        token = hidden((await visit.get("/settings")).text, TOKEN)
        looked = await visit.get("/inbox")
        sent = {**FIELDS, "up_to": "1", TOKEN: token}
        answer = await visit.client.post("/inbox/read", data=sent)
    assert [503, 503] == [looked.status_code, answer.status_code]
    assert "text/html; charset=utf-8" == looked.headers["Content-Type"]
    assert "close" == looked.headers["Connection"]
    assert "RuntimeError" not in looked.text
    assert WRITTEN in unescape(answer.text)


def _scope(kind: str = "application/x-www-form-urlencoded") -> Scope:
    return {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}


async def _noted(forms: SentForms, *pieces: bytes) -> bytes | None:
    """What is known of a form that comes in pieces, while it is under way."""
    left = list(pieces)

    async def receive() -> Message:
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    with forms.noting(_scope(), receive) as sent:
        for _ in pieces:
            await sent.receive()
        return sent.text


async def test_of_forms_that_are_under_way_no_more_is_noted_than_there_is_room_for() -> None:
    forms = SentForms(most_each=10, most=15)
    assert b"a=1&b=2" == await _noted(forms, b"a=1", b"&b=2")
    assert await _noted(forms, b"123456", b"78901") is None
    assert 0 == forms.held
    with forms.noting(_scope(), _ten_bytes) as first:
        await first.receive()
        assert 10 == forms.held
        assert await _noted(forms, b"123456") is None
        assert b"12345" == await _noted(forms, b"12345")
    assert 0 == forms.held


async def test_what_is_not_sent_to_its_end_is_not_given_back() -> None:
    with SentForms(most_each=10).noting(_scope(), _ten_bytes) as sent:
        await sent.receive()
        assert sent.text is None
    with SentForms(most_each=10).noting(_scope("application/json"), _ten_bytes) as sent:
        await sent.receive()
        assert sent.body is None


async def _ten_bytes() -> Message:
    return {"type": "http.request", "body": b"0123456789", "more_body": True}


async def test_the_way_to_the_page_of_a_form_stays_open(app: AppUnderTest) -> None:
    """What was refused without anything written says what it said before."""
    async with visiting(app, somebody("plain")) as visit:
        page = await visit.get("/orders/nowhere")
    assert "What you wrote" not in page.text
    assert "/preferences/language" in page.text


def test_every_way_of_sending_a_form_is_tried() -> None:
    assert len(SENDING) >= 19
    assert {f"/{one}" for one in ("orders", "console", "disputes", "services", "settings")} <= {
        "/" + one.split("/")[1] for one in SENDING
    }
