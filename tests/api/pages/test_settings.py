"""Settings: each part saved by itself, confirmed in its place, and kept where it is wrong."""

from tests.api.pages.browser import visiting
from tests.api.pages.form_filling import form_to, send
from tests.app_under_test import AppUnderTest, Json, Person, address_of, somebody

SCRIPT = "<script>alert(1)</script>"


async def me(app: AppUnderTest, who: Person) -> Json:
    known: Json = (await app.api.get("/v1/me", who)).json()
    return known


async def test_each_part_is_saved_and_leaves_the_others(app: AppUnderTest) -> None:
    who = await app.says(somebody("ana"))
    async with visiting(app, who) as visit:
        for part, fields, said in (
            ("name", {"name": "Ana Silva"}, "read this name"),
            ("time_zone", {"time_zone": "Asia/Tokyo"}, "in this zone"),
            ("language", {"language": "fr"}, "Enregistré"),
        ):
            page = (await visit.get("/settings")).text
            answer = await send(visit, page, f"/settings/{part}", **fields)
            assert 303 == answer.status_code
            assert f"/settings?saved={part}#{part}" == answer.headers["Location"]
            assert said in (await visit.get(f"/settings?saved={part}")).text
    known = await me(app, who)
    assert ("Ana Silva", "Asia/Tokyo", "fr") == (
        known["name"],
        known["time_zone"],
        known["language"],
    )
    assert (address_of(who), True, True) == (
        known["email"],
        known["email_confirmed"],
        known["channels"]["email"],
    )


async def test_the_saved_language_counts_over_that_of_the_browser(app: AppUnderTest) -> None:
    async with visiting(app, somebody("polyglot")) as visit:
        await visit.client.post("/preferences/language", data={"language": "en", "next": "/"})
        page = (await visit.get("/settings")).text
        assert 'lang="en"' in page
        await send(visit, page, "/settings/language", language="fr")
        assert '<html lang="fr"' in (await visit.get("/settings")).text


async def test_an_address_waits_until_it_is_confirmed(app: AppUnderTest) -> None:
    who = somebody("bea")
    async with visiting(app, who) as visit:
        page = (await visit.get("/settings")).text
        assert "Send the link again" not in page
        fields = {"email": "bea@example.org", "by_email": "on"}
        assert 303 == (await send(visit, page, "/settings/email", **fields)).status_code
        page = (await visit.get("/settings?saved=email")).text
        assert "We have sent a link to bea@example.org." in page
        again = await send(visit, page, "/settings/confirmation")
        assert "/settings?saved=asked#email" == again.headers["Location"]
        statuses = set()
        for number in range(12):
            page = (await visit.get("/settings")).text
            answer = await send(visit, page, "/settings/email", email=f"bea{number}@example.org")
            statuses.add(answer.status_code)
        assert {303, 429} == statuses
        assert "So many mails with a link were sent today" in answer.text
        assert 429 == (await send(visit, page, "/settings/confirmation")).status_code
        page = (await visit.get("/settings")).text
        assert 303 == (await send(visit, page, "/settings/email", email="")).status_code
    assert (await me(app, who))["email"] is None


async def test_what_is_wrong_is_kept_and_said(app: AppUnderTest) -> None:
    who = await app.says(somebody("wrong"), "fr")
    before = await me(app, who)
    async with visiting(app, who) as visit:
        page = (await visit.get("/settings")).text
        for part, fields in (
            ("name", {"name": "www.evil.example"}),
            ("name", {"name": SCRIPT + "x" * 80}),
            ("name", {"name": "a\x00b"}),
            ("language", {"language": "de"}),
            ("time_zone", {"time_zone": "Mars/Olympus"}),
            ("time_zone", {"time_zone": "../etc/passwd"}),
            ("email", {"email": "no address"}),
            ("email", {"email": SCRIPT}),
        ):
            answer = await send(visit, page, f"/settings/{part}", **fields)
            assert 422 == answer.status_code, fields
            assert f'id="field-settings-{part}-error"' in answer.text
            assert SCRIPT not in answer.text
            if part in ("name", "email"):
                kept = form_to(answer.text, f"/settings/{part}").fields
                assert next(iter(fields.items())) in kept
        assert 303 == (await send(visit, page, "/settings/name", name="")).status_code
        token = dict(form_to(page, "/settings/name").fields)
        assert 303 == (await visit.client.post("/settings/nonsense", data=token)).status_code
    assert before == await me(app, who)


async def test_a_name_is_text_wherever_it_stands(app: AppUnderTest) -> None:
    who = somebody("bold")
    async with visiting(app, who) as visit:
        page = (await visit.get("/settings")).text
        assert 303 == (await send(visit, page, "/settings/name", name="<b>Bo</b> مر")).status_code
        shown = (await visit.get("/settings")).text
        assert "<b>Bo" not in shown
        assert "&lt;b&gt;Bo&lt;/b&gt; مر" in shown


async def test_the_zone_says_what_time_it_is(app: AppUnderTest) -> None:
    async with visiting(app, await app.says(somebody("early"))) as visit:
        page = (await visit.get("/settings")).text
        assert "Now: " in page
        assert '<option value="Europe/Paris" selected>Europe/Paris · ' in page
        assert '<option value="Pacific/Chatham">' in page
