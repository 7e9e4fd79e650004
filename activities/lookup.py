"""Where hosts are, asked in threads of our own.

A name server that does not answer holds a thread for half a minute. So look-ups keep away from the
threads that everything else shares, and all who ask for a name while it is being looked up share
the answer: a host that nobody can find takes one thread, not one for each message to it.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

THREADS = 16


class Lookup:
    """Names to addresses. Nothing is remembered: where a name leads now may not be so later."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="lookup")
        self._under_way: dict[str, asyncio.Future[Any]] = {}

    async def addresses(self, host: str) -> list[str]:
        """Return all addresses of a host, in the order in which to try them.

        Raises:
            OSError: it has none, or nobody answers who would know.
            UnicodeError: it cannot be a name.
        """
        asked = self._under_way.get(host) or self._ask(host)
        # Shielded, since whoever gives up must not take the answer from those who go on waiting.
        found = await asyncio.shield(asked)
        return list(dict.fromkeys(str(one[4][0]) for one in found))

    def _ask(self, host: str) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[Any] = loop.run_in_executor(self._threads, _look_up, host)
        self._under_way[host] = asked

        def done(asked: "asyncio.Future[Any]") -> None:
            del self._under_way[host]
            if not asked.cancelled():
                asked.exception()  # whoever asked may have gone

        asked.add_done_callback(done)
        return asked


def _look_up(host: str) -> Any:
    return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
