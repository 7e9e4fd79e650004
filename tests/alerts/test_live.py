"""A stack is broken in one way after the other, and Debian's Prometheus has the alert that is meant
for it fire, and no other: `make alerts`."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from db.migrate import migrate
from embedded.ports import Port, claim_ports
from embedded.stack import Stack, running_stack
from infra import temporal
from tests.alerts.prometheus import PROGRAM, Prometheus, watching
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    Person,
    calling,
    eventually,
    place_order,
    somebody,
)
from tests.e2e.conftest import COMMAND
from tests.test_alerts import BOARDS, expressions
from workflows.order import workflow_id

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(not PROGRAM.exists(), reason="no Prometheus: `make alerts` brings it"),
]

QUICK = """
from datetime import timedelta
import db.figures, infra.metrics.stopped_workflows as workflows, infra.metrics.showing as showing
showing.EVERY_SECONDS = workflows.EVERY_SECONDS = 1.0
db.figures.FRESH = timedelta(seconds=5)
from cli.main import main
main()
"""
"""Looks at the product each second, and believes heartbeats for five: rules are quicker too."""

PROGRAMS = {name: (sys.executable, "-P", "-c", QUICK, name) for name in ("api", "worker")}
MAY_BE_EMPTY = re.compile("_failed|_failure|ALERTS|deadline_lag|activity_schedule|check_timestamp")
TAMPERED = """
ALTER TABLE ledger.transfer DISABLE TRIGGER append_only;
UPDATE ledger.transfer SET amount = amount {0} 1 WHERE tx_id = (SELECT min(id) FROM ledger.tx);
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER append_only
"""


@dataclass
class Watched:
    """A stack, its API, and who watches it."""

    stack: Stack
    api: ApiClient
    prometheus: Prometheus

    @contextmanager
    def frozen(self, part: str) -> Iterator[None]:
        """Has a process of the stack stand still until the block ends."""
        pid = self.stack.pids[part]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    async def command(self, *words: str) -> int:
        """Runs `sequestre` on the stack; gives its exit code."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *words,
            "--data-dir",
            str(self.stack.data_dir),
            stdout=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    async def check(self) -> int:
        """`sequestre check`; gives its exit code."""
        return await self.command("check")

    async def tamper(self, sign: str) -> None:
        """Writes to a posting past the product, by one cent up (+) or down (-)."""
        owner = await asyncpg.connect(self.stack.database_url)
        await owner.execute(TAMPERED.format(sign))
        await owner.close()


@pytest.fixture(scope="module")
async def watched(passable: Path) -> AsyncIterator[Watched]:
    """A stack that is watched, and well as long as nobody is to be mailed: no mail server is
    there."""
    (mail_port,) = claim_ports(Port(0, "mail", ""))
    env = {
        "SEQUESTRE_SMTP_HOST": "127.0.0.1",
        "SEQUESTRE_SMTP_PORT": str(mail_port),
        "SEQUESTRE_SMTP_SECURITY": "none",
        "SEQUESTRE_MAIL_FROM": "orders@example.org",
        "SEQUESTRE_MAIL_PAUSE": "0",
        "SEQUESTRE_ACTION_WAIT": "1",
    }
    stacked = running_stack(
        passable / "watched",
        port=0,
        temporal_port=0,
        temporal_ui_port=0,
        metrics_port=0,
        migrate=migrate,
        extra_env=env,
        fast=True,
        programs=PROGRAMS,
    )
    async with stacked as stack, calling(stack.api_url, stack.jwt_secret) as api:
        directory = passable / "prometheus"
        async with watching(directory, stack.metrics_urls) as prometheus:
            await prometheus.until_silent()
            yield Watched(stack, api, prometheus)


async def test_nothing_fires_where_everything_is_well(watched: Watched) -> None:
    await (await place_order(watched.api)).reach("completed")
    assert await watched.check() == 0
    await watched.prometheus.until_above('max(sequestre_orders{state="completed"})', 0)
    await watched.prometheus.until_above('sequestre_check_timestamp_seconds{check="full"}', 0)
    assert await watched.prometheus.pending() == set()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
async def test_a_dashboard_asks_for_what_there_is(board: Path, watched: Watched) -> None:
    """A panel is empty only where nothing has failed, and nothing is told that takes its time."""
    empty = [
        expression
        for expression in expressions(board)
        if not await watched.prometheus.values(expression) and not MAY_BE_EMPTY.search(expression)
    ]
    assert empty == []


async def test_a_worker_that_is_gone_is_told_and_not_what_waits_for_it(watched: Watched) -> None:
    order = await place_order(watched.api)
    with watched.frozen("worker"):
        await watched.prometheus.until_fires("NoWorker")
        answer = await watched.api.act(order.order, "accept", order.seller)
        assert answer.status_code == 202
        await watched.prometheus.until_above("max(sequestre_requests_undecided_oldest_seconds)", 15)
        assert await watched.prometheus.firing() == {"NoWorker"}
    await eventually(order.now, lambda found: found["state"] == "in_progress")
    await watched.prometheus.until_silent()


async def test_a_temporal_that_is_gone_is_told_and_not_what_waits_for_it(watched: Watched) -> None:
    order = await place_order(watched.api)
    with watched.frozen("temporal"):
        await watched.prometheus.until_fires("TemporalAway")
        answer = await watched.api.act(order.order, "accept", order.seller)
        assert answer.status_code == 202
        await watched.prometheus.until_above("max(sequestre_requests_undecided_oldest_seconds)", 15)
        assert await watched.prometheus.firing() == {"TemporalAway"}
    await eventually(order.now, lambda found: found["state"] == "in_progress")
    await watched.prometheus.until_silent()


async def test_books_that_do_not_hold_are_told_once_they_were_looked_at(watched: Watched) -> None:
    await watched.tamper("+")
    assert await watched.check() == 1
    await watched.prometheus.until_fires("BooksDoNotHold")
    await watched.tamper("-")
    assert await watched.check() == 0
    await watched.prometheus.until_silent()


async def test_an_order_whose_workflow_was_terminated_is_told(watched: Watched) -> None:
    order = await place_order(watched.api)
    client = await temporal.connect(target_host=watched.stack.temporal_address)
    await client.get_workflow_handle(workflow_id(order.order["id"])).terminate("by mistake")
    await watched.prometheus.until_fires("OrdersWithoutWorkflow")
    assert await watched.command("repair", "--apply", "--by", "olga") == 0
    await watched.prometheus.until_silent()


async def test_mails_that_nobody_takes_are_told(watched: Watched) -> None:
    seller: Person = somebody("seller")
    answer = await watched.api.call(
        "PUT", f"/v1/users/{seller.id}", OPERATOR, {"email": f"{seller.id}@example.org"}
    )
    assert answer.status_code == 200, answer.text
    await place_order(watched.api, seller=seller)
    age = 'sequestre_messages_waiting_oldest_seconds{channel="email"}'
    await watched.prometheus.until_above(age, 60)
    assert await watched.prometheus.firing() == set()
    await watched.prometheus.until_fires("MailsWait")
