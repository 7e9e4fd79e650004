"""Temporal's Web UI as a browser sees it: through its door, and by no other way."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from temporalio.client import Client

from embedded.ports import LOOPBACK, Port, claim_ports, hidden_loopback, listener_on
from embedded.stack import Stack
from infra.web_ui_door import DoorServer
from tests.app_under_test import PATIENCE_SECONDS, eventually
from tests.embedded.stacks import stack_on

WORKFLOWS = "/api/v1/namespaces/default/workflows"
EVIL = {"Host": "evil.example"}


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with stack_on(tmp_path_factory.mktemp("web-ui"), programs={}) as running:
        yield running


@pytest.fixture
async def ui(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the Web UI's address, once that answers."""
    async with httpx.AsyncClient(
        base_url=stack.temporal_ui_url, timeout=PATIENCE_SECONDS, trust_env=False
    ) as client:

        async def answers() -> bool:
            return (await client.get("/healthz")).is_success

        await eventually(answers)
        yield client


async def order_like(stack: Stack) -> str:
    """A workflow that waits for signals; gives its id."""
    client = await Client.connect(stack.temporal_address)
    await client.start_workflow("Waiting", id="order-1", task_queue="nobody")
    return "order-1"


async def test_it_is_served_with_all_that_belongs_to_it(
    stack: Stack, ui: httpx.AsyncClient
) -> None:
    page = await ui.get("/")
    assert page.headers["content-type"].startswith("text/html")
    scripts = re.findall(r'["\'(](/_app/[^"\')]+\.js)', page.text)
    assert scripts
    for path in scripts:
        script = await ui.get(path)
        assert script.status_code == 200
        assert "javascript" in script.headers["content-type"]
        assert len(script.content) > 0
    settings = await ui.get("/api/v1/settings")
    assert settings.json()["Version"]


async def test_workflows_are_listed_and_signalled_from_its_own_page(
    stack: Stack, ui: httpx.AsyncClient
) -> None:
    workflow = await order_like(stack)

    async def listed() -> list[Any]:
        answer = await ui.get(WORKFLOWS, params={"query": "WorkflowType = 'Waiting'"})
        return [one["execution"]["workflowId"] for one in answer.json().get("executions", [])]

    assert await eventually(listed) == [workflow]
    signal = f"{WORKFLOWS}/{workflow}/signal/cancel"
    own = {"Origin": stack.temporal_ui_url, "X-CSRF-Token": ui.cookies["_csrf"]}
    foreign = own | {"Origin": "http://evil.example"}
    rebound = own | EVIL | {"Origin": "http://evil.example"}
    for headers in (foreign, rebound, own | {"Origin": "null"}, own | EVIL):
        refused = await ui.post(signal, headers=headers, json={"signalName": "cancel"})
        assert refused.status_code == 403, headers
    assert await signals(stack, workflow) == 0
    taken = await ui.post(signal, headers=own, json={"signalName": "cancel"})
    assert taken.status_code == 200, taken.text
    assert await signals(stack, workflow) == 1


async def test_each_address_that_is_printed_for_operators_is_one_of_its_lists(
    stack: Stack, ui: httpx.AsyncClient
) -> None:
    words = ("links", "--json", "--data-dir", str(stack.data_dir))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", *words), stdout=asyncio.subprocess.PIPE
    )
    printed = json.loads((await process.communicate())[0])
    assert len(printed["links"]) > 10
    for one in printed["links"]:
        assert one["url"].startswith(f"{stack.temporal_ui_url}/namespaces/default/workflows?")
        assert (await ui.get(one["url"])).headers["content-type"].startswith("text/html")
        found = await ui.get(WORKFLOWS, params={"query": one["query"]})
        assert found.status_code == 200, f"{one['name']}: {found.text}"


async def signals(stack: Stack, workflow: str) -> int:
    client = await Client.connect(stack.temporal_address)
    events = (await client.get_workflow_handle(workflow).fetch_history()).events
    return sum(event.HasField("workflow_execution_signaled_event_attributes") for event in events)


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/settings", WORKFLOWS, "/nowhere"])
async def test_another_name_is_refused_everywhere(ui: httpx.AsyncClient, path: str) -> None:
    refused = await ui.get(path, headers=EVIL)
    assert refused.status_code == 403
    assert "called by another name" in refused.text
    assert (await ui.get(path, headers={"Origin": "http://evil.example"})).status_code == 403


@pytest.mark.parametrize("target", ["http://127.0.0.1/api/v1/settings", "*"])
async def test_what_is_no_address_of_it_is_refused(ui: httpx.AsyncClient, target: str) -> None:
    where = urlsplit(str(ui.base_url))
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(f"OPTIONS {target} HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
    assert b" 400 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity"])
async def test_two_lengths_of_a_body_are_refused(ui: httpx.AsyncClient, coding: str) -> None:
    where = urlsplit(str(ui.base_url))
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    head = f"POST /api/v1/settings HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 4"
    writer.write(f"{head}\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n".encode())
    assert (await reader.readline())[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 501")
    writer.close()
    await writer.wait_closed()


async def test_one_readers_cookie_is_not_sent_for_another(
    stack: Stack, ui: httpx.AsyncClient
) -> None:
    first = (await ui.get("/api/v1/settings")).cookies
    async with httpx.AsyncClient(
        base_url=ui.base_url, timeout=PATIENCE_SECONDS, trust_env=False
    ) as other:
        second = (await other.get("/api/v1/settings")).cookies
    assert second["_csrf"]
    assert first.get("_csrf") != second["_csrf"]


async def test_behind_the_door_it_listens_where_no_page_can_guess(stack: Stack) -> None:
    if hidden_loopback() == LOOPBACK:
        pytest.skip("this system has no loopback address but 127.0.0.1")
    door = urlsplit(stack.temporal_ui_url).port
    hidden = []
    for address, port in listening(stack.pids["temporal"]):
        assert ip_address(address).is_loopback
        assert port != door
        if address != LOOPBACK:
            hidden.append(address)
    assert len(hidden) == 1


async def test_no_other_port_of_temporal_lets_a_page_read_or_signal(stack: Stack) -> None:
    signal = f"{WORKFLOWS}/order-2/signal/cancel"
    shut = 0
    for address, port in listening(stack.pids["temporal"]):
        if address != LOOPBACK:
            continue
        at = f"http://{address}:{port}"
        for name in ("evil.example", f"{address}:{port}", "localhost", "", "no name"):
            for method, path in (("GET", WORKFLOWS), ("POST", signal)):
                status = await asked(method, at + path, name)
                assert status in {None, 400, 403, 404}, f"{method} {port} as {name!r}"
                shut += status == 403
    assert shut  # its HTTP API is there


async def asked(method: str, url: str, name: str) -> int | None:
    """The status of an answer; None where no HTTP is spoken: to gRPC no page can speak."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.request(method, url, headers={"Host": name}, json={})
        except httpx.HTTPError:
            return None
    return answer.status_code


def listening(pid: int) -> set[tuple[str, int]]:
    found = psutil.Process(pid).net_connections("tcp")
    return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}


async def test_while_temporal_is_away_it_says_so() -> None:
    listener = listener_on(Port(0, "a test", "--none"))
    number = listener.getsockname()[1]
    async with (
        DoorServer("http://127.0.0.1:1").open(listener),
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client,
    ):
        answer = await client.get(f"http://127.0.0.1:{number}/")
    assert (answer.status_code, "does not answer yet" in answer.text) == (503, True)


async def test_the_command_stands_before_a_web_ui_as_well(
    stack: Stack, ui: httpx.AsyncClient
) -> None:
    (number,) = claim_ports(Port(0, "a test", "--none"))
    inner = f"--inner={stack.temporal_ui_url}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", "web-ui", inner, f"--port={number}"),
        "--name=temporal.example.org",
    )
    at = f"http://127.0.0.1:{number}{WORKFLOWS}"

    async def statuses() -> list[int]:
        names = ("localhost", "temporal.example.org", "evil.example")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
            try:
                return [(await client.get(at, headers={"Host": n})).status_code for n in names]
            except httpx.ConnectError:
                return []

    assert await eventually(statuses) == [200, 200, 403]
    process.terminate()
    await process.wait()
