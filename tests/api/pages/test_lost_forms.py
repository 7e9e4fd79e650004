"""A session that ends in the middle of a form: nothing is lost, nothing is done by itself."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
import structlog
from fastapi import APIRouter, Request
from starlette.responses import Response
from structlog.testing import capture_logs

from api.app import create_app
from api.auth.tokens import issue
from api.pages import forms
from api.pages.forms import TOKEN, Form, Posted
from api.pages.page import to
from api.pages.reader import SignedIn
from infra.settings import Settings
from tests.api.pages.browser import Visit, hidden, visiting
from tests.app_under_test import (
    SECRET,
    SECRETS_KEY,
    ApiClient,
    AppUnderTest,
    Json,
    Person,
    somebody,
)
from tests.serving import served

ADDRESS = "/settings/of/a-test/%C3%A9?side=seller&x=%20"
WRITTEN = "Dear Théo,\n\n<script>alert('x')</script> & \"quotes\" ' شكرا 🎉\n  indented\n\nlast"
FIELDS: Json = {"text": WRITTEN, "choice": "yes", "key": "a-key", "seen": "7", "empty": ""}

router = APIRouter()
done: list[tuple[str, Form]] = []


@router.get("/settings/of/{test}/{rest:path}")
async def shown(request: Request, reader: SignedIn) -> Response:
    """A page with a form on it."""
    token = forms.token_for(request.app.state.settings.keyring, reader)
    return Response(f'<input name="{TOKEN}" value="{token}">', media_type="text/html")


@router.post("/settings/of/the-form/first")
async def form_first(form: Posted, reader: SignedIn) -> Response:
    """The same, where the form is looked at before its reader."""
    return await carried_out(reader, form)


@router.post("/settings/of/{test}/{rest:path}")
async def carried_out(reader: SignedIn, form: Posted) -> Response:
    """What the form does."""
    done.append((reader.caller.id, form))
    return to("/settings")


@pytest.fixture(scope="module")
async def api(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """The pages, and one more with a form."""
    values: Json = {
        "database_url": app.database_url,
        "jwt_secret": SECRET,
        "secrets_key": SECRETS_KEY,
        "rate_limit": 0,
    }
    application = create_app(Settings(_env_file=None, **values))
    application.include_router(router)
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(served(application))


@pytest.fixture(autouse=True)
def _nothing_done() -> None:
    done.clear()


class _Parts(HTMLParser):
    """The form of a lost page, and what can be read on it."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.action = ""
        self.links: list[dict[str, str | None]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and (given.get("action") or "").startswith("/settings/of"):
            self.action, self.inside = given["action"] or "", True
        if tag == "input" and self.inside:
            self.fields.append((given.get("name") or "", given.get("value") or ""))
        if tag == "a":
            self.links.append(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def parts(answer: httpx.Response) -> _Parts:
    found = _Parts()
    found.feed(answer.text)
    return found


async def sent(visit: Visit, address: str, fields: list[tuple[str, str]]) -> httpx.Response:
    body = urlencode(fields)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return await visit.client.post(address, content=body, headers=kind)


async def written(visit: Visit) -> list[tuple[str, str]]:
    """Somebody opens the form and writes in it; gives its fields."""
    token = hidden((await visit.get(ADDRESS)).text, TOKEN)
    assert token
    return [(TOKEN, token), *FIELDS.items(), ("text", "a second one")]


async def over(app: AppUnderTest, who: Person) -> None:
    owner = await asyncpg.connect(app.database_url)
    await owner.execute("UPDATE sessions SET idle_until = now() WHERE user_id = $1", who.id)
    await owner.close()


async def signs_in(visit: Visit, who: Person) -> None:
    """In another tab of the same browser."""
    token = who.signed(SECRET)["Authorization"].removeprefix("Bearer ")
    fresh = issue(SECRET, who.id, who.roles, 4000 + len(visit.client.cookies))
    answer = await visit.get(f"/session?token={fresh}")
    assert fresh != token
    assert 303 == answer.status_code, answer.text


def mine(form: Form) -> list[tuple[str, str]]:
    return [pair for pair in form.pairs if pair[0] != TOKEN]


async def test_a_form_of_a_session_that_goes_on_is_carried_out(
    app: AppUnderTest, api: ApiClient
) -> None:
    who = somebody("steady")
    async with visiting(app, who, api) as visit:
        assert 303 == (await sent(visit, ADDRESS, await written(visit))).status_code
        assert [who.id] == [one for one, _ in done]


async def test_what_was_written_is_shown_and_kept_and_nothing_is_done(
    app: AppUnderTest, api: ApiClient
) -> None:
    who = somebody("slow")
    async with visiting(app, who, api) as visit:
        fields = await written(visit)
        await over(app, who)
        answer = await sent(visit, ADDRESS, fields)
        assert 401 == answer.status_code
        assert "text/html; charset=utf-8" == answer.headers["Content-Type"]
        assert "no-store" == answer.headers["Cache-Control"]
        assert "Your session has ended" in answer.text
        found = parts(answer)
        assert ADDRESS == found.action
        assert fields[1:] == [pair for pair in found.fields if pair[0] != TOKEN]
        lines = re.findall(r'<input[^>]* readonly value="([^"]*)"', answer.text)
        texts = re.findall(
            r"<textarea[^>]* readonly[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL
        )
        assert [WRITTEN, "yes", "a second one"] == [unescape(one) for one in (*texts, *lines)]
        assert "<script>alert" not in answer.text
        ways = [link for link in found.links if link.get("href") == "/session"]
        assert [("_blank", "noopener")] == [(one["target"], one["rel"]) for one in ways]
        assert "/preferences/" not in answer.text  # each would leave the page
    assert [] == done


async def test_after_signing_in_one_press_sends_it(app: AppUnderTest, api: ApiClient) -> None:
    who = somebody("returning")
    async with visiting(app, who, api) as visit:
        fields = await written(visit)
        await over(app, who)
        page = parts(await sent(visit, ADDRESS, fields))
        # Too early: the same page again, which still leads on.
        page = parts(await sent(visit, page.action, page.fields))
        assert [] == done
        await signs_in(visit, who)
        assert [] == done
        answer = await sent(visit, page.action, page.fields)
        assert 303 == answer.status_code
        assert [(who.id, fields[1:])] == [(one, mine(form)) for one, form in done]


async def test_another_person_is_asked_first(app: AppUnderTest, api: ApiClient) -> None:
    who, another = somebody("writer"), somebody("sibling")
    async with visiting(app, who, api) as visit:
        fields = await written(visit)
        await over(app, who)
        page = parts(await sent(visit, ADDRESS, fields))
        await signs_in(visit, another)
        answer = await sent(visit, page.action, page.fields)
        assert (403, []) == (answer.status_code, done)
        assert another.id in answer.text
        asked = parts(answer)
        assert fields[1:] == [pair for pair in asked.fields if pair[0] != TOKEN]
        assert 303 == (await sent(visit, asked.action, asked.fields)).status_code
        assert [(another.id, fields[1:])] == [(one, mine(form)) for one, form in done]


async def test_two_tabs_with_different_people(app: AppUnderTest, api: ApiClient) -> None:
    who, another = somebody("tab-one"), somebody("tab-two")
    async with visiting(app, who, api) as visit:
        fields = await written(visit)
        await signs_in(visit, another)
        answer = await sent(visit, ADDRESS, fields)
        assert (403, []) == (answer.status_code, done)
        assert "Send it again?" in answer.text
        assert 1 == len([link for link in parts(answer).fields if link[0] == TOKEN])
        asked = parts(answer)
        await sent(visit, asked.action, asked.fields)
        assert [another.id] == [one for one, _ in done]


async def test_who_signed_out_in_another_tab_loses_nothing(
    app: AppUnderTest, api: ApiClient
) -> None:
    who = somebody("left")
    async with visiting(app, who, api) as visit:
        fields = await written(visit)
        await visit.client.post("/session/end", data={"x": "y"})
        page = parts(await sent(visit, ADDRESS, fields))
        await signs_in(visit, who)
        # Whose it was nobody knows any more: it is asked.
        answer = await sent(visit, page.action, page.fields)
        assert (403, []) == (answer.status_code, done)
        asked = parts(answer)
        assert 303 == (await sent(visit, asked.action, asked.fields)).status_code
        assert [fields[1:]] == [mine(form) for _, form in done]


async def test_a_token_to_send_again_is_for_its_form_address_and_hour(
    app: AppUnderTest, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = somebody("careful")
    async with visiting(app, who, api) as visit:
        fields = await written(visit)
        await over(app, who)
        page = parts(await sent(visit, ADDRESS, fields))
        monkeypatch.setattr(forms, "AGAIN_SECONDS", -1)
        late = parts(await sent(visit, ADDRESS, fields))
        await signs_in(visit, who)
        changed = [(name, "500" if name == "choice" else value) for name, value in page.fields]
        tries = [
            (page.action, changed),
            (page.action, page.fields[1:]),
            (page.action, [*page.fields, ("more", "1")]),
            ("/settings/of/another/x", page.fields),
            (page.action.replace("seller", "buyer"), page.fields),
            (late.action, late.fields),
        ]
        for address, tried in tries:
            assert 403 == (await sent(visit, address, tried)).status_code, address
        assert [] == done
        assert 303 == (await sent(visit, page.action, page.fields)).status_code


@pytest.mark.parametrize("token", ["", "x", "A" * 200, "é"])
async def test_a_form_without_a_token_of_ours_is_asked_about(
    app: AppUnderTest, api: ApiClient, token: str
) -> None:
    async with visiting(app, somebody("bare"), api) as visit:
        answer = await sent(visit, ADDRESS, [(TOKEN, token), *FIELDS.items()])
        assert (403, []) == (answer.status_code, done)
        assert "Send it again?" in answer.text


async def test_another_sites_form_is_neither_kept_nor_shown(
    app: AppUnderTest, api: ApiClient
) -> None:
    async with visiting(app, api=api) as visit:
        far = {"Sec-Fetch-Site": "cross-site"}
        answer = await visit.client.post(ADDRESS, data=FIELDS, headers=far)
        assert 403 == answer.status_code
        assert "Dear Théo" not in answer.text


@pytest.mark.parametrize("address", [ADDRESS, "/settings/of/the-form/first"])
async def test_whichever_is_asked_for_first_nothing_is_lost(
    app: AppUnderTest, api: ApiClient, address: str
) -> None:
    async with visiting(app, api=api) as visit:
        answer = await visit.client.post(address, data=FIELDS)
        assert (401, address) == (answer.status_code, parts(answer).action)
        assert "Dear Théo" in answer.text
        odd = await visit.client.post(address, json=FIELDS)
        assert (422, False) == (odd.status_code, "Dear Théo" in odd.text)


async def test_a_script_is_given_a_whole_page(app: AppUnderTest, api: ApiClient) -> None:
    async with visiting(app, api=api) as visit:
        answer = await visit.client.post(ADDRESS, data=FIELDS, headers={"HX-Request": "true"})
        assert (401, "body") == (answer.status_code, answer.headers["HX-Retarget"])
        assert "Dear Théo" in answer.text


async def test_it_is_said_in_french_too(app: AppUnderTest, api: ApiClient) -> None:
    async with visiting(app, api=api) as visit:
        answer = await visit.client.post(ADDRESS, data=FIELDS, headers={"Accept-Language": "fr"})
        assert "Votre session a pris fin" in answer.text
        assert "Se connecter dans un autre onglet" in answer.text


async def _tables_with(app: AppUnderTest, word: str) -> list[str]:
    """The tables of the database with a row that holds a word."""
    owner = await asyncpg.connect(app.database_url)
    query = (
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    names = [row[0] for row in await owner.fetch(query)]
    found = []
    for name in names:
        if await owner.fetchval(
            f"SELECT EXISTS (SELECT FROM {name} t WHERE t::text LIKE $1)", word
        ):
            found.append(name)
    await owner.close()
    return found


async def test_nothing_of_what_was_written_is_logged_or_kept(
    app: AppUnderTest, api: ApiClient
) -> None:
    who = somebody("private")
    async with visiting(app, who, api) as visit:
        fields = await written(visit)
        await over(app, who)
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
            page = await sent(visit, ADDRESS, [*fields, ("note", "unmistakable words")])
        assert "unmistakable words" in page.text
        assert "request" in [line["event"] for line in lines]
        assert "unmistakable" not in str(lines)
    assert ["public.sessions"] == await _tables_with(app, f"%{who.id}%")  # it looks everywhere
    assert [] == await _tables_with(app, "%unmistakable words%")
