"""Every link of every console page leads somewhere, whoever and whatever it names."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest

from db import last_checks, payouts
from db.audit import Finding, Proof
from db.payouts import NewRow
from db.pool import connection
from domain.payments import PayoutState
from reconcile.orphan_workflows import OrphanWorkflow, terminate
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.test_console_deliveries import endpoint_of
from tests.app_under_test import OPERATOR, AppUnderTest, OrderInPlay, Person, somebody
from tests.contract import eur

UI = "https://temporal.example"
AGAIN = '<button class="btn mini" name="delivery"'
LEADING = ("href", "data-src", "hx-get")
NOBODYS_ORDER = "0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10"
HIDDEN_ID = "night\u200bshift"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "link":  # what a page is drawn with
            self.found |= {value for name, value in attrs if name in LEADING and value}


def links_of(html: str, page: str) -> set[str]:
    """The addresses on this site to which a page leads, without their fragments."""
    parser = _Links()
    parser.feed(html)
    wanted = (urlsplit(urljoin(page, one)) for one in parser.found)
    ours = (one for one in wanted if not one.scheme and not one.netloc)
    return {f"{one.path}{one.query and f'?{one.query}'}" for one in ours}


async def followed(visit: Visit) -> dict[str, int]:
    """How each address is answered to which the console leads: its own pages are read on."""
    answers: dict[str, int] = {}
    waiting = {"/console"}
    while waiting:
        here = waiting.pop()
        answer = await visit.get(here)
        answers[here] = answer.status_code
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if is_page and answer.status_code < 400 and here.startswith("/console"):
            waiting |= links_of(answer.text, here) - set(answers)
    return answers


async def money_passes(app: AppUnderTest) -> None:
    """By a machine and somebody of finance, of whom nothing else is known."""
    rich, finance = somebody("rich"), somebody("finance", "finance")
    machine = somebody("machine", "provider")
    path = f"/v1/wallets/{rich.id}/top-ups"
    made = await app.api.post(path, machine, eur(700) | {"reason": "As agreed."}, key="paid")
    assert 201 == made.status_code, made.text
    back = f"/v1/transfers/{made.json()['id']}/reverse"
    assert 201 == (await app.api.post(back, finance, {"reason": "By mistake."})).status_code


async def a_payout_waits(app: AppUnderTest) -> None:
    """For a second person, of somebody of whom nothing else is known."""
    earner = somebody("earner")
    await app.api.top_up(earner, 2_000)
    new = NewRow(uuid4(), earner.id, 500, "EUR", "paper", "account-1", PayoutState.REQUESTED)
    async with connection(app.pool) as acquired:
        await payouts.add(acquired, new)


async def cases_are_mediated(app: AppUnderTest) -> None:
    """By people of whom nothing else is known: one takes a case, another one is given it."""
    taken = await (await app.place_order()).reach("disputed")
    await taken.act("assign", somebody("mediator", "mediator"))
    handed = await (await app.place_order()).reach("disputed")
    to = somebody("other", "mediator")
    await handed.act("assign", somebody("support", "support"), {"mediator_id": to.id})


async def orders_are_stopped_past_the_api(app: AppUnderTest) -> None:
    """From Temporal's Web UI, and in a name that no address can carry."""
    for names in ([], ["night/shift"], ["."], [HIDDEN_ID]):
        play: OrderInPlay = await app.place_order()
        handle = app.temporal.get_workflow_handle(f"order-{play.order['id']}")
        for name in names:
            actor = {"id": name, "role": "operator"}
            await handle.signal("cancel", {"actor": actor, "request_id": str(uuid4())})
        if not names:
            await handle.cancel()
        await handle.result()


async def things_are_found(app: AppUnderTest) -> None:
    """By a check, about an order that is there and one that is not; a workflow is terminated."""
    order = (await (await app.place_order()).reach("completed")).order["id"]
    found = [Finding("escrow", f"order {one}", "is amiss") for one in (order, NOBODYS_ORDER)]
    name = f"order-{NOBODYS_ORDER}"
    orphan = OrphanWorkflow("orphan-workflow", f"workflow {name}", "runs", name)
    async with connection(app.pool) as acquired:
        await last_checks.note(acquired, "nightly", Proof(1, found, []))
        await last_checks.note(acquired, "full", Proof(1, [], [orphan]))
    await terminate(app.pool, app.temporal, orphan, "night-shift")


@pytest.fixture(scope="module")
async def market(own_app: AppUnderTest) -> AppUnderTest:
    """A stack on which all kinds of things were done, by and to people who never did anything."""
    app = own_app
    kept, deleted = await endpoint_of(app), await endpoint_of(app)
    await money_passes(app)
    await a_payout_waits(app)
    await cases_are_mediated(app)
    await orders_are_stopped_past_the_api(app)
    await things_are_found(app)
    nobody = somebody("nobody")
    await app.api.call("PUT", f"/v1/users/{nobody.id}", OPERATOR, {"name": None})
    await app.api.post(f"/v1/webhook-endpoints/{kept}/test", OPERATOR)
    gone = await app.api.call("DELETE", f"/v1/webhook-endpoints/{deleted}", OPERATOR)
    assert 204 == gone.status_code
    return app


@pytest.mark.parametrize("role", ["operator", "support", "finance"])
async def test_no_link_of_the_console_leads_nowhere(role: str, market: AppUnderTest) -> None:
    reader: Person = somebody(role, role)
    async with (
        market.with_settings(temporal_ui=UI) as api,
        visiting(market, reader, api) as visit,
    ):
        answers = await followed(visit)
    assert {} == {at: status for at, status in answers.items() if status >= 400}
    for page in ("/console/people/temporal", "/console/journal", "/console/findings"):
        assert page in answers
    assert [at for at in answers if at.endswith("/workflow")]
    assert any(at.startswith("/console/people/machine-") for at in answers)
    assert any(re.fullmatch(r"/console/payouts/[^/]+/workflow", at) for at in answers)


async def test_who_is_not_known_has_a_page_that_says_so(market: AppUnderTest) -> None:
    async with visiting(market, somebody("operator", "operator")) as visit:
        unknown = await visit.get("/console/people/temporal")
        known = await visit.get(f"/console/people/{(await market.place_order()).buyer.id}")
    said = "Nothing is known of them yet"
    assert [(200, True), (200, False)] == [
        (one.status_code, said in one.text) for one in (unknown, known)
    ]
    assert 'href="/console/journal?by=temporal"' in unknown.text


async def test_a_deleted_endpoint_is_read_and_no_longer_told(market: AppUnderTest) -> None:
    endpoint = await endpoint_of(market)
    here = f"/console/deliveries/{endpoint}"
    play = await market.place_order()
    async with visiting(market, somebody("operator", "operator")) as visit:
        before = await visit.get(here)
        await market.api.call("DELETE", f"/v1/webhook-endpoints/{endpoint}", OPERATOR)
        after = await visit.get(here)
        listed = await visit.get("/console/deliveries")
    assert [200, 200] == [before.status_code, after.status_code]
    assert [True, False] == [f'action="{here}/test"' in one.text for one in (before, after)]
    assert [1, 0] == [one.text.count(AGAIN) for one in (before, after)]
    assert play.order["id"] in after.text
    assert "A deleted endpoint" in after.text
    assert here not in listed.text
