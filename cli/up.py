"""`sequestre up`: the whole product on this machine."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from cli.embedded import embedded_stack
from cli.stack_connection import DEFAULT_DATA_DIR
from embedded.errors import StackError
from embedded.supervisor import cancelled_by_signals

if TYPE_CHECKING:
    from embedded.stack import Stack


def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="API and pages.")] = 8000,
    temporal_port: Annotated[int, typer.Option(min=0, max=65535, help="Temporal.")] = 7233,
    temporal_ui_port: Annotated[int, typer.Option(min=0, max=65535, help="Its Web UI.")] = 8233,
    data_dir: Annotated[Path, typer.Option(help="Data, logs, process ids.")] = DEFAULT_DATA_DIR,
) -> None:
    """Start the whole product on this machine: API, worker, PostgreSQL and Temporal.

    Started again on the same data directory, it carries on where it was. Port 0 takes a free one.
    """
    console = Console(highlight=False, soft_wrap=True)
    ports = {"port": port, "temporal_port": temporal_port, "temporal_ui_port": temporal_ui_port}
    try:
        asyncio.run(_serve(console, data_dir, **ports))
    except StackError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error


async def _serve(console: Console, data_dir: Path, **ports: Any) -> None:
    began = time.monotonic()

    def say(line: str) -> None:
        console.print(line, markup=False)

    with suppress(asyncio.CancelledError), cancelled_by_signals():
        async with embedded_stack()(data_dir, migrate=_migrate, say=say, **ports) as stack:
            _greet(console, stack, time.monotonic() - began)
            try:
                await stack.wait_until_stopped()
            finally:
                say("Stopping. Ctrl-C again ends at once.")
    say("Stopped.")


async def _migrate(database_url: str) -> None:
    from db.migrate import ChangedMigration, migrate

    try:
        await migrate(database_url)
    except ChangedMigration as error:
        raise StackError(f"The database cannot be brought up to date: {error}.") from error


def _greet(console: Console, stack: "Stack", seconds: float) -> None:
    console.print(f"[bold]Séquestre[/bold] is up, after {seconds:.1f} s.\n")
    for what, where in (
        ("API and pages", stack.api_url),
        ("API documentation", f"{stack.api_url}/docs"),
        ("Temporal Web UI", stack.temporal_ui_url),
        ("Data directory", str(stack.data_dir)),
        ("A token", f"sequestre token --sub ID --role user{_option(stack.data_dir)}"),
    ):
        console.print(f"  {what:<19}{where}", markup=False)
    console.print("\nCtrl-C stops everything.")


def _option(data_dir: Path) -> str:
    return "" if data_dir == DEFAULT_DATA_DIR.resolve() else f" --data-dir {data_dir}"
