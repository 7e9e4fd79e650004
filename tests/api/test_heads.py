"""What comes before a body: addresses, headers, methods, and bytes that are no HTTP at all."""

import asyncio
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from tests.api.answers import PROBLEM
from tests.api.assertions import code
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest, somebody

TOO_LARGE = (413, "payload-too-large")


async def on_the_wire(app: AppUnderTest, sent: bytes) -> bytes:
    """What comes back for bytes, until the server closes the connection."""
    base = app.api.client.base_url
    reader, writer = await asyncio.open_connection(base.host, base.port)
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read()
    finally:
        writer.transport.abort()


async def test_many_headers_are_too_many(app: AppUnderTest) -> None:
    headers = {f"X-{number}": "x" for number in range(101)} | somebody("reader").headers
    assert TOO_LARGE == code(await app.api.client.get("/v1/wallet", headers=headers))


async def test_large_headers_are_too_large(app: AppUnderTest) -> None:
    headers = somebody("reader").headers | {"X-Large": "x" * 17_000}
    assert TOO_LARGE == code(await app.api.client.get("/v1/wallet", headers=headers))


async def test_a_token_as_long_as_providers_make_them_is_read(app: AppUnderTest) -> None:
    headers = {"Authorization": "Bearer " + "x" * 12_000}
    answer = await app.api.client.get("/v1/wallet", headers=headers)
    assert (401, "unauthenticated") == code(answer)


@pytest.mark.parametrize("path", ["/v1/orders/{}", "/v1/orders?cursor={}", "/v1/nowhere/{}"])
async def test_a_long_address_is_too_long(app: AppUnderTest, path: str) -> None:
    answer = await app.api.get(path.format("x" * 9_000), somebody("reader"))
    assert TOO_LARGE == code(answer)


async def test_a_long_address_that_is_allowed_is_answered(app: AppUnderTest) -> None:
    answer = await app.api.get(f"/v1/orders/{'x' * 8_000}", somebody("reader"))
    assert (404, "not-found") == code(answer)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /v1/wallet\r\n\r\n",
        b"GET /v1/wallet HTTP/1.1\r\n\r\n",
        b"GET /v1/wallet HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}",
        b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n{}",
    ],
    ids=lambda sent: repr(sent[:40]),
)
async def test_what_is_no_http_is_answered_as_a_problem(app: AppUnderTest, sent: bytes) -> None:
    answer = await on_the_wire(app, sent)
    assert answer.startswith(b"HTTP/1.1 422")
    assert PROBLEM.encode() in answer
    assert b'"invalid-request"' in answer
    assert 200 == (await app.api.get("/v1/health/live")).status_code


@pytest.mark.parametrize("start", [b"GET /", b"GET /v1/wallet HTTP/1.1\r\nHost: a\r\nX-Large: "])
async def test_a_head_without_an_end_is_not_read_to_its_end(
    app: AppUnderTest, start: bytes
) -> None:
    with suppress(ConnectionError):  # hung up on while it still writes
        answer = await on_the_wire(app, start + b"x" * 10_000_000)
        assert answer.startswith(b"HTTP/1.1 422")
    assert 200 == (await app.api.get("/v1/health/live")).status_code


async def test_a_body_that_breaks_off_in_a_piece_harms_nobody(app: AppUnderTest) -> None:
    head = b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await on_the_wire(app, head + b"zz\r\n{}\r\n")
    assert b"HTTP/1.1 5" not in answer
    assert 200 == (await app.api.get("/v1/health/live")).status_code


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/orders/x/actions/accept", "/v1/me"])
async def test_a_method_that_there_is_not_names_those_that_there_are(
    app: AppUnderTest, method: str, path: str
) -> None:
    answer = await app.api.client.request(method, path)
    expected = {"/v1/orders": "GET, HEAD, POST", "/v1/me": "GET, HEAD, PUT"}.get(path, "POST")
    assert (405, expected) == (answer.status_code, answer.headers["Allow"])


async def test_a_long_method_is_too_long_for_the_answer_and_the_log(
    app: AppUnderTest,
) -> None:
    with capture_logs() as logs:
        answer = await app.api.client.request("B" * 60_000, "/v1/orders")
    assert TOO_LARGE == code(answer)
    assert "B" * 33 not in answer.text
    # What a test before this one hung up on may be told of only now.
    methods = [line["method"] for line in logs if line["event"] == "request"]
    assert "B" * 32 in methods
    assert all(len(method) <= 32 for method in methods)


async def test_the_longest_method_is_one_that_there_is_not(app: AppUnderTest) -> None:
    assert 405 == (await app.api.client.request("B" * 32, "/v1/orders")).status_code


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/docs", "GET, HEAD"),
        ("/redoc", "GET, HEAD"),
        ("/v1/openapi.json", "GET, HEAD"),
        ("/static-offline-docs/favicon.png", "GET, HEAD"),
    ],
)
async def test_what_is_not_described_names_its_methods_too(
    app: AppUnderTest, path: str, methods: str
) -> None:
    answer = await app.api.post(path)
    assert (405, methods) == (answer.status_code, answer.headers["Allow"])
    assert answer.json()["detail"].endswith(f"there are: {methods}.")


async def test_a_page_names_its_methods_too(app: AppUnderTest) -> None:
    answer = await app.api.post("/")
    assert (405, "GET, HEAD") == (answer.status_code, answer.headers["Allow"])
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_the_server_does_not_say_what_it_runs_on(app: AppUnderTest) -> None:
    answer = await app.api.get("/v1/health/live")
    assert [] == [name for name in ("server", "x-powered-by") if name in answer.headers]
