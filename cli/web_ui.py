"""`sequestre web-ui`: the door before Temporal's Web UI, where that is another container."""

from typing import Annotated

import typer

from infra.web_ui_door import OWN_NAMES, DoorServer


def web_ui(
    inner: Annotated[str, typer.Option(help="Where the Web UI itself answers: http://HOST:PORT.")],
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="On which port.")] = 8233,
    name: Annotated[
        list[str] | None, typer.Option(help="A further name by which people call it.")
    ] = None,
) -> None:
    """Stand before Temporal's Web UI, and let through only who calls it by a name of its own."""
    DoorServer(inner, OWN_NAMES | {one.lower() for one in name or ()}, host=host, port=port).run()
