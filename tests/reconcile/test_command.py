"""`sequestre repair` and `check` as people type them where something is in their way."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from uuid import UUID, uuid4

import asyncpg
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

import cli.repair
from cli.terminal import Terminal
from db.pool import Pool
from embedded.postgres import Postgres
from reconcile.comparison import Mismatch, OrderMismatch
from reconcile.repair import Plan
from tests.api.test_operator_journal import journal
from tests.app_under_test import SECRETS_KEY, AppUnderTest, running_app
from tests.conftest import copy_of_template
from tests.e2e.conftest import COMMAND
from tests.e2e.test_commands import run
from tests.reconcile.conftest import OPERATOR_NAME, OrderUnderRepair, under_repair
from tests.reconcile.test_findings import left_lying
from tests.temporal_server import local_server

MOST_SIGNALS = 5


async def on(app: AppUnderTest, *words: str, url: str | None = None) -> tuple[int, str]:
    """Runs `sequestre …` on the app's stack; gives its exit code and all that it printed."""
    code, output = await run(
        *words,
        SEQUESTRE_DATABASE_URL=url or app.database_url,
        SEQUESTRE_SECRETS_KEY=SECRETS_KEY,
    )
    assert "Traceback" not in output, output
    return code, output


@pytest.mark.parametrize("name", ["o" * 101, " ", "olga\udc80"])
async def test_who_repairs_has_a_name_that_can_be_written_down(
    app: AppUnderTest, name: str
) -> None:
    order = await under_repair(app, "delivered")
    await order.handle.terminate("by mistake")
    code, output = await on(app, "repair", "--apply", "--by", name, "--patience", "0")
    assert code == 2, output
    assert "--by" in output
    assert await order.journal() == []
    await order.repaired()


@pytest.mark.parametrize("command", ["check", "repair"])
async def test_a_login_that_the_database_refuses_is_told_in_a_sentence(
    command: str, app: AppUnderTest, postgres: Postgres
) -> None:
    owner = await asyncpg.connect(app.database_url)
    stranger = f"stranger_{uuid4().hex}"
    await owner.execute(f"CREATE ROLE {stranger} LOGIN")
    try:
        for login in (stranger, "nobody"):
            url = app.database_url.replace("//postgres", f"//{login}", 1)
            assert url != app.database_url
            code, output = await on(app, command, "--patience", "0", url=url)
            assert code == 2, output
            assert output.startswith("sequestre: the database refuses: ")
            assert len(output.splitlines()) == 1
    finally:
        await owner.execute(f"DROP ROLE {stranger}")
        await owner.close()


@pytest.mark.parametrize("command", ["check", "repair"])
async def test_a_database_without_the_schema_is_told_in_a_sentence(
    command: str, app: AppUnderTest, postgres: Postgres
) -> None:
    await postgres.ensure_database("without_schema")
    url = postgres.database_url("without_schema")
    code, output = await on(app, command, "--patience", "0", url=url)
    assert code == 2, output
    assert output.startswith("sequestre: the database is not migrated to this release, see")
    assert len(output.splitlines()) == 1


async def test_check_says_what_it_waits_for(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    await order.handle.terminate("by mistake")
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, "check", "--patience", "3"),
        env={**os.environ, **app.environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, meanwhile = await process.communicate()
    assert process.returncode == 1
    assert f"order {order.id}" in said.decode()
    assert "looking again for up to 3 s, since a step may be under way" in meanwhile.decode()
    assert "…" not in said.decode()
    await order.repaired()


# --- an order of which Temporal takes no more signals --------------------------------------------


@pytest.fixture
async def strict(postgres: Postgres) -> AsyncIterator[AppUnderTest]:
    """An app whose Temporal takes few signals for each workflow."""
    url = await copy_of_template(postgres)
    limit = {"history.maximumSignalsPerExecution": str(MOST_SIGNALS)}
    async with (
        await local_server(**limit) as server,
        running_app(url, server.client) as running,
    ):
        yield running


async def takes_no_more_signals(order: OrderUnderRepair) -> None:
    """Sends an order so many that it takes no more, with a request on it that nobody decides."""
    with suppress(RPCError):
        for _ in range(MOST_SIGNALS + 1):
            await order.handle.signal("accept", "junk")
    await order.rests()
    await left_lying(order, "complete", order.in_play.buyer.id, "buyer")


async def test_an_order_that_temporal_refuses_holds_up_no_other(strict: AppUnderTest) -> None:
    full, other = await under_repair(strict, "delivered"), await under_repair(strict, "delivered")
    await takes_no_more_signals(full)
    await other.handle.terminate("by mistake")
    words = ("repair", "--apply", "--by", OPERATOR_NAME, "--patience", "10")
    code, output = await on(strict, *words)
    assert code == 1, output
    assert f"✗ order {full.id}: has a request of" in output
    assert "Temporal refuses the repair: " in output
    assert f"→ order {other.id}: is delivered and its workflow is terminated" in output
    assert "1 order of 2 brought together." in output
    assert [
        (one["outcome"], bool(one["refusal"]))
        for one in await journal(strict, f"subject_id={full.id}")
    ] == [("refused", True)]
    await other.is_sound()
    await full.handle.terminate("it takes no more signals")
    code, output = await on(strict, *words)
    assert code == 0, output
    await full.settles("completed")


# --- what it hands on ----------------------------------------------------------------------------

LOST = [
    OrderMismatch("missing-workflow", f"order {number}", "is lost", UUID(int=number), Mismatch.GONE)
    for number in range(2)
]


async def test_the_last_look_is_as_patient_as_it_was_told_to_be_and_each_order_is_told_at_once(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Terminal(record=True, width=200, file=None, quiet=False)
    told: list[str] = []

    async def done(_pool: Pool, _client: Client, one: OrderMismatch, by: str) -> None:
        told.append(console.export_text(clear=False))

    async def look(
        _pool: Pool, _client: Client, orders: Collection[UUID], patience: float, _begins: object
    ) -> list[OrderMismatch]:
        told.append(console.export_text(clear=False))
        assert (list(orders), patience) == ([one.order_id for one in LOST], 7.0)
        return []

    monkeypatch.setattr(cli.repair, "carry_out", done)
    monkeypatch.setattr(cli.repair, "left_over", look)
    plan = Plan(repairable=LOST, books=[], held_back=[], by_hand=[])
    assert await cli.repair._apply(app.pool, app.temporal, plan, OPERATOR_NAME, 7.0, console)
    assert [one.count("→ order") for one in told] == [0, 1, 2]


async def test_a_temporal_that_goes_away_meanwhile_is_no_order_s_fault(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise RPCError("it went away", RPCStatusCode.UNAVAILABLE, b"")

    monkeypatch.setattr(cli.repair, "carry_out", away)
    plan = Plan(repairable=LOST, books=[], held_back=[], by_hand=[])
    with pytest.raises(RPCError):
        await cli.repair._apply(
            app.pool, app.temporal, plan, OPERATOR_NAME, 0, Terminal(quiet=True)
        )
