"""What an API process shows to Prometheus, at an address of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from domain.vocabulary import Code, State
from embedded.ports import LOOPBACK, Port, claim_ports
from tests.api.conftest import OrderIn
from tests.app_under_test import ApiClient, AppUnderTest, eventually, somebody
from tests.scraped import Samples, labels_of, scraped, value

REQUESTS = "sequestre_http_requests_total"
SECONDS = "sequestre_http_request_duration_seconds"


def free_address() -> str:
    """Where nothing listens."""
    (port,) = claim_ports(Port(0, "metrics", ""))
    return f"{LOOPBACK}:{port}"


class Measured:
    """An API that shows its metrics, and what it shows."""

    def __init__(self, api: ApiClient, address: str) -> None:
        self.api = api
        self.address = address

    async def shown(self) -> Samples:
        """All that it shows, once it does."""
        return await eventually(lambda: scraped(self.address))

    async def value(self, name: str, **labels: str) -> float:
        """What it shows of one; 0 while there is none."""
        return value(await self.shown(), name, **labels) or 0.0


@asynccontextmanager
async def measured_api(app: AppUnderTest) -> AsyncIterator[Measured]:
    address = free_address()
    async with app.with_settings(api_metrics_address=address) as api:
        yield Measured(api, address)


@pytest.fixture
async def measured(app: AppUnderTest) -> AsyncIterator[Measured]:
    """An API that shows its metrics."""
    async with measured_api(app) as api:
        yield api


async def test_a_request_is_counted_by_its_route_and_not_its_address(measured: Measured) -> None:
    of = {"route": "/v1/users/{user_id:path}", "method": "GET"}
    before = await measured.value(REQUESTS, code="403", **of)
    await measured.api.get("/v1/users/somebody-or-other", somebody("nosy"))
    assert await measured.value(REQUESTS, code="403", **of) == before + 1
    assert await measured.value(f"{SECONDS}_count", **of) >= 1
    assert "somebody-or-other" not in str(await measured.shown())


async def test_no_caller_adds_series_by_what_they_make_up(measured: Measured) -> None:
    await measured.api.call("BREW", "/v1/coffee")
    await measured.api.get("/v1/a-place-that-is-not-there")
    shown = await measured.shown()
    assert (value(shown, REQUESTS, route="none", method="other", code="404") or 0) > 0
    assert (value(shown, REQUESTS, route="none", method="GET", code="404") or 0) > 0
    assert not any("BREW" in labels.values() for labels in labels_of(shown, REQUESTS))


async def test_a_refusal_is_counted_by_its_code(measured: Measured) -> None:
    name = "sequestre_http_refusals_total"
    before = await measured.value(name, code="unauthenticated")
    await measured.api.get("/v1/wallet")
    assert await measured.value(name, code="unauthenticated") == before + 1


async def test_a_refusal_that_a_page_tells_is_one(measured: Measured) -> None:
    name = "sequestre_http_refusals_total"
    before = await measured.value(name, code="not-found")
    answer = await measured.api.get("/nowhere", accept="text/html")
    assert (answer.status_code, "text/html" in answer.headers["content-type"]) == (404, True)
    assert await measured.value(name, code="not-found") == before + 1


async def test_every_refusal_is_there_before_it_happens(measured: Measured) -> None:
    shown = labels_of(await measured.shown(), "sequestre_http_refusals_total")
    assert {labels["code"] for labels in shown} == set(Code)


async def test_a_stream_is_under_way_and_its_beginning_is_what_it_takes(
    measured: Measured, order_in: OrderIn
) -> None:
    order = await order_in("pending")
    path = f"/v1/orders/{order.order['id']}/stream"
    of = {"route": "/v1/orders/{order_id}/stream", "method": "GET"}
    client, headers = measured.api.client, order.buyer.headers
    before = await measured.value(f"{SECONDS}_sum", **of)
    began = asyncio.get_running_loop().time()
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        lines = answer.aiter_lines()
        await anext(lines)
        assert await measured.value("sequestre_http_streams") == 1
        assert await measured.value("sequestre_http_requests_in_progress") >= 1
        begun_after = asyncio.get_running_loop().time() - began

    async def ended() -> bool:
        return await measured.value("sequestre_http_streams") == 0

    await eventually(ended)
    assert await measured.value(f"{SECONDS}_sum", **of) - before <= begun_after


async def test_the_pool_the_listener_and_temporal_are_told(measured: Measured) -> None:
    expected = {
        "sequestre_listener_connected": 1,
        "sequestre_temporal_answers": 1,
        # Of the whole process, and so of the application that tests share: somebody is often just
        # being given a connection.
        "sequestre_database_waiting": 0,
    }
    shown = await eventually(
        measured.shown,
        lambda found: all(value(found, name) == holds for name, holds in expected.items()),
    )
    assert value(shown, "sequestre_database_connections_max") == 10
    held = [value(shown, "sequestre_database_connections", state=one) for one in ("idle", "in_use")]
    assert sum(one or 0 for one in held) >= 1


async def test_the_product_is_there_from_the_first_answer_on(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    await order_in("delivered")
    async with measured_api(app) as measured:
        shown = await measured.shown()
    assert {one["state"] for one in labels_of(shown, "sequestre_orders")} == set(State)
    assert (value(shown, "sequestre_orders", state="delivered") or 0) >= 1
    of_escrow = {"account": "escrow", "currency": "EUR"}
    assert (value(shown, "sequestre_held_minor_units", **of_escrow) or 0) >= 2_000


async def test_the_apis_own_port_shows_none(measured: Measured) -> None:
    answer = await measured.api.get("/metrics")
    assert (answer.status_code, "sequestre_" in answer.text) == (404, False)


async def test_a_taken_address_keeps_no_api_from_its_work(app: AppUnderTest) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with app.with_settings(api_metrics_address=address) as api:
            assert (await api.get("/v1/health/live")).status_code == 200
