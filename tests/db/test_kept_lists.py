"""What stands beside orders and requests for lists to look in says what these say, whoever writes
to them: a function of the database, a process's own statement, or a hand."""

from collections.abc import Callable

import pytest

from db import audit
from domain.order import Order
from domain.step import ToRecord
from domain.vocabulary import State
from tests.db.constraint_violations import Drops, drop
from tests.db.market import Market, Owner, now
from tests.db.test_in_place import ALL_STEPS, asked

FINAL = "('completed', 'cancelled', 'settled')"
KEPT = {
    "undecided": (
        "SELECT order_id, request_id, actor_id, next_signal FROM undecided",
        "SELECT order_id, request_id, actor_id, next_signal FROM requests WHERE outcome IS NULL",
    ),
    "listed_orders": (
        "SELECT order_id, seller_id, created_at, started, disputed, ended_at, counts_as"
        " FROM listed_orders",
        "SELECT id, seller_id, created_at, started_at IS NOT NULL, state = 'disputed',"
        f" CASE WHEN state IN {FINAL} THEN updated_at END, doc->'outcome'->>'counts_as'"
        " FROM orders",
    ),
    "ledger.outside": (
        "SELECT tx_id, kind, user_id FROM ledger.outside",
        "SELECT DISTINCT t.id, t.kind, a.owner FROM ledger.tx t"
        " JOIN ledger.transfer x ON x.tx_id = t.id"
        " LEFT JOIN ledger.account a ON a.id IN (x.debit_id, x.credit_id)"
        " AND a.kind IN ('wallet', 'payout_pending', 'receivable') WHERE t.order_id IS NULL",
    ),
    "ledger.sums": (
        "SELECT kind, currency, amount FROM ledger.sums WHERE amount <> 0",
        "SELECT a.kind, a.currency, sum(e.amount)::bigint FROM ledger.entry e"
        " JOIN ledger.account a ON a.id = e.account_id GROUP BY 1, 2 HAVING sum(e.amount) <> 0",
    ),
    "sought_orders": (
        "SELECT order_id, buyer_id, seller_id, state, created_at, updated_at, deadline_at,"
        " last_safe_at FROM sought_orders",
        "SELECT id, buyer_id, seller_id, state, created_at, updated_at, deadline_at,"
        f" CASE WHEN state NOT IN {FINAL}"
        " THEN (doc->'holding'->>'last_safe_at')::timestamptz END FROM orders",
    ),
    "state_counts": (
        "SELECT state, orders FROM state_counts WHERE orders <> 0",
        "SELECT state, count(*) FROM orders GROUP BY state",
    ),
    "disputed_orders": (
        "SELECT order_id, opened_at FROM disputed_orders",
        "SELECT id, CASE WHEN pg_input_is_valid(doc->'dispute'->>'opened_at', 'timestamptz')"
        " THEN (doc->'dispute'->>'opened_at')::timestamptz ELSE created_at END"
        " FROM orders WHERE state = 'disputed'",
    ),
    "reputations": (
        "SELECT seller_id, completed, cancelled FROM reputations WHERE completed + cancelled > 0",
        "SELECT l.seller_id, count(*) FILTER (WHERE l.counts_as = 'completed')::integer,"
        " count(*) FILTER (WHERE l.counts_as = 'cancelled')::integer FROM listed_orders l"
        " LEFT JOIN reputations r ON r.seller_id = l.seller_id WHERE l.counts_as IS NOT NULL"
        " AND (l.ended_at >= r.counted_from) IS NOT FALSE GROUP BY 1",
    ),
    "listed_services": (
        "SELECT service_id, seller_id, archived, visibility, created_at FROM listed_services",
        "SELECT s.id, s.seller_id, s.archived_at IS NOT NULL,"
        " visibility_of(r.completed, r.cancelled), s.created_at"
        " FROM services s JOIN reputations r ON r.seller_id = s.seller_id",
    ),
    "notices": (
        "SELECT id FROM notices WHERE user_id IS NOT NULL AND NOT unread",
        "SELECT n.id FROM notices n JOIN notice_reads r ON r.notice_id = n.id"
        " AND r.user_id = n.user_id",
    ),
}
"""What each of them holds, and what it should."""

QUEUED, LISTED, LISTED_ANEW = "requests.queued", "orders.listed", "orders.listed_anew"
OUTSIDE, COUNTED = "ledger.tx.listed", "ledger.transfer.counted"
SOUGHT, SOUGHT_ANEW = "orders.sought", "orders.sought_anew"
DISPUTED, DISPUTED_ANEW = "orders.disputed", "orders.disputed_anew"
DISPUTED_NO_MORE = "orders.disputed_no_more"
ENDED, ENDED_ANEW = "listed_orders.counted", "listed_orders.counted_anew"
OFFERED, OFFERED_ANEW = "services.listed", "services.listed_anew"
READ, UNREAD = "notice_reads.noted", "notice_reads.unnoted"
IN_STATE, IN_STATE_ANEW = "orders.counted", "orders.counted_anew"
KEEPING = {
    *(QUEUED, LISTED, LISTED_ANEW, SOUGHT, SOUGHT_ANEW, OUTSIDE, COUNTED),
    *(DISPUTED, DISPUTED_ANEW, DISPUTED_NO_MORE, ENDED, ENDED_ANEW, OFFERED, OFFERED_ANEW),
    *(READ, UNREAD, IN_STATE, IN_STATE_ANEW),
}
"""The triggers that keep them. They refuse nothing, but what takes more out of the commission than
was earned."""
FOUND_BY = {
    QUEUED: "differing-queue",
    OUTSIDE: "differing-transfer",
    COUNTED: "differing-sums",
    **dict.fromkeys((ENDED, ENDED_ANEW, OFFERED, OFFERED_ANEW), "differing-reputation"),
    **dict.fromkeys((READ, UNREAD), "differing-inbox"),
    **dict.fromkeys((IN_STATE, IN_STATE_ANEW), "differing-counts"),
}
"""Which check finds what one of them did not keep; for the others it is `differing-list`."""

A_COPY = "INSERT INTO {0} SELECT (jsonb_populate_record(t, '{1}')).* FROM {0} t WHERE {2} LIMIT 1"
OF_TOP_UP = "tx_id IN (SELECT id FROM ledger.tx WHERE kind = 'top_up')"
BY_HAND: dict[str, tuple[str, str]] = {
    "a request is written": (
        QUEUED,
        A_COPY.format("requests", '{"request_id": "another"}', "outcome IS NULL"),
    ),
    "its signal is put off": (QUEUED, "UPDATE requests SET next_signal = now() + interval '1 day'"),
    "its signal is due no more": (QUEUED, "UPDATE requests SET next_signal = NULL"),
    "somebody else asks": (QUEUED, "UPDATE requests SET actor_id = 'another'"),
    "it is decided": (QUEUED, "UPDATE requests SET outcome = '{\"seq\": 1}' WHERE outcome IS NULL"),
    "it is taken away": (QUEUED, "DELETE FROM requests WHERE outcome IS NULL"),
    "an order is placed": (
        LISTED,
        A_COPY.format("orders", f'{{"id": "{"0" * 32}"}}', "state = 'delivered'"),
    ),
    "an order is taken away": (
        LISTED,
        "DELETE FROM orders WHERE state = 'delivered'",
    ),
    "money comes in": (
        OUTSIDE,
        A_COPY.format("ledger.tx", '{"id": 9000, "key": "another-key"}', "kind = 'top_up'").replace(
            " SELECT", " OVERRIDING SYSTEM VALUE SELECT"
        )
        + ";"
        + A_COPY.format("ledger.transfer", '{"tx_id": 9000}', "currency = 'USD'")
        + "; SET CONSTRAINTS ALL IMMEDIATE",
    ),
    "money moves": (COUNTED, A_COPY.format("ledger.transfer", '{"leg": 9}', OF_TOP_UP)),
    "its workflow starts": (LISTED_ANEW, "UPDATE orders SET started_at = now()"),
    "a dispute begins": (
        LISTED_ANEW,
        "UPDATE orders SET state = 'disputed' WHERE state = 'delivered'",
    ),
    "a dispute is over": (
        LISTED_ANEW,
        "UPDATE orders SET state = 'delivered' WHERE state = 'disputed'",
    ),
    "it ends": (
        LISTED_ANEW,
        "UPDATE orders SET state = 'cancelled', doc = jsonb_set(doc, '{outcome}',"
        " '{\"counts_as\": \"cancelled\"}') WHERE state = 'delivered'",
    ),
    "it ended earlier": (LISTED_ANEW, "UPDATE orders SET updated_at = now() - interval '1 year'"),
    "it counts as something else": (
        LISTED_ANEW,
        "UPDATE orders SET doc = jsonb_set(doc, '{outcome,counts_as}', '\"cancelled\"')"
        " WHERE state = 'completed'",
    ),
    "it goes on": (
        LISTED_ANEW,
        "UPDATE orders SET state = 'delivered', doc = doc - 'outcome' WHERE state = 'completed'",
    ),
    "somebody else sells": (LISTED_ANEW, "UPDATE orders SET seller_id = 'another'"),
    "it was placed earlier": (
        LISTED_ANEW,
        "UPDATE orders SET created_at = now() - interval '1 year'",
    ),
    "an order is placed that can be sought": (
        SOUGHT,
        A_COPY.format("orders", f'{{"id": "{"0" * 32}"}}', "state = 'delivered'"),
    ),
    "an order that could be sought is taken away": (
        SOUGHT,
        "DELETE FROM orders WHERE state = 'delivered'",
    ),
    "somebody else buys": (SOUGHT_ANEW, "UPDATE orders SET buyer_id = 'another'"),
    "another sells what can be sought": (SOUGHT_ANEW, "UPDATE orders SET seller_id = 'another'"),
    "what can be sought is in another state": (
        SOUGHT_ANEW,
        "UPDATE orders SET state = 'disputed' WHERE state = 'delivered'",
    ),
    "it changes": (SOUGHT_ANEW, "UPDATE orders SET updated_at = now() + interval '1 second'"),
    "its deadline is another": (SOUGHT_ANEW, "UPDATE orders SET deadline_at = now()"),
    "its money can be held for less long": (
        SOUGHT_ANEW,
        "UPDATE orders SET doc = jsonb_set(doc, '{holding}',"
        " '{\"last_safe_at\": \"2031-01-01T00:00:00Z\"}') WHERE state = 'delivered'",
    ),
    "there is one order more": (
        IN_STATE,
        A_COPY.format("orders", f'{{"id": "{"0" * 32}"}}', "state = 'delivered'"),
    ),
    "there is one order less": (IN_STATE, "DELETE FROM orders WHERE state = 'delivered'"),
    "orders are in another state": (
        IN_STATE_ANEW,
        "UPDATE orders SET state = 'pending' WHERE state = 'delivered'",
    ),
    "what can be sought is older": (
        SOUGHT_ANEW,
        "UPDATE orders SET created_at = now() - interval '1 year'",
    ),
    "an order is placed that is disputed": (
        DISPUTED,
        A_COPY.format("orders", f'{{"id": "{"0" * 32}"}}', "state = 'disputed'"),
    ),
    "its dispute began earlier": (
        DISPUTED_ANEW,
        "UPDATE orders SET doc = jsonb_set(doc, '{dispute,opened_at}',"
        " '\"2020-01-01T00:00:00Z\"') WHERE state = 'disputed'",
    ),
    "nobody can read when its dispute began": (
        DISPUTED_ANEW,
        "UPDATE orders SET doc = jsonb_set(doc, '{dispute,opened_at}', '\"no day\"')"
        " WHERE state = 'disputed'",
    ),
    "a disputed order is taken away": (
        DISPUTED_NO_MORE,
        "DELETE FROM orders WHERE state = 'disputed'",
    ),
    "one more has ended": (
        ENDED,
        A_COPY.format("orders", f'{{"id": "{"0" * 32}"}}', "state = 'completed'"),
    ),
    "one has ended that goes on": (
        ENDED_ANEW,
        "UPDATE orders SET state = 'delivered', doc = doc - 'outcome' WHERE state = 'completed'",
    ),
    "one that counts is taken away": (ENDED, "DELETE FROM orders WHERE state = 'completed'"),
    "one counts for somebody else": (ENDED_ANEW, "UPDATE orders SET seller_id = 'another'"),
    "a service is offered": (
        OFFERED,
        A_COPY.format("services", f'{{"id": "{"0" * 32}", "external_id": null}}', "true"),
    ),
    "a service is archived": (OFFERED_ANEW, "UPDATE services SET archived_at = now()"),
    "somebody else offers it": (OFFERED_ANEW, "UPDATE services SET seller_id = 'another'"),
    "a notice is read": (
        READ,
        "INSERT INTO notice_reads (notice_id, user_id)"
        " SELECT id, user_id FROM notices WHERE user_id IS NOT NULL AND unread LIMIT 1",
    ),
    "a notice is not read any more": (
        UNREAD,
        "DELETE FROM notice_reads r USING notices n WHERE n.id = r.notice_id"
        " AND n.user_id = r.user_id",
    ),
}

UNNOTICED = {
    *("it is taken away", "an order is taken away", "an order that could be sought is taken away"),
    "a disputed order is taken away",
}
"""A row too many in the lists shows nobody anything: what it leads to is not there."""


async def differences(connection: Owner) -> list[str]:
    """The lists that do not hold what they should, or hold more."""
    differing = []
    for name, (held, due) in KEPT.items():
        query = f"({held} EXCEPT {due}) UNION ALL ({due} EXCEPT {held})"
        if await connection.fetch(query):
            differing.append(name)
    return differing


@pytest.fixture
async def unguarded(tampering: Owner) -> Owner:
    """A transaction on the sample in which everything can be changed, and foreign keys sleep."""
    await tampering.execute(
        "ALTER TABLE orders DISABLE TRIGGER guard_order;"
        " ALTER TABLE requests DISABLE TRIGGER written_once;"
        " SET LOCAL session_replication_role = replica"
    )
    return tampering


@pytest.mark.parametrize("change", BY_HAND)
async def test_the_lists_follow(change: str, unguarded: Owner) -> None:
    await unguarded.execute(BY_HAND[change][1])
    assert await differences(unguarded) == []


@pytest.mark.parametrize("change", BY_HAND)
async def test_without_its_trigger_a_list_does_not_follow(
    change: str, unguarded: Owner, drops: Drops
) -> None:
    trigger, sql = BY_HAND[change]
    await drop(unguarded, [trigger], drops)
    await unguarded.execute(sql)
    assert len(await differences(unguarded)) == 1


@pytest.mark.parametrize("change", [one for one in BY_HAND if one not in UNNOTICED])
async def test_a_list_that_does_not_follow_is_found(
    change: str, unguarded: Owner, drops: Drops
) -> None:
    trigger, sql = BY_HAND[change]
    await drop(unguarded, [trigger], drops)
    await unguarded.execute(sql)
    assert FOUND_BY.get(trigger, "differing-list") in {
        one.check for one in await audit.findings(unguarded)
    }


async def test_every_trigger_that_keeps_them_is_missed(drops: Drops) -> None:
    assert {trigger for trigger, _ in BY_HAND.values()} == KEEPING
    assert set(drops) >= KEEPING


@pytest.mark.parametrize("step", ALL_STEPS.values(), ids=ALL_STEPS)
async def test_a_request_is_in_the_queue_until_its_step_is_taken(
    step: tuple[State, Callable[[Order], ToRecord]], market: Market, owner: Owner
) -> None:
    state, record_of = step
    order = await market.order(state, deadline_at=now())
    record = record_of(order)
    await asked(market, record, order)
    waiting = 0 if record.entry.request_id is None else 1
    assert (await queued(owner), await differences(owner)) == (waiting, [])
    await market.record(record)
    assert (await queued(owner), await differences(owner)) == (0, [])


async def queued(connection: Owner) -> int:
    """How many requests are in the queue."""
    waiting: int = await connection.fetchval("SELECT count(*) FROM undecided")
    return waiting
