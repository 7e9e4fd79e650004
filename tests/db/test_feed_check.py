"""What is not in the feed as it happened is found, whoever kept it out."""

import pytest

from db import audit, feed
from db.audit import Finding
from db.pool import Connection
from tests.db.constraint_violations import Drops, drop
from tests.db.feeding import FEEDING
from tests.db.market import Owner
from tests.db.sample import Sample
from tests.db.test_oracles import defenceless, tampered

__all__ = ["defenceless"]

CHECKS = ("differing-feed", "feed-gap")
OF_ORDER = "order_id = '$order' AND ref = {}"
A_TOP_UP = "SELECT ledger.move('another-key', 'top_up', 'euros', 'EUR', 500)"
A_STEP = (
    'INSERT INTO events SELECT (jsonb_populate_record(e, \'{"seq": 9, "version": 9,'
    " \"request_id\": null}')).* FROM events e WHERE order_id = '$order' AND seq = 2"
)
A_DISPUTE = (
    "INSERT INTO provider_events (provider, id, kind, name, at, reference, ours, amount, currency)"
    " SELECT provider, 'again', kind, name, at, reference, ours, amount, currency"
    " FROM provider_events WHERE kind = 'dispute_opened' LIMIT 1;"
    " UPDATE provider_events SET outcome = 'applied', decided_at = now() WHERE id = 'again'"
)
WRONG = {
    "the last is gone": (
        "DELETE FROM feed WHERE number = (SELECT max(number) FROM feed)",
        {"differing-feed"},
    ),
    "an entry is gone from between": (f"DELETE FROM feed WHERE {OF_ORDER.format(2)}", set(CHECKS)),
    "the first is gone": ("DELETE FROM feed WHERE number = 1", set(CHECKS)),
    "another type": ("UPDATE feed SET type = 'order.late' WHERE number = 3", {"differing-feed"}),
    "of nothing": (f"UPDATE feed SET ref = 99 WHERE {OF_ORDER.format(2)}", {"differing-feed"}),
    "of nobody knows what": ("UPDATE feed SET source = 'x' WHERE number = 1", {"differing-feed"}),
    "another type of a dispute": (
        "UPDATE feed SET type = 'payment.dispute_won' WHERE source = 'dispute'",
        {"differing-feed"},
    ),
    "of a dispute that nobody told of": (
        "UPDATE feed SET ref = ref + 9000 WHERE source = 'dispute'",
        {"differing-feed"},
    ),
    "a number too far": (
        "UPDATE feed SET number = number + 1 WHERE number = (SELECT max(number) FROM feed)",
        {"feed-gap"},
    ),
    "what waited is gone": ("DELETE FROM unnumbered", {"differing-feed"}),
}


async def found_by(connection: Connection) -> set[str]:
    """The checks of the feed that find something."""
    return {one.check for one in await about(connection)}


async def about(connection: Connection) -> list[Finding]:
    """What the checks of the feed find."""
    return [one for check in CHECKS for one in await audit.findings_of(connection, check, None)]


@pytest.mark.parametrize("wrong", WRONG)
async def test_it_is_found(wrong: str, defenceless: Owner, sample: Sample) -> None:
    statement, expected = WRONG[wrong]
    assert await about(defenceless) == []
    await tampered(defenceless, statement, sample.final.id)
    assert await found_by(defenceless) == expected


@pytest.mark.parametrize("mode", ["origin", "replica"])
@pytest.mark.parametrize("write", [A_TOP_UP, A_STEP, A_DISPUTE])
async def test_whatever_writes_feeds(
    write: str, mode: str, tampering: Owner, sample: Sample
) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    before = await tampering.fetchval("SELECT count(*) FROM unnumbered")
    await tampering.execute(write.replace("$order", sample.final.id))
    assert await tampering.fetchval("SELECT count(*) FROM unnumbered") == before + 1
    await feed.give_numbers(tampering, 100)
    assert await about(tampering) == []


@pytest.mark.parametrize("write", [A_TOP_UP, A_STEP, A_DISPUTE])
async def test_what_is_written_without_the_trigger_is_found(
    write: str, tampering: Owner, drops: Drops, sample: Sample
) -> None:
    await drop(tampering, FEEDING, drops)
    await tampering.execute(write.replace("$order", sample.final.id))
    assert await found_by(tampering) == {"differing-feed"}


async def test_nothing_is_missed_while_the_past_is_brought_in(defenceless: Owner) -> None:
    await defenceless.execute(
        "TRUNCATE feed, unnumbered; INSERT INTO unnumbered (source, order_id, ref, type)"
        f" VALUES ('{feed.PAST}', '{feed.OF_NO_ORDER}', 0, '')"
    )
    pieces = 0
    while await feed.give_numbers(defenceless, 3):
        assert await about(defenceless) == []
        pieces += 1
    assert pieces > 4
    assert await about(defenceless) == []
    assert await defenceless.fetchval("SELECT count(*) FROM unnumbered") == 0
