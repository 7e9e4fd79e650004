"""Nothing that people or programs ask for takes longer where there are many orders: no plan reads a
table as a whole that grows with them, sorts much, or goes through much more than it gives.

Every function of `db` that asks the database is either asked here or named with why it is not, so
that no new list is forgotten.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

import db
from bench.growth.stories import ENDED
from bench.growth.village import Village
from db import console, console_history, order_search, reputation
from domain.vocabulary import OPEN_STATES
from tests.db.market import Owner
from tests.growth.asked import ASKED, World
from tests.growth.plans import Explained, Part, undone

pytestmark = pytest.mark.timeout(1_800)

MOST = 1_500
"""Rows that a step of a plan goes through, a lookup beside each of a hundred rows included."""

OPEN_LOOKED_AT = console.MOST * len(OPEN_STATES)
BOUNDS = {
    "console.overview": OPEN_LOOKED_AT,
    "console_history.escrow_by_age": OPEN_LOOKED_AT,
    "console_history.escrow": 2 * console_history.STEPS,
    "console_history.states": 2 * console_history.STEPS,
    "order_search.page": 2 * order_search.WALK,
    "order_search.count": 2 * order_search.WALK,
    "wallets.held_for_orders": OPEN_LOOKED_AT,
}
"""What is bounded by a number of its own, however many orders there are."""

LIFE = ENDED[2][1]
SOON_ENOUGH = {"people_search.found, of a frequent name": {"display_names"}}
"""Who goes along a table as it lies there, and soon has enough."""

A_LIFE = 3_000
"""Rows that a whole life reads, its notices and a service's listing included."""

WHOLE = {
    "audit": "a proof looks at everything",
    "watermark": "so does a proof by night",
    "clock": "moves the clock of a stack for trials",
    "clock_of_messages": "moves the clock of a stack for trials",
    "clock_of_payments": "moves the clock of a stack for trials",
    "payments_under_way": "a proof looks at all that is under way",
    "payments_undone": "so it does at all that is left undone",
    "unconnected_payments": "and at all that is under way elsewhere, as a process does that starts",
    "pruning": "by night, in pieces, along indexes of its own",
    "place_functions": "an upgrade",
    "restorations": "a backup was restored, which is a row each time",
    "kept_events": "what an operator compares after that, each by its key",
    "pool": "how a connection speaks",
    "odd_values": "how a connection speaks",
    "health": "asks for nothing",
    "together": "what others ask, side by side",
    "provider_books": "by night, of the days before",
    "repairs": "a page of what operators repaired, newest first by its key",
}
"""Modules of which nothing is asked here."""

BY_KEY = {
    *("accounts.sum_up", "accounts.sum_in_turn", "figures.add_up_states", "figures.open_among"),
    *(f"confirmations.{one}" for one in ("ask", "begin", "sent", "failed", "get", "use")),
    *(
        f"deliveries.{one}"
        for one in ("mark_started", "begin_anew", "begin", "tried", "switch_off", "give_up")
    ),
    *("display_names.give", "display_names.note_shown", "services.held"),
    *(f"endpoint_tests.{one}" for one in ("add", "mark_started", "begin", "tried", "give_up")),
    *("feed.give_numbers", "idempotency.claim", "idempotency.keep", "last_checks.note"),
    *(
        "letters.begin",
        "letters.take_out",
        "messages.write",
        "messages.mark_read",
        "messages.newest",
    ),
    *("notifications.read", "notifications.read_up_to"),
    *(f"operator_journal.{one}" for one in ("write", "begin", "note_outcome")),
    "orders.mark_started",
    *(f"payouts.{one}" for one in ("add", "get", "begin_call", "settle", "note_trouble")),
    *(
        f"pay_ins.{one}"
        for one in ("add", "get", "note_place", "settle", "mark_started", "note_order")
    ),
    *("pay_ins.note_refused", "provider_events.note", "provider_events.mark_told"),
    *("chargebacks.get", "chargebacks.carry", "chargebacks.carry_all_of"),
    *("payouts.approve", "payouts.cancel", "payouts.mark_told", "payouts.lock_wallet"),
    *("payout_accounts.doubt", "provider_silence.note"),
    *("payout_accounts.get", "payout_accounts.note", "payout_accounts.replace"),
    *(f"people.{one}" for one in ("put", "set_up", "confirm", "refresh_roles")),
    *("reputation.age", "requests.write", "requests.due_now", "requests.mark_signalled"),
    *(f"services.{one}" for one in ("add", "change", "archive", "restore")),
    *(f"sessions.{one}" for one in ("begin", "spend", "read", "end")),
    *("sought_text.sought_text", "order_search.text_of"),  # asked with the orders of a word
    *("console.need_of", "idempotency.earlier", "party_requests.write", "requests.said_in"),
    *("requests.write_once", "services.on_sale", "snapshots.event_of", "steps.place_once"),
    *("steps.record", "steps.place", "transfers.reverse", "wallet_notices.read", "wallets.move"),
    *(f"webhooks.{one}" for one in ("add", "held", "put", "rotate", "disable", "enable", "gone")),
    *("webhooks.target", "webhooks.redeliver", "webhooks.delete"),
    *("worker_heartbeats.beat", "worker_heartbeats.leave"),
}
"""What writes, or looks at one thing by its key, and is no list: `tests/db/test_by_index.py`."""


def functions() -> Iterator[str]:
    """The name of each function that asks the database."""
    for module in pkgutil.iter_modules(db.__path__):
        for name, one in vars(importlib.import_module(f"db.{module.name}")).items():
            own = inspect.iscoroutinefunction(one) and one.__module__ == f"db.{module.name}"
            public = own and not name.startswith("_") and module.name not in WHOLE
            if public and next(iter(inspect.signature(one).parameters), None) == "connection":
                yield f"{module.name}.{name}"


def function_of(asked: str) -> str:
    """What a read is of, without what is special of it."""
    return asked.split()[0].rstrip(",")


def test_everything_that_asks_the_database_is_asked_here_or_left_out_for_a_reason() -> None:
    asked = {function_of(name) for name in ASKED}
    assert asked & BY_KEY == set()
    assert sorted(functions()) == sorted(asked | BY_KEY)


async def growing(connection: Owner) -> set[str]:
    """The tables that have many rows."""
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 5000"
    )
    return {row["relname"] for row in rows}


def wrong(name: str, parts: list[Part], tables: set[str]) -> list[Part]:
    """The steps of a plan that read too much."""
    most = BOUNDS.get(function_of(name), MOST)
    return [
        one
        for one in parts
        if (one.kind == "Seq Scan" and one.table in tables)
        or one.rows > most
        or (one.sorts and one.rows > min(most, 2 * MOST))
    ]


@pytest.mark.parametrize("name", ASKED)
async def test_no_plan_reads_or_sorts_more_than_it_may(
    name: str, grown: Owner, world: World
) -> None:
    explained = Explained(grown)
    async with undone(grown):
        await ASKED[name](explained, world)
    tables = await growing(grown) - SOON_ENOUGH.get(name, set())
    assert wrong(name, explained.parts, tables) == []


@pytest.mark.parametrize("name", ASKED)
async def test_nor_does_a_plan_that_was_made_for_any_values(
    name: str, grown: Owner, world: World
) -> None:
    """As connections have it that have asked it often; with what functions read."""
    async with undone(grown):
        await grown.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        tables = await growing(grown)
        before = await read_so_far(grown, tables)
        await ASKED[name](grown, world)
        after = await read_so_far(grown, tables)
    scans = {table for table, (scanned, _) in after.items() if scanned > before[table][0]}
    rows = sum(after[table][1] - before[table][1] for table in after)
    assert scans == set()
    assert rows <= 6 * BOUNDS.get(function_of(name), MOST)


async def test_a_life_reads_as_little_as_it_ever_did(grown: Owner) -> None:
    async with undone(grown):
        tables = await growing(grown)
        village = Village(grown, "feedbeef")
        await village.found()
        before = await read_so_far(grown, tables)
        await village.play(5, LIFE)
        after = await read_so_far(grown, tables)
    assert {table for table in after if after[table][0] > before[table][0]} == set()
    assert sum(after[table][1] - before[table][1] for table in after) <= A_LIFE


async def test_reputations_that_are_due_are_found_by_index(grown: Owner) -> None:
    async with undone(grown):
        await grown.execute("UPDATE reputations SET oldest_at = now() - interval '200 days'")
        tables = await growing(grown)
        before = await read_so_far(grown, tables)
        assert await reputation.age(grown, 100)
        after = await read_so_far(grown, tables)
    assert {table for table in after if after[table][0] > before[table][0]} == set()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM orders WHERE brief = 'nothing'",
        "SELECT id FROM orders ORDER BY updated_at LIMIT 20",
        "SELECT id FROM notices ORDER BY created_at DESC LIMIT 20",
        "SELECT id FROM deliveries WHERE last_error = 'no' ORDER BY id DESC LIMIT 20",
    ],
)
async def test_a_plan_that_reads_too_much_is_seen(query: str, grown: Owner) -> None:
    explained = Explained(grown)
    await explained.fetch(query)
    assert wrong("orders.get", explained.parts, await growing(grown))


async def read_so_far(connection: Owner, tables: set[str]) -> dict[str, tuple[int, int]]:
    """Of each table how often it was read as a whole in this transaction, and how many rows of it
    were read in all."""
    rows = await connection.fetch(
        "SELECT relname, coalesce(seq_scan, 0) AS scanned,"
        " coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS rows"
        " FROM pg_stat_xact_user_tables WHERE relname = ANY ($1::text[])",
        list(tables),
    )
    return {row["relname"]: (row["scanned"], row["rows"]) for row in rows}
