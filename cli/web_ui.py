"""`sequestre web-ui`: the door before Temporal's Web UI, where that is another container."""

import errno
import re
from typing import Annotated

import typer

from cli.configured import demand_known_settings, ended, not_to_be_listened_at, said_by_system
from infra.web_ui_door import OWN_NAMES, DoorServer

INNER = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:([0-9]{1,5}))?/?")
NAME = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
LAST_PORT = 65_535


def web_ui(
    inner: Annotated[str, typer.Option(help="Where the Web UI itself answers: http://HOST:PORT.")],
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=LAST_PORT, help="On which port.")] = 8233,
    name: Annotated[
        list[str] | None, typer.Option(help="A further name by which people call it.")
    ] = None,
) -> None:
    """Stand before Temporal's Web UI, and let through only who calls it by a name of its own."""
    demand_known_settings()
    _check(inner, name or [])
    if (error := not_to_be_listened_at(host, port)) is not None:
        ended(_not_here(host, port, error))
    DoorServer(inner, OWN_NAMES | {one.lower() for one in name or ()}, host=host, port=port).run()


def _check(inner: str, names: list[str]) -> None:
    """End the command where an address or a name is none."""
    address = INNER.fullmatch(inner)
    if address is None or int(address[3] or 0) > LAST_PORT:
        ended("--inner must be where the Web UI answers: http://HOST:PORT")
    for one in names:
        if not NAME.fullmatch(one):
            ended(f"--name must be a name alone, without scheme or port, and not {one!r}")


def _not_here(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} (Temporal Web UI) is taken. Choose another with --port."
    return f"Nobody can listen at {host}, port {port}: {said_by_system(error)}"
