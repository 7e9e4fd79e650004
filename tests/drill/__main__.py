"""`python -m tests.drill`: all ways back from a loss; exit code 1 where something does not hold."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tests.drill.drill import drilled
from tests.drill.report import report


def main(
    orders: Annotated[
        int, typer.Option(min=1, help="Orders to place before the backup, and as many after it.")
    ] = 25,
    keep: Annotated[Path | None, typer.Option(help="Where to leave data and logs.")] = None,
) -> None:
    """Back a stack up while it works, lose it, and restore it in every way there is."""
    with tempfile.TemporaryDirectory(prefix="seq-drill-", ignore_cleanup_errors=True) as made:
        place = keep or Path(made)
        place.mkdir(exist_ok=True)
        rescued, played = asyncio.run(drilled(place, orders, say=typer.echo))
    for line in report(rescued, played):
        typer.echo(line)
    sys.exit(1 if any(found for _, found in played) else 0)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
