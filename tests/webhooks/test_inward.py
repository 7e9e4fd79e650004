"""Nothing is sent to where only the product itself could reach: loopback, private networks, the
metadata of the machine, in whatever way it is written and whatever a name says next."""

from typing import Any, NoReturn

import anyio
import pytest

from activities.channel import NotDelivered, Undeliverable
from domain.web_address import is_public
from tests.house import OPERATOR, Door
from tests.webhooks.conftest import NAME, Marketplace, Names
from tests.webhooks.receiver import LOOPBACK

ANY = "0.0.0.0"  # noqa: S104 - nothing is bound to it
PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:4700:4700::1111"

INWARD_ADDRESSES = [
    *(ANY, "0.1.2.3", "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1"),
    *("172.31.255.255", "192.168.0.1", "100.64.0.1", "100.100.100.200", "169.254.169.254"),
    *("169.254.170.2", "168.63.129.16", "192.0.0.1", "192.0.0.192", "192.0.2.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255"),
    *("240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254"),
    *("fd20:ce::254", "ff02::1", "ff0e::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("::ffff:93.184.216.34", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1"),
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "100::1", "4000::1"),
]
PUBLIC_ADDRESSES = [
    *(PUBLIC, "1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "11.0.0.1", "168.63.129.17"),
    *(PUBLIC_6, "2001:4860:4860::8888", "2a00:1450:4001::1", "64:ff9b::808:808"),
]
WAYS_TO_LOOPBACK = [
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0x7f.1"),
    *("0177.0.0.1", "127.0.0.01", "0x7f.0x0.0x0.0x1", "localhost", "LOCALHOST", "localhost."),
    *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]"),
    *(ANY, "0", "[::]"),
]
INSIDE = [
    *("10.0.0.1", "0xa000001", "192.168.1.1", "172.16.0.1", "169.254.169.254", "2852039166"),
    *("[fd00:ec2::254]", "[fe80::1]", "100.100.100.200", "metadata.google.internal"),
    *("printer.local", "redis", "db", "api.localhost", "224.0.0.1", "[64:ff9b::a9fe:a9fe]"),
    "[2002:7f00:1::]",
]
NO_URLS = [
    *("ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "//example.org/"),
    *("http://ana:secret@example.org/", "http://ana@example.org/", "http:///hooks"),
    *("example.org", "unix:///run/x.sock", "http://[::1/", "javascript:0", ""),
]


@pytest.mark.parametrize("address", INWARD_ADDRESSES)
def test_an_address_from_inside(address: str) -> None:
    assert not is_public(address, [address])
    assert not is_public("example.org", [PUBLIC, address])
    assert not is_public("example.org", [address, PUBLIC])


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_an_address_that_all_can_reach(address: str) -> None:
    assert is_public(address, [address])
    assert is_public("example.org", [address])


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
async def test_an_endpoint_inside_is_not_taken(url: str, door: Door) -> None:
    for host in (*WAYS_TO_LOOPBACK, *INSIDE):
        answer = await door.post("/v1/webhook-endpoints", OPERATOR, {"url": url.format(host)})
        assert answer.status_code == 422, f"{host}: {answer.text}"
        assert answer.json()["errors"][0]["field"] == "body.url"
    assert (await door.get("/v1/webhook-endpoints", OPERATOR)).json()["items"] == []


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
            with pytest.raises(NotDelivered, match=r"^its address is not public$"):
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
    for why in ("connection refused", "its address is not public"):
        with pytest.raises(NotDelivered, match=why):
            await marketplace.channel(private=False).send(message)
    assert reached == [PUBLIC]


async def test_the_host_stays_who_it_was_for(marketplace: Marketplace, names: Names) -> None:
    names.say(NAME, [LOOPBACK])
    url = f"http://{NAME}:{marketplace.receiver.port}/hooks"
    hook = await marketplace.sent(await marketplace.about(url))
    assert hook.headers["host"] == f"{NAME}:{marketplace.receiver.port}"


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


async def test_a_url_that_is_none_of_ours_is_not_taken(door: Door) -> None:
    others = ("http://example.org:0/", "http://a..b.example/", f"http://{'a' * 64}.example/")
    for url in (*NO_URLS, *others, "http://x.example/#f", f"http://x.example/{'a' * 2_000}"):
        answer = await door.post("/v1/webhook-endpoints", OPERATOR, {"url": url})
        assert answer.status_code == 422, f"{url}: {answer.text}"
        assert "secret" not in answer.json()["detail"]
