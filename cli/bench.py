"""`sequestre bench`: what an order costs, measured on the real stack; figures of one run only."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as ShownTable

from cli.configured import check_embedded
from cli.embedded import embedded_stack
from cli.terminal import Terminal
from embedded.supervisor import cancelled_by_signals

if TYPE_CHECKING:
    from bench.report import Report

PAGE_WIDTH = 160

Only = Annotated[list[str] | None, typer.Option(help="Only this arm; may be repeated.")]


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="A look, in under two minutes.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file.")] = None,
    only: Only = None,
) -> None:
    """Measure what an order costs, on a stack of its own that is gone afterwards."""
    check_embedded()
    embedded_stack()  # says so where it is not installed
    from bench.arms import ARMS

    if not set(only or ()) <= set(ARMS):
        raise typer.BadParameter(f"there are: {', '.join(ARMS)}", param_hint="--only")
    console = Terminal()
    if not console.is_terminal:
        console = Terminal(width=PAGE_WIDTH)  # a program that reads it gets whole lines
    names = only or [name for name, arm in ARMS.items() if not (quick and arm.takes_long)]
    report = _measured(console, names, quick)
    if json is not None:
        json.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    _show(console, report)


def _measured(console: Terminal, names: Sequence[str], quick: bool) -> "Report":
    from bench.life import Failed
    from bench.run import measured

    async def until_told() -> "Report":
        with cancelled_by_signals():
            return await measured(names, quick=quick, say=console.say)

    try:
        return asyncio.run(until_told())
    except asyncio.CancelledError as error:
        raise typer.Exit(1) from error
    except Failed as error:
        console.say(str(error), "red", markup=False)
        raise typer.Exit(1) from error


def _show(console: Terminal, report: "Report") -> None:
    for table in report.tables():
        shown = ShownTable(*table.heads, title=table.title, title_justify="left")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
        if table.note:
            console.say(table.note, markup=False)
    if report.machine.was_busy:
        console.say("The machine did other work as well: these figures are rough.", "yellow")
