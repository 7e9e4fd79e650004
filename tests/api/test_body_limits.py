"""How large a request may be."""

import asyncio
import json
from collections.abc import AsyncIterator

from tests.api.answers import PROBLEM
from tests.api.conftest import DealIn
from tests.api.readings import code, eur
from tests.house import DELIVER, House, somebody

TOO_LARGE = (413, "payload-too-large")
LIMIT = 64 * 1024
TEN_MEGABYTES = 10 * 1024 * 1024


async def pieces(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 65_536):
        yield b"x" * 65_536


async def raw(house: House, head: str, body: bytes) -> bytes:
    """What comes back for bytes on the wire, until the server closes the connection."""
    base = house.door.client.base_url
    reader, writer = await asyncio.open_connection(base.host, base.port)
    try:
        writer.write(head.encode().replace(b"\n", b"\r\n") + b"\r\n\r\n" + body)
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.transport.abort()


async def test_ten_announced_megabytes_are_too_much(house: House) -> None:
    headers = somebody("seller").headers
    body = b"x" * TEN_MEGABYTES
    answer = await house.door.client.post("/v1/services", content=body, headers=headers)
    assert TOO_LARGE == code(answer)


async def test_ten_megabytes_in_pieces_are_too_much(house: House) -> None:
    headers = somebody("seller").headers
    answer = await house.door.client.post(
        "/v1/services", content=pieces(TEN_MEGABYTES), headers=headers
    )
    assert TOO_LARGE == code(answer)


async def test_what_announces_too_much_is_refused_before_it_is_sent(house: House) -> None:
    head = f"POST /v1/services HTTP/1.1\nHost: here\nContent-Length: {TEN_MEGABYTES}"
    answer = await raw(house, head, b"")
    assert answer.startswith(b"HTTP/1.1 413")
    assert PROBLEM.encode() in answer


async def test_endless_pieces_are_refused_at_the_limit(house: House) -> None:
    head = "POST /v1/services HTTP/1.1\nHost: here\nTransfer-Encoding: chunked"
    answer = await raw(house, head, b"11000\r\n" + b"x" * 0x11000 + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert PROBLEM.encode() in answer


async def test_the_limit_itself_is_allowed(house: House) -> None:
    body = json.dumps({"title": "A logo", "price": eur(1), "delivery_time": "P1D"}).encode()
    headers = somebody("seller").headers | {"Content-Type": "application/json"}
    allowed = await house.door.client.post(
        "/v1/services", content=body.ljust(LIMIT), headers=headers
    )
    refused = await house.door.client.post(
        "/v1/services", content=body.ljust(LIMIT + 1), headers=headers
    )
    assert (201, TOO_LARGE) == (allowed.status_code, code(refused))


async def test_the_longest_texts_that_are_allowed_pass(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    links = ["https://files.example/".ljust(1_000, "x")] * 20
    answer = await house.door.act(
        deal.order, "deliver", deal.seller, {"message": "🎨" * 10_000, "links": links}
    )
    assert 200 == answer.status_code


async def test_a_refused_body_leaves_the_order_as_it_was(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    answer = await house.door.act(
        deal.order, "deliver", deal.seller, {"message": "x" * TEN_MEGABYTES}
    )
    assert TOO_LARGE == code(answer)
    await deal.act("deliver", deal.seller, DELIVER)
    assert "delivered" == deal.order["state"]
