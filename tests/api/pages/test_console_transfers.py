"""Operators pay in, pay out and take back, once each, and see before what it will do."""

import pytest

from tests.api.pages.browser import Visit, hidden, visiting
from tests.api.pages.test_console import operator
from tests.app_under_test import OPERATOR, AppUnderTest, Person, somebody

BAD = "<b>ref</b>"
WHY = "The <i>bank</i> says so."


async def sent(visit: Visit, page: str, at: str, **fields: str) -> str:
    """A form of a page, sent as a browser does; gives what came back, or where it leads."""
    shown = await visit.get(page)
    assert shown.status_code == 200, shown.text
    return await posted(visit, shown.text, at, **fields)


async def posted(visit: Visit, html: str, at: str, **fields: str) -> str:
    values = {"made_for": hidden(html, "made_for"), "key": hidden(html, "key"), **fields}
    answer = await visit.client.post(at, data=values)
    if answer.status_code == 303:
        return str(answer.headers["Location"])
    assert answer.status_code in (200, 402, 409, 422), answer.text
    return answer.text


async def paid_in(visit: Visit, who: Person, amount: str) -> str:
    at, fields = "/console/transfers/new/top_up", {"person": who.id, "amount": amount}
    fields |= {"currency": "EUR", "reference": BAD, "reason": WHY}
    preview = await sent(visit, at, at, **fields, step="preview")
    return await posted(visit, preview, at, **fields, step="confirm")


async def test_transfers_are_for_operators_alone(app: AppUnderTest) -> None:
    pages = ["/console/transfers", "/console/transfers/new/top_up"]
    for who, status in ((somebody("m", "mediator"), 403), (somebody("u"), 403), (None, 401)):
        async with visiting(app, who) as visit:
            assert [(await visit.get(page)).status_code for page in pages] == [status] * 2


async def test_whose_money_it_is_is_said_by_name_before_and_after(app: AppUnderTest) -> None:
    """An id that was mistyped is noticed: it has no name, or another one."""
    known, unknown = somebody("known"), somebody("unknown")
    at, fields = "/console/transfers/new/top_up", {"amount": "5", "currency": "EUR", "reason": WHY}
    await app.api.call("PUT", f"/v1/users/{known.id}", OPERATOR, {"name": "Ana <Lima>"})
    async with visiting(app, operator()) as visit:
        preview = await sent(visit, at, at, **fields, person=known.id, step="preview")
        assert "Ana &lt;Lima&gt;" in preview
        made = await posted(visit, preview, at, **fields, person=known.id, step="confirm")
        for page in (made, f"/console/transfers?person={known.id}"):
            assert "Ana &lt;Lima&gt;" in (await visit.get(page)).text
        preview = await sent(visit, at, at, **fields, person=unknown.id, step="preview")
        assert "who has no name here" in preview


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_page_of_transfers_is_there(language: str, app: AppUnderTest) -> None:
    async with visiting(app, operator()) as visit:
        made = await paid_in(visit, somebody("rich"), "20")
        for page in ("", "/new/top_up", "/new/payout", "/new/commission_payout"):
            answer = await visit.get(f"/console/transfers{page}", Accept_Language=language)
            assert answer.status_code == 200, answer.text
        assert (await visit.get(made, Accept_Language=language)).status_code == 200
        assert (await visit.get("/console/transfers/new/gift")).status_code == 404


async def test_money_is_paid_in_once_and_found_by_its_reference(app: AppUnderTest) -> None:
    rich, at = somebody("rich"), "/console/transfers/new/top_up"
    fields = {"person": rich.id, "amount": "1 234,50", "currency": "eur", "reference": BAD}
    fields["reason"] = WHY
    async with visiting(app, operator()) as visit:
        preview = await sent(visit, at, at, **fields, step="preview")
        assert 0 == await app.api.balance(rich)
        first = await posted(visit, preview, at, **fields, step="confirm")
        again = await posted(visit, preview, at, **fields, step="confirm")
        found = await visit.get(f"/console/transfers?reference={BAD}&person={rich.id}")
    assert first == again
    assert 123_450 == await app.api.balance(rich)
    assert f'href="{first}"' in found.text
    assert BAD not in found.text


async def test_a_transfer_is_taken_back_once_after_it_was_said_what_happens(
    app: AppUnderTest,
) -> None:
    rich = somebody("rich")
    async with visiting(app, operator()) as visit:
        made = await paid_in(visit, rich, "20.00")
        reason = {"reason": "The bank <b>called</b> it back."}
        preview = await sent(visit, made, f"{made}/reverse", **reason, step="preview")
        assert 2_000 == await app.api.balance(rich)
        assert "&lt;b&gt;called" in preview
        assert made == await posted(visit, preview, f"{made}/reverse", **reason, step="confirm")
        assert made == await posted(visit, preview, f"{made}/reverse", **reason, step="confirm")
        assert 0 == await app.api.balance(rich)
        shown = (await visit.get(made, Accept_Language="en")).text
        assert "Taken back by" in shown
        assert "reverse" not in shown.split("<main", 1)[1]  # no form for it any more


async def test_what_cannot_be_paid_is_refused_and_stays_written(app: AppUnderTest) -> None:
    poor, at = somebody("poor"), "/console/transfers/new/payout"
    fields = {"person": poor.id, "amount": "20", "currency": "EUR", "reason": WHY}
    async with visiting(app, operator()) as visit:
        preview = await sent(visit, at, at, **fields, step="preview")
        refused = await posted(visit, preview, at, **fields, step="confirm")
    assert f'value="{poor.id}"' in refused
    assert 'role="alert"' in refused


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("person", ""),
        ("person", "x" * 101),
        ("amount", "a lot"),
        ("amount", "-1"),
        ("amount", "0"),
        ("amount", "1,234,5"),
        ("amount", "0.001"),
        ("currency", "XYZ"),
        ("currency", ""),
        ("reference", "x" * 101),
        ("reason", ""),
        ("reason", "x" * 201),
    ],
)
async def test_what_cannot_be_read_is_said_at_its_field(
    name: str, value: str, app: AppUnderTest
) -> None:
    at = "/console/transfers/new/top_up"
    fields = {"person": "ana", "amount": "20", "currency": "EUR", "reason": WHY, name: value}
    async with visiting(app, operator()) as visit:
        answer = await sent(visit, at, at, **fields, step="confirm")
    assert f'id="field-move-{name}-error"' in answer


async def test_a_reversal_says_why(app: AppUnderTest) -> None:
    async with visiting(app, operator()) as visit:
        made = await paid_in(visit, somebody("rich"), "20")
        for reason in ("", "x" * 500):
            fields = {"reason": reason, "step": "confirm"}
            answer = await sent(visit, made, f"{made}/reverse", **fields)
            assert 'id="field-back-reason-error"' in answer


async def test_a_form_without_its_token_moves_nothing(app: AppUnderTest) -> None:
    rich = somebody("rich")
    fields = {
        "person": rich.id,
        "amount": "20",
        "currency": "EUR",
        "reason": WHY,
        "step": "confirm",
    }
    async with visiting(app, operator()) as visit:
        answer = await visit.client.post("/console/transfers/new/top_up", data=fields)
    assert answer.status_code == 403
    assert 0 == await app.api.balance(rich)
