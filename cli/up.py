"""`sequestre up`: the whole product on this machine."""

import asyncio
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.configured import check_embedded, not_used_by_a_stack, payments_here, unset_here
from cli.demo.market import OTHER_ORDERS, SETTINGS, filled_market
from cli.embedded import embedded_stack
from cli.prepare import prepare
from cli.program import DEFAULT_DATA_DIR, command
from cli.terminal import Terminal
from embedded.errors import StackError
from embedded.supervisor import cancelled_by_signals

if TYPE_CHECKING:
    from embedded.stack import Stack


METRICS_OF = {
    "api": "Metrics, API",
    "worker": "Metrics, worker",
    "sdk": "Metrics, SDK",
}
"""What those at each address are called."""


def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="API and pages.")] = 8000,
    temporal_port: Annotated[int, typer.Option(min=0, max=65535, help="Temporal.")] = 7233,
    temporal_ui_port: Annotated[int, typer.Option(min=0, max=65535, help="Its Web UI.")] = 8233,
    metrics_port: Annotated[
        int,
        typer.Option(min=0, max=65533, help="Metrics, with the two behind it; 0: free ones."),
    ] = 0,
    data_dir: Annotated[Path, typer.Option(help="Data, logs, process ids.")] = DEFAULT_DATA_DIR,
    test_clock: Annotated[
        bool, typer.Option("--test-clock", help="Time that an operator can move forward.")
    ] = False,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            help="Fill it with a lively marketplace, once: thirty orders in all states, on a clock"
            " as by --test-clock. Prints addresses to open.",
        ),
    ] = False,
) -> None:
    """Start the whole product on this machine: API, worker, PostgreSQL and Temporal.

    Started again on the same data directory, it carries on where it was. Port 0 takes a free one.
    """
    check_embedded()
    settings = unset_here(SETTINGS) if demo else {}
    console = Terminal()
    if unused := not_used_by_a_stack():
        names = " and ".join(unused)
        console.say(f"Not used, since a stack on this machine has its own: {names}.", markup=False)
    ports = {"port": port, "temporal_port": temporal_port, "temporal_ui_port": temporal_ui_port}
    ports |= {"metrics_port": metrics_port}
    try:
        asyncio.run(_serve(console, data_dir, test_clock, demo, extra_env=settings, **ports))
    except StackError as error:
        console.say(str(error), "red", markup=False)
        raise typer.Exit(error.exit_code) from error


async def _serve(
    console: Terminal, data_dir: Path, test_clock: bool, demo: bool, **options: Any
) -> None:
    began = time.monotonic()

    def say(line: str) -> None:
        console.say(line, markup=False)

    with suppress(asyncio.CancelledError), cancelled_by_signals():
        prepared = partial(prepare, test_clock=test_clock)
        if demo:
            prepared = partial(prepare, test_clock=True, otherwise=OTHER_ORDERS)
        async with embedded_stack()(data_dir, migrate=prepared, say=say, **options) as stack:
            _greet(console, stack, data_dir, time.monotonic() - began)
            try:
                if demo:
                    await _fill(console, stack)
                await stack.wait_until_stopped()
            finally:
                say("Stopping. Ctrl-C again ends at once.")
    say("Stopped.")


async def _fill(console: Terminal, stack: "Stack") -> None:
    began = time.monotonic()
    places = await filled_market(stack, lambda line: console.say(line, markup=False))
    console.say(f"\nThe marketplace is open, after {time.monotonic() - began:.1f} s.\n")
    for what, where in places.items():
        console.say(f"  {what:<19}{where}", markup=False)


def _events_of_provider(api_url: str) -> list[tuple[str, str]]:
    """Return where the payment provider that is set is to send its events, if there is one."""
    payments = payments_here()
    if payments is None or payments.provider == "manual":
        return []
    name = payments.provider
    return [(f"{name.capitalize()}'s events", f"{api_url}/v1/providers/{name}/events")]


def _greet(console: Terminal, stack: "Stack", data_dir: Path, seconds: float) -> None:
    console.say(f"[bold]Séquestre[/bold] is up, after {seconds:.1f} s.\n")
    words = ("token", "--sub", "ID", "--role", "user")
    for what, where in (
        ("API and pages", stack.api_url),
        ("API documentation", f"{stack.api_url}/docs"),
        ("Temporal Web UI", stack.temporal_ui_url),
        *((METRICS_OF[whose], url) for whose, url in stack.metrics_urls.items()),
        *_events_of_provider(stack.api_url),
        ("Data directory", str(stack.data_dir)),
        ("A token", command(*words, data_dir=data_dir)),
        ("Operators' links", command("links", data_dir=data_dir)),
    ):
        console.say(f"  {what:<19}{where}", markup=False)
    console.say("\nCtrl-C stops everything.")
