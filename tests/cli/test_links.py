"""Addresses in the Web UI for what operators ask."""

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import PIPE
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

import worker
from cli import links, web_ui_place
from cli.main import app as program
from infra.search_attributes import Unregistered
from tests.app_under_test import PATIENCE_SECONDS, SECRETS_KEY, AppUnderTest, is_noted

PATIENT = f"""
import db.pool
from cli import main, web_ui_place

web_ui_place.MOMENT_SECONDS = {PATIENCE_SECONDS}
db.pool.CONNECT_SECONDS = db.pool.STATEMENT_SECONDS = {PATIENCE_SECONDS}
main.main()
"""
"""`sequestre` on a busy machine, where Temporal and the database may be late with an answer."""

UI = "https://temporal.example.org/ui"
WORKFLOWS = f"{UI}/namespaces/default/workflows"


def run(*words: str, **env: str) -> Result:
    """Runs `sequestre links`, with nothing answering where Temporal would."""
    away = {"TEMPORAL_ADDRESS": "127.0.0.1:1", "SEQUESTRE_SECRETS_KEY": SECRETS_KEY}
    return CliRunner().invoke(program, ["links", *words], env={**away, **env})


def printed(*words: str, **env: str) -> dict[str, Any]:
    """What it prints for programs."""
    result = run("--json", *words, **env)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.output)
    return document


def test_each_address_has_its_query_in_it() -> None:
    found = printed("--ui", f"{UI}/")
    assert (found["ui"], found["namespace"]) == (UI, "default")
    assert {"late", "taken-long", "stopped", "messages-stuck"} <= {
        one["name"] for one in found["links"]
    }
    for one in found["links"]:
        parts = urlsplit(one["url"])
        assert one["url"].startswith(f"{WORKFLOWS}?query=")
        assert {"query": [one["query"]]} == parse_qs(parts.query, strict_parsing=True)
        assert not set(parts.query) & set(" '\"+<>")


def test_people_read_the_question_above_its_address() -> None:
    said = run("--ui", UI).output.splitlines()
    above = said.index("late: Which deliveries are late?")
    assert said[above + 1].startswith(f"  {WORKFLOWS}?query=WorkflowType%20%3D%20%27OrderWorkflow")
    assert said[-1] == links.COLUMNS


def test_only_what_has_waited_for_long_is_asked_for() -> None:
    found = printed("--ui", UI, "--longer-than", "P3D")
    asked = {one["name"]: "OrderSince < '" in one["query"] for one in found["links"]}
    assert asked == {
        **dict.fromkeys(asked, False),
        **dict.fromkeys(("waits-for-seller", "waits-for-buyer", "waits-for-mediator"), True),
        "open": True,
        **dict.fromkeys(("late", "answer-overdue", "frozen"), True),
        **dict.fromkeys(("in-dispute", "untaken", "taken-long"), True),
    }


def test_the_namespace_is_that_of_the_process_or_the_one_named() -> None:
    of_process = printed("--ui", UI, TEMPORAL_NAMESPACE="shop")
    assert "/namespaces/shop/workflows" in of_process["links"][0]["url"]
    named = printed("--ui", UI, "--namespace", "a/b", TEMPORAL_NAMESPACE="shop")
    assert "/namespaces/a%2Fb/workflows" in named["links"][0]["url"]


def test_a_process_in_production_has_the_web_ui_of_its_settings() -> None:
    url = "postgresql://somebody@127.0.0.1:1/orders"
    found = printed(SEQUESTRE_DATABASE_URL=url, SEQUESTRE_TEMPORAL_UI=UI)
    assert found["ui"] == UI
    unknown = run(SEQUESTRE_DATABASE_URL=url)
    assert (unknown.exit_code, "name the Web UI with --ui" in unknown.output) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--ui", "temporal.example.org"), "name the Web UI with --ui"),
        (("--ui", "https://x/?a"), "name the Web UI with --ui"),
        (("--ui", UI, "--order", "0197"), "is not a valid UUID"),
        (("--ui", UI, "--longer-than", "3 days"), "must be an ISO 8601 duration"),
        (("--ui", UI, "--person", ""), "--person"),
        (("--ui", UI, "--person", "ana", "--order", str(uuid4())), "ask one of them"),
        (("--data-dir", "/nonexistent"), "No stack runs in /nonexistent."),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert (result.exit_code, said in " ".join(result.output.split())) == (2, True)


def test_a_temporal_that_does_not_answer_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_ui_place, "MOMENT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        for address in ("127.0.0.1:1", f"127.0.0.1:{frozen.getsockname()[1]}"):
            result = run("--ui", UI, "--order", str(uuid4()), TEMPORAL_ADDRESS=address)
            assert (result.exit_code, result.output) == (
                2,
                "sequestre: Temporal does not answer\n",
            )


async def beside(app: AppUnderTest, order: str, **env: str) -> tuple[int, str, str]:
    """How `sequestre links --order` ends beside the app, and what it says: as a process of its own,
    since what the app's worker logs meanwhile would be taken for its words."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PATIENT),
        *("links", "--json", "--ui", UI, "--order", order),
        env={**os.environ, **app.environment, **env},
        stdout=PIPE,
        stderr=PIPE,
    )
    output, complaints = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), complaints.decode()


async def test_an_order_that_nobody_knows_is_said_to_be_none(app: AppUnderTest) -> None:
    unknown = str(uuid4())
    assert (2, "", f"sequestre: no order {unknown} is known\n") == await beside(app, unknown)
    away = "postgresql://somebody@127.0.0.1:1/orders"
    code, output, _ = await beside(app, unknown, SEQUESTRE_DATABASE_URL=away)
    assert code == 0
    first, runs, told = json.loads(output)["links"]
    assert (links.NO_RUN, f"{WORKFLOWS}/order-{unknown}") == (first["question"], first["url"])
    assert (runs["name"], told["name"]) == ("runs", "told")
    assert not {"query"} & set(first)


async def test_an_order_is_led_to_at_its_latest_run(app: AppUnderTest) -> None:
    play = await app.place_order()
    await is_noted(app, UUID(play.order["id"]))
    name = f"order-{play.order['id']}"
    run_id = (await app.temporal.get_workflow_handle(name).describe()).run_id
    _, output, _ = await beside(app, play.order["id"])
    urls = {one["name"]: one["url"] for one in json.loads(output)["links"]}
    at = f"{UI}/namespaces/{app.temporal.namespace}/workflows/{name}/{run_id}"
    assert urls["user-metadata"] == f"{at}/user-metadata"
    assert urls["pending-activities"] == f"{at}/pending-activities"


async def test_a_worker_that_may_not_add_search_attributes_says_so_and_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuses(*_: Any) -> None:
        raise Unregistered("shop", {"OrderSince": "Datetime"})

    monkeypatch.setattr(worker, "run", refuses)
    env = {
        "SEQUESTRE_DATABASE_URL": "postgresql://somebody@127.0.0.1:1/orders",
        "SEQUESTRE_SECRETS_KEY": SECRETS_KEY,
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    result = await asyncio.to_thread(CliRunner().invoke, program, ["worker"], env=env)
    assert result.exit_code == 2
    assert "--name OrderSince --type Datetime" in result.output
