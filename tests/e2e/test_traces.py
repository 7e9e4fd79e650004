"""One trace from a call of the API through its order's workflow and SQL to the mail and the
webhook, as a collector is told of it by real processes; and calls whose collector hangs."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.app_under_test import DELIVER, ApiClient, OrderInPlay, eventually, place_order
from tests.collector import Collector, Told, collecting
from tests.contract import body_of
from tests.e2e.conftest import Up, api_of, started
from tests.e2e.test_privacy import NOT_DECIDED, OPERATOR
from tests.freezing import frozen
from tests.notifications.post_office import LOOPBACK, PostOffice
from tests.webhooks.receiver import Receiver, impolite

CALLER = "a3ce929d0e0e47364bf92f3577b34da6"
CALLERS_SPAN = "00f067aa0ba902b7"
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "200"}


@dataclass
class Scene:
    """A product that tells a collector of what it does, its mail server and its marketplace."""

    up: Up
    api: ApiClient
    collector: Collector
    office: PostOffice
    receiver: Receiver

    async def trace(self, trace: str, is_whole: Callable[[set[str]], bool]) -> None:
        """Wait for the spans of a trace until their names are all that they should be."""
        await self._spans(trace, lambda spans: is_whole({one.name for one in spans}))

    async def chain(self, trace: str, is_whole: Callable[[set[str]], bool]) -> list[Told]:
        """The spans of a trace that is whole, once each follows from another, up to the caller's
        own. Each program tells in its own time, so that a span may come before its parent."""
        return await self._spans(
            trace, lambda told: is_whole({one.name for one in told}) and not orphans(told)
        )

    async def _spans(self, trace: str, holds: Callable[[list[Told]], bool]) -> list[Told]:
        async def look() -> list[Told]:
            return self.collector.of_trace(trace)

        return await eventually(look, holds)

    def lines(self, program: str) -> list[dict[str, Any]]:
        """What a program has logged."""
        text = next(self.up.data_dir.rglob(f"{program}.log")).read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def orphans(spans: list[Told]) -> list[Told]:
    """The spans of a trace whose parent nobody has told of, and is not the caller's."""
    known = {one.id for one in spans} | {CALLERS_SPAN}
    return [one for one in spans if one.parent not in known]


@pytest.fixture(scope="module")
async def scene(passable: Path) -> AsyncIterator[Scene]:
    """Everything at work."""
    office, receiver = PostOffice(), Receiver()
    await office.open()
    await receiver.start()
    async with AsyncExitStack() as stack:
        collector = stack.enter_context(collecting())
        up = await stack.enter_async_context(
            started(
                passable / "traces",
                SOON | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url},
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
        await api.post("/v1/webhook-endpoints", OPERATOR, {"url": receiver.url})
        yield Scene(up, api, collector, office, receiver)
    await receiver.stop()
    await office.close()


@pytest.fixture(scope="module")
async def accepted(scene: Scene) -> OrderInPlay:
    """An order in progress, whose buyer is told by e-mail."""
    in_play = await (await place_order(scene.api)).reach("in_progress")
    await scene.api.says(in_play.buyer)

    async def mails() -> list[str]:
        return [mail.body("plain") for mail in scene.office.mails]

    (asking, *_) = await eventually(mails)
    link = next(word for word in asking.split() if "/confirm-email/" in word)
    assert (await scene.api.post(link)).status_code == 200
    return in_play


def called(trace: str = CALLER, request_id: str = "the-call") -> dict[str, str]:
    """What a caller who is traced sends along."""
    return {"traceparent": f"00-{trace}-{CALLERS_SPAN}-01", "x_request_id": request_id}


ACT = "/v1/orders/{order_id}/actions/deliver"
SENT = "RunActivity:send_notifications"
"""What ends when everybody has been told."""

WAY = [
    ("sequestre-api", f"POST {ACT}"),
    ("sequestre-api", "SELECT"),
    ("sequestre-api", "SignalWorkflow:deliver"),
    ("sequestre-worker", "HandleSignal:deliver"),
    ("sequestre-worker", "StartActivity:record_step"),
    ("sequestre-worker", "RunActivity:record_step"),
    ("sequestre-worker", "SELECT"),
    ("sequestre-api", "SignalWithStartWorkflow:NotificationWorkflow"),
    ("sequestre-worker", "RunWorkflow:NotificationWorkflow"),
    ("sequestre-worker", "RunActivity:send_notifications"),
    ("sequestre-worker", "send email"),
    ("sequestre-worker", "send webhook"),
]
"""Whose spans a delivered order has at least, by the service that tells of them."""


async def test_an_action_is_one_trace_up_to_mail_and_webhook(
    scene: Scene, accepted: OrderInPlay
) -> None:
    answer = await scene.api.act(accepted.order, "deliver", accepted.seller, DELIVER, **called())
    assert answer.status_code == 200
    spans = await scene.chain(CALLER, {name for _, name in WAY}.issubset)
    missing = set(WAY) - {(one.service, one.name) for one in spans}
    assert set() == missing
    (sent,) = [one for one in spans if one.name == "send webhook"]
    came_with = [one.headers.get("traceparent") for one in scene.receiver.hooks]
    assert f"00-{CALLER}-{sent.id}-01" in came_with


async def test_the_call_is_found_in_the_logs_of_both(scene: Scene, accepted: OrderInPlay) -> None:
    trace, order = "1" * 32, accepted.order["id"]
    wish = body_of("request_revision")
    answer = await scene.api.act(
        accepted.order, "request_revision", accepted.buyer, wish, **called(trace, "a-wish")
    )
    assert answer.status_code == 200
    await scene.trace(trace, {SENT}.issubset)

    async def of_the_call() -> dict[str, dict[str, Any]]:
        lines = [*scene.lines("api"), *scene.lines("worker")]
        return {one["event"]: one for one in lines if one.get("request_id") == "a-wish"}

    found = await eventually(of_the_call, lambda lines: {"request", "step", "told"} <= set(lines))
    asked, step, told = found["request"], found["step"], found["told"]
    assert {trace} == {line["trace_id"] for line in (asked, step, told)}
    assert {order} == {line["order_id"] for line in (asked, step, told)}
    assert accepted.buyer.id == asked["caller"]
    assert asked["order_request"] == step["order_request"]
    assert (step["action"], step["status"]) == ("request_revision", "recorded")
    assert (f"order-{order}", "record_step") == (step["workflow"], step["activity"])
    assert told["workflow"].startswith(f"tell-{order}-")


async def test_what_is_signalled_later_stays_in_the_trace(scene: Scene) -> None:
    in_play, trace = await place_order(scene.api), "2" * 32
    async with frozen(scene.up.pid("temporal")):
        answer = await scene.api.act(in_play.order, "accept", in_play.seller, **called(trace))
    assert answer.status_code == 202
    # The signal is that of the call itself, which nobody answered in time, and where it did not
    # arrive another.
    whole = {"SignalWorkflow:accept", "RunActivity:record_step", SENT}
    await scene.chain(trace, whole.issubset)


async def test_placing_and_a_message_are_told_in_the_trace_of_their_call(scene: Scene) -> None:
    in_play = await place_order(scene.api)
    body = {"service_id": in_play.service["id"], "brief": "A logo."}
    placing, saying = "3" * 32, "4" * 32
    await scene.api.top_up(in_play.buyer, 10_000)
    answer = await scene.api.post("/v1/orders", in_play.buyer, body, key="p", **called(placing))
    path = f"/v1/orders/{answer.json()['id']}/messages"
    await scene.api.post(path, in_play.buyer, {"text": "Hello."}, **called(saying))
    whole = {"StartWorkflow:OrderWorkflow", "RunWorkflow:OrderWorkflow", SENT}
    await scene.trace(placing, whole.issubset)
    await scene.trace(saying, {SENT}.issubset)


async def test_looking_for_work_is_no_trace(scene: Scene) -> None:
    await place_order(scene.api)

    async def look() -> set[str]:
        return {one.name for one in scene.collector.spans if not one.parent}

    beginnings = await eventually(look)
    assert set() == {name for name in beginnings if "SELECT" in name or "/health/" in name}


async def test_a_collector_that_hangs_delays_nothing(passable: Path) -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass

    async with impolite(hang) as url:
        shell = SOON | {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_MAX_QUEUE_SIZE": "512"}
        async with started(passable / "hanging", shell) as up, api_of(up) as api:
            await up.ready(api)
            in_play = await (await place_order(api)).reach("delivered")
            assert in_play.order["state"] == "delivered"
            for _ in range(200):
                await in_play.now()
            begun = time.monotonic()
            up.process.terminate()
            assert await up.process.wait() == 0
    assert time.monotonic() - begun < 20
