"""Nothing is sent to where only the product itself could reach: loopback, private networks, the
metadata of the machine, in whatever way it is written and whatever a name says next."""

from typing import Any, NoReturn

import anyio
import pytest
from pydantic import TypeAdapter

from activities.channel import NotDelivered, Undeliverable
from domain.web_address import WebhookUrl, host_of
from tests.app_under_test import OPERATOR, ApiClient
from tests.domain.web_addresses import (
    INSIDE,
    INWARD_ADDRESSES,
    NO_URLS,
    PUBLIC,
    PUBLIC_6,
    WAYS_TO_LOOPBACK,
)
from tests.webhooks.conftest import NAME, Marketplace, Names
from tests.webhooks.receiver import LOOPBACK

URL: TypeAdapter[str] = TypeAdapter(WebhookUrl)


async def test_loopback_is_not_sent_to(marketplace: Marketplace) -> None:
    message, channel = await marketplace.about(), marketplace.channel(private=False)
    for host in WAYS_TO_LOOPBACK:
        await marketplace.move(message, f"http://{host}:{marketplace.receiver.port}/hooks")
        with pytest.raises((Undeliverable, NotDelivered), match=r"not public|looked up|be used"):
            await channel.send(message)
    assert marketplace.receiver.hooks == []


async def test_loopback_is_sent_to_where_that_is_allowed(marketplace: Marketplace) -> None:
    message = await marketplace.about(f"http://localhost:{marketplace.receiver.port}/hooks")
    assert (await marketplace.sent(message)).path == "/hooks"


@pytest.mark.parametrize("url", ["http://{}/hooks", "https://{}:8443/hooks"])
async def test_an_endpoint_inside_is_not_taken(url: str, api: ApiClient) -> None:
    for host in (*WAYS_TO_LOOPBACK, *INSIDE):
        answer = await api.post("/v1/webhook-endpoints", OPERATOR, {"url": url.format(host)})
        assert answer.status_code == 422, f"{host}: {answer.text}"
        (error,) = answer.json()["errors"]
        assert error["field"] == "body.url"
        assert "SEQUESTRE_WEBHOOK_ALLOW_PRIVATE" in error["message"]
    assert (await api.get("/v1/webhook-endpoints", OPERATOR)).json()["items"] == []


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """To which addresses a connection is attempted; none comes about."""
    reached: list[str] = []

    async def connect(remote_host: str, *_: Any, **__: Any) -> NoReturn:
        reached.append(remote_host)
        raise ConnectionRefusedError

    monkeypatch.setattr(anyio, "connect_tcp", connect)
    return reached


async def test_a_name_that_leads_inside(
    marketplace: Marketplace, names: Names, reached: list[str]
) -> None:
    message = await marketplace.about(f"http://{NAME}/")
    channel = marketplace.channel(private=False)
    for address in INWARD_ADDRESSES:
        names.say(NAME, [address], [PUBLIC, address], [PUBLIC_6, PUBLIC, address])
        for _ in range(3):
            with pytest.raises(
                NotDelivered, match=r"^its address is not public, .*SEQUESTRE_WEBHOOK_ALLOW_PRIVATE"
            ):
                await channel.send(message)
    assert reached == []


async def test_a_name_that_leads_outside(
    marketplace: Marketplace, names: Names, reached: list[str]
) -> None:
    names.say(NAME, [PUBLIC_6, PUBLIC])
    with pytest.raises(NotDelivered, match="connection refused"):
        await marketplace.channel(private=False).send(await marketplace.about(f"http://{NAME}/"))
    assert reached == [PUBLIC_6, PUBLIC]


async def test_a_name_that_leads_elsewhere_once_it_was_looked_up(
    marketplace: Marketplace, names: Names, reached: list[str]
) -> None:
    """DNS rebinding: whoever looks the name up a second time is led inside."""
    names.say(NAME, [PUBLIC], [LOOPBACK])
    url = f"http://{NAME}:{marketplace.receiver.port}/hooks"
    with pytest.raises(NotDelivered, match="connection refused"):
        await marketplace.channel(private=False).send(await marketplace.about(url))
    assert names.asked == [NAME]
    assert reached == [PUBLIC]
    assert marketplace.receiver.hooks == []


async def test_each_attempt_looks_again(
    marketplace: Marketplace, names: Names, reached: list[str]
) -> None:
    names.say(NAME, [PUBLIC], [LOOPBACK])
    message = await marketplace.about(f"http://{NAME}:{marketplace.receiver.port}/hooks")
    for why in (
        "connection refused",
        "its address is not public, and SEQUESTRE_WEBHOOK_ALLOW_PRIVATE",
    ):
        with pytest.raises(NotDelivered, match=why):
            await marketplace.channel(private=False).send(message)
    assert reached == [PUBLIC]


async def test_the_host_stays_who_it_was_for(marketplace: Marketplace, names: Names) -> None:
    names.say(NAME, [LOOPBACK])
    url = f"http://{NAME}:{marketplace.receiver.port}/hooks"
    hook = await marketplace.sent(await marketplace.about(url))
    assert hook.headers["host"] == f"{NAME}:{marketplace.receiver.port}"


@pytest.mark.parametrize(
    "host", ["i❤.example", "xn--i-7iq.example", "faß.example", "日本語.example"]
)
async def test_a_name_in_any_script_is_sent_to(
    marketplace: Marketplace, names: Names, host: str
) -> None:
    url = URL.validate_python(f"http://{host}:{marketplace.receiver.port}/hooks")
    name = host_of(url)
    names.say(name, [LOOPBACK])
    hook = await marketplace.sent(await marketplace.about(url))
    assert hook.headers["host"] == f"{name}:{marketplace.receiver.port}"


async def test_the_next_address_is_tried(marketplace: Marketplace, names: Names) -> None:
    names.say(NAME, ["127.0.0.2", "127.0.0.3", LOOPBACK])
    url = f"http://{NAME}:{marketplace.receiver.port}/hooks"
    assert (await marketplace.sent(await marketplace.about(url))).path == "/hooks"


async def test_a_url_that_is_none_of_ours_is_not_sent_to(
    marketplace: Marketplace, names: Names, reached: list[str]
) -> None:
    names.say("example.org", [PUBLIC])
    message = await marketplace.about()
    channels = [marketplace.channel(private=private) for private in (False, True)]
    for url in NO_URLS:
        await marketplace.move(message, url)
        for channel in channels:
            with pytest.raises(Undeliverable, match=r"^its URL cannot be used$"):
                await channel.send(message)
    assert reached == []


async def test_a_url_that_is_none_of_ours_is_not_taken(api: ApiClient) -> None:
    others = ("http://example.org:0/", "http://a..b.example/", f"http://{'a' * 64}.example/")
    for url in (*NO_URLS, *others, "http://x.example/#f", f"http://x.example/{'a' * 2_000}"):
        answer = await api.post("/v1/webhook-endpoints", OPERATOR, {"url": url})
        assert answer.status_code == 422, f"{url}: {answer.text}"
        assert "secret" not in answer.json()["detail"]
