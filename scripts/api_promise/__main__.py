"""`python -m scripts.api_promise [--release] [--although-it-breaks]`: the API beside its promise.

Exit code 1 where something that was released is not kept.
"""

import sys
from typing import Annotated

import typer

from scripts.api_promise.calls import breaks
from scripts.api_promise.documents import current, keep, released

Release = Annotated[bool, typer.Option("--release", help="Make the API of today the promised one.")]
Anyway = Annotated[
    bool, typer.Option("--although-it-breaks", help="Even where it breaks what was promised.")
]


def main(release: Release = False, although_it_breaks: Anyway = False) -> None:
    """Compare the API with the last one that was released, and keep it as that where wanted."""
    found = breaks(released(), current())
    for one in found:
        typer.echo(f"✗ {one}")
    if found and not (release and although_it_breaks):
        typer.echo(f"What was released is not kept, in {len(found)} places: docs/compatibility.md.")
        sys.exit(1)
    if release:
        keep(current())
    typer.echo("Kept as the released one." if release else "All that was released is kept.")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
