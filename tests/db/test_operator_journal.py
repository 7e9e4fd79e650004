"""The journal of those who operate is read along an index, however much they have done."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from db import operator_journal
from db.operator_journal import WantedDeeds
from domain.operator_deeds import OperatorDeed, Subject
from tests.db.market import Market, Owner

CROWD = """
    INSERT INTO operator_journal (by_id, roles, deed, subject, subject_id, user_id, at)
    SELECT 'machine', '{provider}', 'top_up', 'transfer', 't' || n, 'u' || n,
           now() - n * interval '1 minute'
    FROM generate_series(1, 3000) AS n;
    INSERT INTO operator_journal (by_id, roles, deed, subject, subject_id, user_id, at)
    SELECT 'olga', '{operator}', 'reversal', 'transfer', 't' || n, 'u' || n,
           now() - interval '2 days' + n * interval '1 minute'
    FROM generate_series(1, 5) AS n;
    ANALYZE operator_journal;
"""
LISTS = {
    "all": (WantedDeeds(), "top_up"),
    "of somebody": (WantedDeeds(by_id="olga"), "reversal"),
    "of a kind": (WantedDeeds(deed="reversal"), "reversal"),
    "to something": (WantedDeeds(subject_id="t4"), "reversal"),
    "about somebody": (WantedDeeds(user_id="u4"), "reversal"),
    "since": (WantedDeeds(since=datetime.now(UTC) - timedelta(minutes=30)), "top_up"),
}


@pytest.mark.parametrize(("wanted", "deed"), LISTS.values(), ids=LISTS)
async def test_a_list_looks_at_no_more_deeds_than_it_shows(
    wanted: WantedDeeds, deed: str, market: Market, owner: Owner, database_url: str
) -> None:
    await owner.execute(CROWD)
    connection = await asyncpg.connect(database_url)
    async with connection.transaction():
        found = await operator_journal.page(connection, wanted, None, 10)
        looked_at = await connection.fetchval(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relid = 'operator_journal'::regclass"
        )
    await connection.close()
    assert deed in {one.deed for one in found}
    assert looked_at <= 11  # one more than is shown says that the list goes on


async def test_what_the_books_have_once_is_noted_once(market: Market, owner: Owner) -> None:
    done = OperatorDeed("olga", ("finance",), "payout", Subject.TRANSFER, "a-transfer")
    async with market.pool.acquire() as connection:
        for _ in range(2):
            await operator_journal.write(connection, done)
        found = await operator_journal.page(
            connection, WantedDeeds(subject_id="a-transfer"), None, 10
        )
    assert [(one.deed, one.accepted) for one in found] == [("payout", True)]
