"""What a Prometheus saw of a round of chaos is told whole: looks, answers, and what fired."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import tests.chaos.scraping
from tests.alerts.prometheus import PROGRAM, Prometheus, until, watching
from tests.chaos.scraping import scraping

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="no Prometheus: `make alerts` has it")

SAID = b"sequestre_workers 1\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
ANSWER += b"Content-Length: %d\r\n\r\n%s" % (len(SAID), SAID)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


async def test_it_is_known_what_was_asked_answered_and_fired(
    passable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Prometheus] = []

    @asynccontextmanager
    async def kept(directory: Path, metrics: Mapping[str, str]) -> AsyncIterator[Prometheus]:
        async with watching(directory, metrics) as prometheus:
            found.append(prometheus)
            yield prometheus

    monkeypatch.setattr(tests.chaos.scraping, "watching", kept)
    api = await asyncio.start_server(_answer, "127.0.0.1", 0)
    metrics = {"api": f"http://127.0.0.1:{api.sockets[0].getsockname()[1]}/metrics"}
    async with scraping(passable / "scraping", metrics) as seen:
        assert (seen.looks, seen.fired) == (0, {}), "it has not been asked"
        api.close()
        await until(found[0].firing, lambda firing: "NoApi" in firing)
    assert 0 < seen.answered < seen.looks
    assert seen.fired["NoApi"] > 0
    assert "NoApi" in seen.fires_still
