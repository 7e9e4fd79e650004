"""What the last check found stands apart by what it is about, with what to do about each."""

import re

import pytest

from db import last_checks
from db.audit import Finding, Proof
from db.pool import connection, transaction
from tests.api.pages.browser import visiting
from tests.api.pages.test_console import operator
from tests.api.pages.test_console_deliveries import endpoint_of
from tests.app_under_test import OPERATOR, AppUnderTest

WRONG = Finding("wrong-escrow", "order 1", "holds 5 cents")
LOST = Finding("missing-workflow", "order 2", "its workflow is missing")
UNSERVED = Finding("unserved-build", "build 2", "no worker of it works")
UNCOMPARED = Finding("not-compared", "all orders", "not compared with their workflows: away")
UNASKED = Finding("no-worker", "orders that run", "no worker answers")
TOO_LONG = Finding("not-proved", "check wrong-escrow", "was not proved: it took too long")
SOUND = Proof(3, [], [])


async def shown(app: AppUnderTest, page: str, proof: Proof) -> str:
    """A page as it is after a check."""
    async with connection(app.pool) as acquired:
        await last_checks.note(acquired, "nightly", SOUND)
        await last_checks.note(acquired, "full", proof)
    async with visiting(app, operator()) as visit:
        html = (await visit.get(page, Accept_Language="en")).text
    async with connection(app.pool) as acquired:
        await last_checks.note(acquired, "full", SOUND)
    return html


@pytest.mark.parametrize(
    ("proof", "commands"),
    [
        (Proof(3, [], [], UNCOMPARED), ["sequestre check"]),
        (Proof(3, [], [], None, [UNASKED]), ["sequestre check"]),
        (Proof(3, [], [UNSERVED]), ["sequestre workers"]),
        (Proof(3, [], [], None, [TOO_LONG]), ["sequestre check --budget 3600"]),
        (Proof(3, [], [LOST]), ["sequestre check", "sequestre repair"]),
        (
            Proof(3, [], [LOST, UNSERVED], None, [UNASKED]),
            ["sequestre check", "sequestre repair", "sequestre workers", "sequestre check"],
        ),
    ],
)
async def test_each_finding_has_what_to_do_about_it(
    app: AppUnderTest, proof: Proof, commands: list[str]
) -> None:
    html = await shown(app, "/console/findings", proof)
    assert commands == re.findall(r'value="(sequestre [^"]*)"', html)
    assert ("took longer than they may" in html) == (TOO_LONG in proof.findings)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


LIGHT = re.compile(r"<li><span[^>]*>(?:<svg.*?</svg>)?\s*([^<]*)</span><b>(?:<a[^>]*>)?([^<]*)<")
BOOKS, WORKFLOWS, ITSELF = "The books", "Orders and their workflows", "The check itself"


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (SOUND, ["Holds", "Holds", "Whole"]),
        (Proof(3, [WRONG], []), ["Amiss", "Holds", "Whole"]),
        (Proof(3, [], [LOST]), ["Holds", "Amiss", "Whole"]),
        (Proof(3, [], [UNSERVED]), ["Holds", "Amiss", "Whole"]),
        (Proof(3, [], [], UNCOMPARED), ["Holds", "Not proved", "Not proved"]),
        (Proof(3, [], [], None, [UNASKED]), ["Holds", "Not proved", "Not proved"]),
        (Proof(3, [], [], None, [TOO_LONG]), ["Not proved", "Not proved", "Not proved"]),
        (Proof(3, [WRONG], [LOST], None, [TOO_LONG]), ["Amiss", "Amiss", "Not proved"]),
    ],
)
async def test_books_workflows_and_what_was_not_proved_stand_apart(
    app: AppUnderTest, proof: Proof, said: list[str]
) -> None:
    html = await shown(app, "/console", proof)
    states = {name: state.strip() for state, name in LIGHT.findall(html)}
    assert said == [states.get(one) for one in (BOOKS, WORKFLOWS, ITSELF)], states


async def test_what_was_given_up_is_counted_apart_and_not_tried_next(app: AppUnderTest) -> None:
    async with app.worker_away():
        endpoint = await endpoint_of(app)
        for _ in range(3):
            await app.place_order()
        async with transaction(app.pool) as acquired:
            await acquired.execute(
                "UPDATE deliveries SET attempts = 1, last_error = 'away', started_at = now(),"
                " last_attempt = now(), next_attempt = now() - interval '5 days',"
                " status = CASE WHEN id = (SELECT max(id) FROM deliveries WHERE endpoint_id = $1)"
                " THEN 'pending' ELSE 'failed' END WHERE endpoint_id = $1",
                endpoint,
            )
        async with visiting(app, operator()) as visit:
            home, listed, one = [
                (await visit.get(page, Accept_Language="en")).text
                for page in ("/console", "/console/deliveries", f"/console/deliveries/{endpoint}")
            ]
            failed = (await visit.get(f"/console/deliveries/{endpoint}?status=failed")).text
    await app.api.call("DELETE", f"/v1/webhook-endpoints/{endpoint}", OPERATOR)
    for html in (home, one):
        assert "one message is tried again, 2 messages were given up" in html
        assert "next try" not in html
    assert f'href="/console/deliveries/{endpoint}?status=failed">2 given up' in listed
    assert f'href="/console/deliveries/{endpoint}?status=pending">1</a>' in listed
    assert failed.count("order.placed") >= 2
