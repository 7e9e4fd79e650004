"""Looking hosts up: one at a time for each, and in nobody's way."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from activities.lookup import THREADS, Lookup
from tests.app_under_test import PATIENCE_SECONDS
from tests.webhooks.conftest import Names


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Name servers that say nothing of `silent…` until the event is set."""
    answer, real = threading.Event(), socket.getaddrinfo

    def look_up(host: str, *more: Any, **options: Any) -> Any:
        if host.startswith("silent"):
            answer.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield answer
    answer.set()


async def test_addresses_in_their_order_and_once(names: Names) -> None:
    names.say("a.example", ["9.9.9.9", "::1", "9.9.9.9"])
    assert await Lookup().addresses("a.example") == ["9.9.9.9", "::1"]


async def test_nothing_is_remembered(names: Names) -> None:
    names.say("a.example", ["9.9.9.9"], ["1.1.1.1"], [])
    lookup = Lookup()
    assert await lookup.addresses("a.example") == ["9.9.9.9"]
    assert await lookup.addresses("a.example") == ["1.1.1.1"]
    with pytest.raises(OSError, match="not known"):
        await lookup.addresses("a.example")


async def test_a_host_that_nobody_finds_takes_one_thread(silence: threading.Event) -> None:
    lookup = Lookup()
    waiting = [asyncio.create_task(lookup.addresses("silent")) for _ in range(5 * THREADS)]
    await asyncio.sleep(0.1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await lookup.addresses("127.0.0.1") == ["127.0.0.1"]
    silence.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(one) for one in found} == {socket.gaierror}


async def test_silence_holds_up_nobody_else(silence: threading.Event) -> None:
    lookup = Lookup()
    waiting = [asyncio.create_task(lookup.addresses(f"silent-{n}")) for n in range(2 * THREADS)]
    await asyncio.sleep(0.1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await asyncio.to_thread(lambda: "served") == "served"
    silence.set()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_gives_up_takes_nothing_from_the_others(silence: threading.Event) -> None:
    lookup = Lookup()
    impatient, patient = (asyncio.create_task(lookup.addresses("silent")) for _ in range(2))
    await asyncio.sleep(0.1)
    impatient.cancel()
    await asyncio.sleep(0)
    silence.set()
    with pytest.raises(socket.gaierror):
        await patient
    assert impatient.cancelled()


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "\udcff"])
async def test_what_cannot_be_a_name(host: str) -> None:
    with pytest.raises((OSError, UnicodeError)):
        await Lookup().addresses(host)
