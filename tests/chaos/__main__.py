"""`python -m tests.chaos`: a round of a seed and its figures; exit code 1 where anything fails."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tests.chaos.plan import plan
from tests.chaos.proxied_stack import Control
from tests.chaos.report import report
from tests.chaos.round import played


def main(
    orders: Annotated[
        int, typer.Option(min=1, help="Orders to place; about one in twenty cannot be paid.")
    ] = 200,
    faults: Annotated[int, typer.Option(min=0, help="Things to break meanwhile.")] = 20,
    seed: Annotated[int, typer.Option(help="What decides everything that can be decided.")] = 1,
    window: Annotated[int, typer.Option(min=1, help="Seconds of each of the windows.")] = 20,
    longest: Annotated[float, typer.Option(min=0.1, help="Seconds of the longest fault.")] = 5.0,
    control: Annotated[Control, typer.Option(help="A known-bad product.")] = Control.NONE,
    provider: Annotated[
        bool, typer.Option(help="With a payment provider, in its own trouble.")
    ] = True,
    scraped: Annotated[bool, typer.Option(help="Have Debian's Prometheus look meanwhile.")] = False,
    keep: Annotated[Path | None, typer.Option(help="Where to leave data and logs.")] = None,
) -> None:
    """Break everything on purpose while orders run, and count what does not hold afterwards."""
    with tempfile.TemporaryDirectory(prefix="seq-chaos-", ignore_cleanup_errors=True) as made:
        whole = plan(seed, orders, faults, longest, provided=provider)
        place = keep or Path(made, "stack")
        done = asyncio.run(played(whole, place, window, control, scraped=scraped))
    for line in report(done):
        typer.echo(line)
    sys.exit(1 if done.violations or done.check else 0)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
