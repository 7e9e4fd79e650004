"""What people wrote, where they are reached and what they prove themselves with stay out of the
logs of all processes, out of Temporal and out of traces, whatever goes wrong on the way."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from tests.app_under_test import ApiClient, OrderInPlay, Person, eventually, place_order
from tests.collector import Collector, collecting
from tests.contract import eur
from tests.e2e.conftest import Up, api_of, started
from tests.notifications.post_office import LOOPBACK, Mail, PostOffice
from tests.webhooks.receiver import Receiver

CANARY = "canary"
"""Part of everything that is nobody else's business."""

NOT_DECIDED = "10"
"""Seconds after which an action is answered that nobody can decide. All others are decided by then,
on a full machine too."""

MISTAKE = """
ALTER TABLE services ADD CONSTRAINT mistake CHECK (title <> 'canary-broken') NOT VALID;
ALTER TABLE requests ADD CONSTRAINT mistake CHECK (outcome IS NULL) NOT VALID;
"""
MENDED = """
ALTER TABLE services DROP CONSTRAINT mistake;
ALTER TABLE requests DROP CONSTRAINT mistake;
"""
PENDING = "SELECT count(*) FROM deliveries WHERE status = 'pending'"
WAITING = "WorkflowType = 'NotificationWorkflow' AND ExecutionStatus = 'Running'"
NOTED: dict[str, Any] = {"external_id": "canary-4711", "metadata": {"canary-key": "canary-value"}}
"""What the marketplace calls things of ours and notes on them is its own business too."""

TRACED = {
    "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
    "tracestate": "user=canary@example.org",
    "baggage": "user=canary",
}
"""What a caller says of a trace of their own; only the first is gone on with."""

MEDIATOR = Person("the-mediator", ("mediator",))
OPERATOR = Person("the-operator", ("operator",))


@dataclass
class Scene:
    """A running product, its mail server, and its marketplace."""

    up: Up
    api: ApiClient
    office: PostOffice
    receiver: Receiver
    tokens: list[str]
    collector: Collector
    webhook_secret: str = ""

    @property
    def secrets(self) -> list[str]:
        """What must be seen nowhere, besides the canary."""
        stack = self.up.stack
        known = [stack.jwt_secret, self.webhook_secret.removeprefix("whsec_")]
        return [one for one in (*known, *self.tokens) if one]


@pytest.fixture(scope="module")
async def scene(passable: Path) -> AsyncIterator[Scene]:
    """Everything at work, with logs as talkative as they can be made."""
    office, receiver = PostOffice(), Receiver()
    await office.open()
    await receiver.start()
    async with AsyncExitStack() as stack:
        collector = stack.enter_context(collecting())
        up = await stack.enter_async_context(
            started(
                passable / "privacy",
                {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url},
                log_level="DEBUG",
                log_format="json",
                smtp_host=LOOPBACK,
                smtp_port=str(office.port),
                smtp_security="none",
                mail_from="orders@example.org",
                mail_pause="0",
                webhook_allow_private="true",
                action_wait=NOT_DECIDED,
            )
        )
        api = await stack.enter_async_context(api_of(up))
        await up.ready(api)
        yield Scene(up, api, office, receiver, [], collector)
    await receiver.stop()
    await office.close()


async def reachable(scene: Scene, in_play: OrderInPlay) -> None:
    """The people have addresses, and the marketplace an endpoint; neither answers well at first."""
    scene.receiver.statuses = [500, 302, 404]
    scene.receiver.headers = {"Location": "http://canary.example/"}
    for who in (in_play.buyer, in_play.seller):
        body = {
            "language": "en",
            "email": f"canary-{who.id}@example.org",
            "time_zone": "UTC",
            "channels": {"email": True},
            "name": f"Canary canary-{who.id}",
        }
        assert (await scene.api.call("PUT", "/v1/me", who, body)).status_code == 200
    await confirm_addresses(scene)
    scene.office.answers["RCPT"] = "450 4.2.1 <canary@example.org> is away, says canary"
    answer = await scene.api.post(
        "/v1/webhook-endpoints", OPERATOR, {"url": f"{scene.receiver.url}?token=canary", **NOTED}
    )
    scene.webhook_secret = answer.json()["secret"]


async def confirm_addresses(scene: Scene) -> None:
    """They open the links that they are sent, and so do others with links of their own making."""

    async def look() -> list[Mail]:
        return list(scene.office.mails)

    mails = await eventually(look, lambda found: len(found) >= 2)
    for mail in mails:
        link = re.search(r"^http\S+$", mail.body("plain"), re.MULTILINE)
        assert link
        assert (await scene.api.post(link[0])).status_code == 200
        scene.tokens.append(link[0].rpartition("/")[2])
        assert (await scene.api.post(f"{link[0][:-6]}canary")).status_code == 404


async def changed(scene: Scene, in_play: OrderInPlay) -> None:
    """The service becomes another, and looks for a name that another one has."""
    path = f"/v1/services/{in_play.service['id']}"
    change = {"title": "canary-title", "description": "canary", "metadata": {"more": "canary"}}
    answer = await scene.api.call("PATCH", path, in_play.seller, change)
    assert answer.status_code == 200
    for body, status in ((NOTED, 409), ({"metadata": {"canary" * 9: "canary"}}, 422)):
        offer = {"title": "canary", "price": eur(1), "delivery_time": "P1D", **body}
        answer = await scene.api.post("/v1/services", in_play.seller, offer)
        assert answer.status_code == status


def life(in_play: OrderInPlay) -> Iterator[tuple[str, Person, Any, int]]:
    """Every action that takes a text, and how it is answered: some at the wrong time. One without
    a name is a message."""
    buyer, seller = in_play.buyer, in_play.seller
    links = ["https://canary.example/file"]
    yield "deliver", seller, {"message": "canary-early"}, 409
    yield "accept", seller, None, 200
    yield "deliver", seller, {"message": "", "canary-field": "canary"}, 422
    yield "request_offer", buyer, {"description": "canary-need"}, 200
    offer = {"title": "canary-title", "description": "canary", "price": eur(500)}
    yield "make_offer", seller, {**offer, "delivery_time": "P2D"}, 200
    yield "request_cancellation", buyer, {"reason": "canary-wish"}, 200
    yield "refuse_cancellation", seller, {"reason": "canary-no"}, 200
    yield "deliver", seller, {"message": "canary-message", "links": links}, 200
    yield "request_revision", buyer, {"reason": "canary-revision"}, 200
    yield "refuse_revision", seller, {"ground": "vague", "reason": "canary-refusal"}, 200
    yield "propose_settlement", seller, {"refund": eur(100), "reason": "canary-half"}, 200
    yield "open_dispute", buyer, {"reason": "canary-dispute"}, 200
    yield "add_statement", seller, {"statement": "canary-statement", "links": links}, 200
    yield "assign", MEDIATOR, None, 200
    yield "", buyer, {"text": "canary-said", "links": links}, 201
    yield "", MEDIATOR, {"text": "canary-asked"}, 201
    yield "", seller, {"text": "canary-far" * 1_001}, 422
    yield "release", MEDIATOR, {"reason": "canary-release"}, 200
    yield "resolve", seller, {"outcome": "refund", "reasons": "canary-mine"}, 403
    ruling = {"outcome": "split", "refund": eur(100), "reasons": "canary-ruling"}
    yield "resolve", MEDIATOR, ruling, 200
    yield "cancel", seller, {"reason": "canary-late"}, 409


async def hostile(api: ApiClient, who: Person) -> None:
    """Requests that are refused for all that there is to refuse."""
    headers = who.signed(api.secret)
    canaries = {"Idempotency-Key": CANARY, "If-Match": CANARY, "Baggage": f"{CANARY}={CANARY}"}
    for method, path, body in (
        ("GET", f"/v1/orders/{CANARY}?cursor={CANARY}", b""),
        ("GET", f"/v1/services?seller_id={quote('canary@example.org')}&cursor={CANARY}", b""),
        ("GET", f"/{CANARY}", b""),
        ("PATCH", f"/v1/orders/{CANARY}", b""),
        ("POST", "/v1/services", b'{"canary": "canary'),
        ("POST", "/v1/services", b'{"canary": 1, "canary": 2}'),
        ("POST", "/v1/services", b'{"canary": "' + b"canary" * 20_000 + b'"}'),
        ("PUT", "/v1/me", b'{"email": "canary@canary@example.org"}'),
    ):
        answer = await api.client.request(
            method,
            path,
            content=body,
            headers={**headers, **canaries, "Content-Type": "application/json"},
        )
        assert 400 <= answer.status_code < 500
    for token in (CANARY, f"{CANARY}.{CANARY}.{CANARY}", headers["Authorization"][7:-2]):
        forged = {"Authorization": f"Bearer {token}"}
        assert (await api.client.get("/v1/wallet", headers=forged)).status_code == 401
    reader, writer = await asyncio.open_connection(
        api.client.base_url.host, api.client.base_url.port
    )
    writer.write(b"canary canary canary\r\nAuthorization: Bearer canary\r\n\r\n")
    await reader.read()
    writer.close()


async def database_away(scene: Scene, in_play: OrderInPlay) -> None:
    """PostgreSQL dies under a request, and is there again."""
    os.kill(scene.up.pid("postgres"), signal.SIGKILL)
    body = {"service_id": in_play.service["id"], "brief": "canary-brief"}

    async def placed() -> int:
        try:
            answer = await scene.api.post("/v1/orders", in_play.buyer, body, key="canary-key")
        except httpx.HTTPError:
            return 0
        return answer.status_code

    assert await eventually(placed, lambda status: status not in (0, 503)) == 201


async def database_refuses(scene: Scene, in_play: OrderInPlay) -> None:
    """A row that the database will not have, as after a mistake in a migration: for a request of
    the API, and for a step of the worker until the mistake is mended."""
    owner = await asyncpg.connect(scene.up.stack.database_url)
    await owner.execute(MISTAKE)
    service = {"title": "canary-broken", "price": eur(1), "delivery_time": "P1D"}
    answer = await scene.api.post("/v1/services", in_play.seller, service)
    assert answer.status_code == 503
    answer = await scene.api.act(
        in_play.order, "cancel", in_play.seller, {"reason": "canary-broken"}
    )
    assert answer.status_code == 202
    await owner.execute(MENDED)
    await owner.close()

    async def state() -> str:
        return str((await in_play.now())["state"])

    assert await eventually(state, lambda state: state == "cancelled") == "cancelled"


async def told(scene: Scene) -> None:
    """Waits until everybody has been told of all, after the first attempts that failed."""
    scene.office.answers.clear()
    owner = await asyncpg.connect(scene.up.stack.database_url)

    client = await Client.connect(scene.up.stack.temporal_address)

    async def left() -> int:
        async for one in client.list_workflows(WAITING):
            with suppress(RPCError):  # it has just ended
                await client.get_workflow_handle(one.id).signal("try_now")
        found: int = await owner.fetchval(PENDING)
        return found

    try:
        await eventually(left, lambda count: count == 0)
    finally:
        await owner.close()


async def kept_by_temporal(up: Up) -> dict[str, bytes]:
    """All that Temporal keeps, by workflow: history, memo, search attributes."""
    client = await Client.connect(up.stack.temporal_address)
    kept = {}
    async for one in client.list_workflows():
        handle = client.get_workflow_handle(one.id, run_id=one.run_id)
        history = [event.SerializeToString() async for event in handle.fetch_history_events()]
        described = (await handle.describe()).raw_description.SerializeToString()
        kept[f"{one.workflow_type} {one.id}"] = b"\n".join([*history, described])
    return kept


def logs(up: Up) -> dict[str, str]:
    """What the processes have said, by file."""
    return {file.name: file.read_text(errors="replace") for file in up.data_dir.rglob("*.log")}


async def told_of_everything(scene: Scene, order_id: str) -> dict[str, bytes]:
    """All that a collector was told, once it was told of the last mail."""

    async def names() -> set[str]:
        return {span.name for span in scene.collector.spans}

    await eventually(names, lambda found: {"send email", "send webhook"} <= found)
    assert any(order_id in str(span.attributes) for span in scene.collector.spans)
    return {f"spans {at}": raw for at, raw in enumerate(scene.collector.raw)}


async def test_nothing_personal_is_logged_or_traced_or_kept_by_temporal(scene: Scene) -> None:
    in_play = await place_order(scene.api, money=50_000, title="canary-title", **NOTED)
    await reachable(scene, in_play)
    await changed(scene, in_play)
    body = {"service_id": in_play.service["id"], "brief": "canary-brief", **NOTED}
    answer = await scene.api.post("/v1/orders", in_play.buyer, body, key="canary", **TRACED)
    again = await scene.api.post("/v1/orders", in_play.buyer, body, key="another-canary")
    assert again.status_code == 409
    in_play.order = answer.json()
    people = (in_play.buyer, in_play.seller, MEDIATOR, OPERATOR)
    scene.tokens += [one.signed(scene.api.secret)["Authorization"][7:] for one in people]
    for action, who, fields, status in life(in_play):
        path = f"/v1/orders/{in_play.order['id']}"
        path = f"{path}/actions/{action}" if action else f"{path}/messages"
        answer = await scene.api.post(path, who, fields, **TRACED)
        assert status == answer.status_code, f"{action}: {answer.text}"
    await hostile(scene.api, in_play.buyer)
    await database_away(scene, in_play)
    await database_refuses(scene, await place_order(scene.api))
    await told(scene)

    said, kept = logs(scene.up), await kept_by_temporal(scene.up)
    secret = re.compile("|".join(["canary", *map(re.escape, scene.secrets)]), re.IGNORECASE)
    seen = secret.search
    for name, text in said.items():
        assert [f"{name}: {line[:500]}" for line in text.splitlines() if seen(line)] == []
    traced = await told_of_everything(scene, in_play.order["id"])
    for name, raw in (*kept.items(), *traced.items()):
        assert [f"{name}: {line[:500]}" for line in _lines(raw) if seen(line)] == []
    # What may lie there does, so that files and histories that are not read would be noticed.
    assert {"api.log", "worker.log"} <= set(said)
    assert "/v1/orders/{order_id}/actions/deliver" in said["api.log"]
    types = {name.partition(" ")[0] for name in kept}
    assert {"OrderWorkflow", "NotificationWorkflow"} <= types
    assert any(in_play.buyer.id.encode() in raw for raw in kept.values())
    assert scene.office.mails
    assert scene.receiver.hooks


def _lines(raw: bytes) -> list[str]:
    return raw.decode(errors="replace").splitlines()
