"""What the channel makes of each way in which an endpoint can answer."""

import asyncio
import logging
from uuid import UUID

import pytest

from activities.channel import Channel, NotDelivered, Undeliverable
from db import webhooks
from db.sealing import Keyring
from db.webhooks import Endpoint
from tests.app_under_test import PATIENCE_SECONDS
from tests.webhooks.conftest import NAME, SECRET, Certificate, Marketplace, Names
from tests.webhooks.receiver import LOOPBACK, Receiver, flood, impolite


async def state(marketplace: Marketplace, endpoint: UUID | None) -> Endpoint:
    """An endpoint as it stands."""
    assert endpoint is not None
    async with marketplace.pool.acquire() as connection:
        found = await webhooks.get(connection, endpoint)
    assert found is not None
    return found


def test_it_is_a_channel(marketplace: Marketplace) -> None:
    channel: Channel = marketplace.channel()
    assert channel is not None


async def test_a_receipt(marketplace: Marketplace) -> None:
    marketplace.receiver.statuses = [200, 201, 202, 204, 299]
    message, channel = await marketplace.about(), marketplace.channel()
    for _ in range(5):
        await channel.send(message)
    assert len(marketplace.receiver.hooks) == 5


async def test_no_receipt(marketplace: Marketplace) -> None:
    message, channel = await marketplace.about(), marketplace.channel()
    for status in (400, 401, 404, 409, 411, 429, 500, 502, 503, 599):
        marketplace.receiver.status = status
        with pytest.raises(NotDelivered, match=rf"^answered {status}$"):
            await channel.send(message)
    assert (await state(marketplace, message.endpoint_id)).disabled_at is None


async def test_a_redirect_is_not_followed(marketplace: Marketplace) -> None:
    message, channel = await marketplace.about(), marketplace.channel()
    elsewhere = f"http://{LOOPBACK}:{marketplace.receiver.port}/elsewhere"
    marketplace.receiver.headers = {"Location": elsewhere}
    for status in (301, 302, 303, 307, 308):
        marketplace.receiver.statuses = [status]
        with pytest.raises(NotDelivered, match=f"answered {status}: redirects are not followed"):
            await channel.send(message)
    assert {hook.path for hook in marketplace.receiver.hooks} == {"/hooks"}


async def test_a_secret_that_does_not_open_stops_its_own_endpoint_alone(
    marketplace: Marketplace,
) -> None:
    closed = await marketplace.endpoint()
    fine = await marketplace.endpoint()
    step = await marketplace.write()
    await marketplace.pool.execute(
        "UPDATE webhook_endpoints SET secret = $2 WHERE id = $1",
        closed,
        Keyring([b"x" * 32]).seal("whsec_b2xk", closed),
    )
    with pytest.raises(NotDelivered, match=r"^its secret cannot be opened by the keys at hand$"):
        await marketplace.channel().send(await marketplace.message(step, closed))
    assert marketplace.receiver.hooks == []
    await marketplace.sent(await marketplace.message(step, fine))
    assert len(marketplace.receiver.hooks) == 1


async def test_gone_disables_it(marketplace: Marketplace) -> None:
    marketplace.receiver.statuses = [410]
    message = await marketplace.about()
    for _ in range(2):
        with pytest.raises(Undeliverable, match="410"):
            await marketplace.channel().send(message)
    found = await state(marketplace, message.endpoint_id)
    assert found.disabled_at is not None
    assert found.disabled_reason == "answered 410"
    assert len(marketplace.receiver.hooks) == 1


async def test_gone_does_not_disable_an_endpoint_that_has_moved(marketplace: Marketplace) -> None:
    message = await marketplace.about()
    assert message.endpoint_id is not None
    async with marketplace.pool.acquire() as connection:
        await webhooks.put(connection, message.endpoint_id, "http://new.example/", None)
        await webhooks.gone(connection, message.endpoint_id, marketplace.receiver.url, "answered")
    assert (await state(marketplace, message.endpoint_id)).disabled_at is None


async def test_a_disabled_endpoint_is_left_alone_until_it_is_enabled(
    marketplace: Marketplace,
) -> None:
    message = await marketplace.about()
    assert message.endpoint_id is not None
    async with marketplace.pool.acquire() as connection:
        await webhooks.disable(connection, message.endpoint_id, "disabled by an operator")
    with pytest.raises(Undeliverable, match="disabled by an operator"):
        await marketplace.channel().send(message)
    assert marketplace.receiver.hooks == []
    async with marketplace.pool.acquire() as connection:
        await webhooks.enable(connection, message.endpoint_id)
    await marketplace.channel().send(message)


async def test_steps_of_a_disabled_endpoint_and_other_events_are_not_for_it(
    marketplace: Marketplace,
) -> None:
    some = await marketplace.endpoint(events=["order.accepted", "order.completed"])
    every = await marketplace.endpoint()
    off = await marketplace.endpoint()
    async with marketplace.pool.acquire() as connection:
        await webhooks.disable(connection, off, "enough")
    accepted = await marketplace.write("order.accepted")
    late = await marketplace.write("order.late")
    assert {one.endpoint_id for one in await marketplace.messages(accepted)} == {some, every}
    assert {one.endpoint_id for one in await marketplace.messages(late)} == {every}


async def test_a_hanging_endpoint(marketplace: Marketplace) -> None:
    marketplace.receiver.hanging = True
    with pytest.raises(NotDelivered, match=r"^no answer within 0\.3 s$"):
        await marketplace.channel(seconds=0.3).send(await marketplace.about())


async def test_an_answer_in_drips_is_no_answer(marketplace: Marketplace) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for letter in "HTTP/1.1 200 OK\r\n" + "x-more: 1\r\n" * 1_000:
            writer.write(letter.encode())
            await asyncio.sleep(0.05)

    async with impolite(drip) as url:
        with pytest.raises(NotDelivered, match="no answer within"):
            await marketplace.channel(seconds=0.5).send(await marketplace.about(url))


async def test_endless_promises_are_no_answer(marketplace: Marketplace) -> None:
    async def promise(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with impolite(promise) as url:
        with pytest.raises(NotDelivered, match="no answer within"):
            await marketplace.channel(seconds=0.5).send(await marketplace.about(url))


async def test_an_endless_answer_is_not_read(marketplace: Marketplace) -> None:
    marketplace.receiver.endless = True
    marketplace.receiver.status = 200
    await marketplace.channel().send(await marketplace.about())
    async with asyncio.timeout(PATIENCE_SECONDS):
        await marketplace.receiver.left.wait()
    assert marketplace.receiver.sent < 20_000_000


async def test_endless_headers_are_not_read(marketplace: Marketplace) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x-more: " + b"x" * 1_000 + b"\r\n")
            await writer.drain()

    async with impolite(talk) as url:
        with pytest.raises(NotDelivered, match="answered with more than 65536 bytes before its"):
            await marketplace.channel().send(await marketplace.about(url))


@pytest.mark.parametrize("promise", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
async def test_a_flood_of_promises_is_broken_off(marketplace: Marketplace, promise: bytes) -> None:
    async with impolite(lambda _, writer: flood(writer, promise)) as url:
        with pytest.raises(NotDelivered, match="answered with more than 65536 bytes before its"):
            await marketplace.channel().send(await marketplace.about(url))


async def test_a_flood_of_promises_over_tls_is_broken_off(
    trusted: Certificate, marketplace: Marketplace, names: Names
) -> None:
    names.say(NAME, [LOOPBACK])
    async with impolite(lambda _, writer: flood(writer), trusted.context) as url:
        message = await marketplace.about(url.replace(LOOPBACK, NAME))
        with pytest.raises(NotDelivered, match="answered with more than 65536 bytes before its"):
            await marketplace.channel().send(message)


async def test_a_packed_answer_is_not_asked_for(marketplace: Marketplace) -> None:
    await marketplace.channel().send(await marketplace.about())
    (hook,) = marketplace.receiver.hooks
    assert hook.headers["accept-encoding"] == "identity"


async def test_nonsense(marketplace: Marketplace) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(b"220 mail.example ESMTP <script>\r\n")
        await writer.drain()

    async with impolite(talk) as url:
        with pytest.raises(NotDelivered, match=r"^did not answer in HTTP$"):
            await marketplace.channel().send(await marketplace.about(url))


async def test_who_hangs_up(marketplace: Marketplace) -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readline()

    async with impolite(talk) as url:
        with pytest.raises(NotDelivered, match=r"connection was lost|did not answer"):
            await marketplace.channel().send(await marketplace.about(url))


async def test_nobody_is_there(marketplace: Marketplace) -> None:
    message = await marketplace.about()
    await marketplace.receiver.stop()
    with pytest.raises(NotDelivered, match=r"^connection refused$"):
        await marketplace.channel().send(message)


async def test_an_unknown_name(marketplace: Marketplace, names: Names) -> None:
    names.say(NAME, [])
    with pytest.raises(NotDelivered, match=r"^its name could not be looked up$"):
        await marketplace.channel().send(await marketplace.about(f"https://{NAME}/"))


async def test_an_endpoint_that_is_none(marketplace: Marketplace) -> None:
    message = await marketplace.about()
    object.__setattr__(message, "endpoint_id", UUID(int=0))
    with pytest.raises(Undeliverable, match="the endpoint was deleted"):
        await marketplace.channel().send(message)


async def test_encrypted_to_whom_it_is_for(
    trusted: Certificate, marketplace: Marketplace, names: Names
) -> None:
    names.say(NAME, [LOOPBACK])
    secure = Receiver(tls=trusted.options)
    await secure.start()
    await marketplace.channel().send(await marketplace.about(f"https://{NAME}:{secure.port}/x"))
    await secure.stop()
    (hook,) = secure.hooks
    assert hook.headers["host"] == f"{NAME}:{secure.port}"
    assert hook.verified(SECRET)


@pytest.mark.parametrize("name", ["other.example.test", LOOPBACK])
async def test_a_certificate_for_somebody_else(
    name: str, trusted: Certificate, marketplace: Marketplace, names: Names
) -> None:
    names.say(name, [LOOPBACK])
    secure = Receiver(tls=trusted.options)
    await secure.start()
    with pytest.raises(NotDelivered, match=r"^its certificate is not valid$"):
        await marketplace.channel().send(await marketplace.about(f"https://{name}:{secure.port}/"))
    await secure.stop()
    assert secure.hooks == []


async def test_a_certificate_of_nobody(
    certificate: Certificate, marketplace: Marketplace, names: Names
) -> None:
    names.say(NAME, [LOOPBACK])
    secure = Receiver(tls=certificate.options)
    await secure.start()
    with pytest.raises(NotDelivered, match=r"^its certificate is not valid$"):
        await marketplace.channel().send(await marketplace.about(f"https://{NAME}:{secure.port}/"))
    await secure.stop()


async def test_plain_where_encrypted_was_meant(marketplace: Marketplace) -> None:
    url = marketplace.receiver.url.replace("http:", "https:")
    with pytest.raises(NotDelivered, match=r"no encrypted connection|connection was lost"):
        await marketplace.channel().send(await marketplace.about(url))


async def test_neither_reasons_nor_logs_hold_secrets(
    marketplace: Marketplace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    url = f"{marketplace.receiver.url}/a-capability?token=a-token"
    marketplace.receiver.statuses = [500]
    message = await marketplace.about(url)
    with pytest.raises(NotDelivered) as refused:
        await marketplace.channel().send(message)
    await marketplace.channel().send(message)
    ours = [one for one in caplog.records if not one.name.startswith("uvicorn")]
    said = "\n".join([str(refused.value), *(one.getMessage() for one in ours)])
    for secret in ("a-capability", "a-token", SECRET.removeprefix("whsec_")):
        assert secret not in said


async def test_no_proxy_comes_between(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{LOOPBACK}:9")
    await marketplace.channel().send(await marketplace.about())
    assert len(marketplace.receiver.hooks) == 1
