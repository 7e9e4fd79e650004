"""`python -m tests.endurance`: the product at length; exit code 1 where anything does not hold."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from tests.endurance.deadlines import deadlines, lead_for
from tests.endurance.requests import requests
from tests.endurance.rounds import rounds
from tests.endurance.stack_under_test import Findings, StackUnderTest, running_stack_under_test

SHOWN = 20

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("deadlines")
def of_deadlines(
    orders: Annotated[int, typer.Option(min=2, help="Orders that run out at once.")] = 10_000,
    lead: Annotated[int | None, typer.Option(help="Seconds to place them in.")] = None,
) -> None:
    """Let orders run out at one instant."""
    within = timedelta(seconds=lead) if lead else lead_for(orders)
    _play(lambda stack: deadlines(stack, orders, within), rate_limit="0")


@app.command("rounds")
def of_rounds(
    rounds_of_it: Annotated[int, typer.Option("--rounds", min=1, help="Of one order.")] = 1_000,
) -> None:
    """Revise one order again and again."""
    _play(lambda stack: rounds(stack, rounds_of_it), rate_limit="0", max_attempts="0")


@app.command("requests")
def of_requests(
    count: Annotated[int, typer.Option("--requests", min=10, help="Of one caller.")] = 10_000,
) -> None:
    """Ask as much as one caller may, under the product's own rate limit."""
    _play(lambda stack: requests(stack, count))


def _play(what: Callable[[StackUnderTest], Awaitable[Findings]], **settings: str) -> None:
    async def played(data_dir: Path) -> Findings:
        async with running_stack_under_test(data_dir, **settings) as stack:
            return await what(stack)

    with tempfile.TemporaryDirectory(prefix="seq-endurance-", ignore_cleanup_errors=True) as made:
        findings = asyncio.run(played(Path(made, "stack")))
    for name, figure in findings.figures.items():
        typer.echo(f"{name:<18} {figure}")
    typer.echo(f"{'wrong':<18} {len(findings.wrong)}")
    for sentence in findings.wrong[:SHOWN]:
        typer.echo(f"{'':<18} {sentence}")
    sys.exit(1 if findings.wrong else 0)


if __name__ == "__main__":
    app()
