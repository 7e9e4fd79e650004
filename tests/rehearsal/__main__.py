"""`python -m tests.rehearsal [FROM]`: exit code 1 where an order of that release does not go on."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tests.rehearsal.rehearsal import Failed, rehearsed
from tests.rehearsal.rehearsed_order import Stuck
from tests.rehearsal.release import NoRelease, latest, taken_from_git
from tests.rehearsal.rolling import rolled
from tests.rehearsal.running import NotStarted


def main(
    revision: Annotated[str, typer.Argument(metavar="FROM", help="The release that begins.")] = "",
) -> None:
    """Have orders that an earlier release began carried on by the code as it is here."""
    with tempfile.TemporaryDirectory(prefix="seq-rehearsal-", ignore_cleanup_errors=True) as made:
        try:
            asyncio.run(_rehearsed(revision, Path(made)))
        except (Failed, NoRelease, NotStarted, Stuck) as error:
            typer.echo(f"rehearsal: {error}", err=True)
            sys.exit(1)


async def _rehearsed(revision: str, place: Path) -> None:
    before = await taken_from_git(revision or await latest(), place / "code")
    typer.echo(f"Orders begun by {before.name}, carried on by the code as it is here.")
    await rehearsed(before, place / "stack", typer.echo)
    typer.echo("Every order went on to its end. Now process by process, while people go on.")
    (place / "rolling").mkdir()
    await rolled(before, place / "rolling" / "stack", typer.echo)
    typer.echo("Nobody was told more than that something is under way.")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
