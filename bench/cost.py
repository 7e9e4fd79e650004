"""What a life costs, free of noise: counts of one life after the other, which no clock touches."""

import asyncio
from collections.abc import Sequence
from statistics import median_high

import asyncpg
from pydantic import BaseModel, ConfigDict

from bench.histories import of_order
from bench.life import Pair
from bench.stack import MeasuredStack, reconfigured
from bench.statements import Counted, StatementLog, Transaction, without

IDLE_SECONDS = 7.0
"""Longer than the longest pause of what goes on all the time."""
WARM_LIVES = 3
GATHERED = "UPDATE orders SET started_at"
"""What is noted once a second for all orders that were placed in it: whether a life has one of its
own depends on how quick the machine is."""


class Cost(BaseModel):
    """Per life. Of what is whole by nature the median; else the mean of all lives."""

    model_config = ConfigDict(frozen=True)

    lives: int
    events: int
    history_bytes: int
    workflow_tasks: int
    statements: int
    transactions: int
    inner_statements: float
    """Those that SQL functions and triggers run."""
    wal_bytes: float
    calls: dict[str, float]
    """To Temporal, by operation."""


async def cost(measured: MeasuredStack, lives: int) -> Cost:
    """Count what lives cost, played one after the other on a stack where nobody else acts."""
    database = await measured.database()
    try:
        pair = await _warmed_up(measured)
        await reconfigured(database, log_statement="all", pg_stat_statements__track="all")
        log = StatementLog(measured.stack.data_dir / "logs" / "postgres.log")
        await asyncio.sleep(IDLE_SECONDS)
        background = log.new()
        return await _counted(measured, database, pair, lives, log, background)
    finally:
        await reconfigured(database, log_statement="none", pg_stat_statements__track="none")
        await database.close()


async def _warmed_up(measured: MeasuredStack) -> Pair:
    pair = await measured.marketplace.pair()
    for _ in range(WARM_LIVES):
        await measured.marketplace.live(pair)
    return pair


async def _counted(
    measured: MeasuredStack,
    database: "asyncpg.Connection[asyncpg.Record]",
    pair: Pair,
    lives: int,
    log: StatementLog,
    background: Sequence[Transaction],
) -> Cost:
    asked, wal = await measured.calls(), await _wal_bytes(database)
    inner = await _inner_statements(database)
    log.new()  # what the counting itself has said
    slices, orders = [], []
    for _ in range(lives):
        orders.append(await measured.marketplace.live(pair))
        slices.append(Counted.of(_of_one_life(background, log.new())))
    inner, wal = await _inner_statements(database) - inner, await _wal_bytes(database) - wal
    asked = await measured.calls() - asked
    histories = [await of_order(measured.temporal, one) for one in orders]
    return Cost(
        lives=lives,
        events=median_high(one.events for one in histories),
        history_bytes=median_high(one.bytes for one in histories),
        workflow_tasks=median_high(one.workflow_tasks for one in histories),
        statements=median_high(one.statements for one in slices),
        transactions=median_high(one.transactions for one in slices),
        inner_statements=inner / lives,
        wal_bytes=wal / lives,
        calls={name: count / lives for name, count in sorted(asked.items())},
    )


def _of_one_life(
    background: Sequence[Transaction], said: Sequence[Transaction]
) -> list[Transaction]:
    return [one for one in without(background, said) if not one[0].startswith(GATHERED)]


async def _wal_bytes(database: "asyncpg.Connection[asyncpg.Record]") -> int:
    return int(await database.fetchval("SELECT wal_bytes FROM pg_stat_wal"))


async def _inner_statements(database: "asyncpg.Connection[asyncpg.Record]") -> int:
    counted = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE NOT toplevel"
    return int(await database.fetchval(counted))
