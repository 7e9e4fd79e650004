"""A check finds in a part what it finds of that part in everything."""

import pytest

from db import audit
from db.audit import Finding, Part
from db.audit_queries import OF_PARTS
from tests.db.controls import Control
from tests.db.market import Owner
from tests.db.sample import Sample
from tests.db.test_audit import ABOUT_MONEY, ABOUT_OWNERS, OF_WALLETS, defenceless
from tests.db.test_oracles import tampered

__all__ = ["defenceless"]

UNSHOWABLE = {
    "unshowable-titles": "UPDATE orders SET titles = '[]' WHERE id = '$order'",
    "foreign-ids": "UPDATE orders SET doc = jsonb_set(doc, '{service_id}', '\"x\"')"
    " WHERE id = '$order'",
    "unshowable-entry": "UPDATE events SET state = 'asleep' WHERE order_id = '$order'",
    "unshowable-request": "UPDATE requests SET actor_role = 'cat' WHERE order_id = '$order'",
    "differing-list": "UPDATE listed_orders SET disputed = true WHERE order_id = '$order'",
    "differing-queue": "INSERT INTO undecided (order_id, request_id)"
    " SELECT order_id, request_id FROM requests WHERE order_id = '$order'",
    "differing-inbox": "UPDATE notices SET unread = NOT unread WHERE order_id = '$order'",
    "differing-feed": "DELETE FROM feed WHERE order_id = '$order' AND ref = 2",
    "feed-gap": "DELETE FROM feed WHERE order_id = '$order' AND ref = 1",
    "notice-for-nobody": "UPDATE notices SET role = 'cat' WHERE order_id = '$order'",
    "unreadable-step": "UPDATE events SET doc = '{}' WHERE order_id = '$order' AND accepted",
    "broken-running-balance": "UPDATE ledger.transfer SET credit_after = credit_after + 1"
    " WHERE tx_id = (SELECT min(id) FROM ledger.tx WHERE order_id = '$order')",
}
CONTROLS = [
    *ABOUT_MONEY,
    *ABOUT_OWNERS,
    *OF_WALLETS.values(),
    *(Control("", sql) for sql in UNSHOWABLE.values()),
]


async def of(connection: Owner, part: Part) -> set[Finding]:
    """What all checks that can be asked about a part find in this one."""
    found = [await audit.findings_of(connection, one, part) for one in sorted(OF_PARTS)]
    return {finding for some in found for finding in some}


@pytest.mark.parametrize("control", CONTROLS, ids=range(len(CONTROLS)))
async def test_parts_together_show_what_everything_shows(
    control: Control, defenceless: Owner, sample: Sample
) -> None:
    await tampered(defenceless, control.sql, getattr(sample, control.of).id)
    accounts = [row["id"] for row in await defenceless.fetch("SELECT id FROM ledger.account")]
    expected = {one for one in await audit.findings(defenceless) if one.check in OF_PARTS}
    found = await of(defenceless, Part(accounts=accounts))
    for order_id in await audit.order_ids(defenceless):
        found |= await of(defenceless, Part(orders=[order_id]))
    assert expected == found


@pytest.mark.parametrize("check", sorted(OF_PARTS))
async def test_a_check_finds_nothing_in_a_part_of_nothing(
    check: str, defenceless: Owner, sample: Sample
) -> None:
    for sql in UNSHOWABLE.values():
        await tampered(defenceless, sql, sample.final.id)
    assert await audit.findings_of(defenceless, check, Part()) == []


@pytest.mark.parametrize("check", UNSHOWABLE)
async def test_each_of_them_can_find_something(
    check: str, defenceless: Owner, sample: Sample
) -> None:
    sql = UNSHOWABLE[check]
    await tampered(defenceless, sql, sample.final.id)
    part = Part(
        await audit.order_ids(defenceless),
        [row["id"] for row in await defenceless.fetch("SELECT id FROM ledger.account")],
    )
    assert check in {one.check for one in await audit.findings_of(defenceless, check, part)}
