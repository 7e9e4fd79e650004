"""`python -m tests.production`: exit code 1 where the production shape does not hold."""

import asyncio
import sys
from typing import Annotated

import typer

from embedded.abandoned import temporary_data_directory
from embedded.errors import StackError
from embedded.supervisor import cancelled_by_signals
from tests.chaos.plan import plan
from tests.production.commands import Failed
from tests.production.compose import COMPOSE_FILE, Compose
from tests.production.drill import drilled
from tests.production.image import ROOT, Builder
from tests.production.looks import FIRST, LAST, Look
from tests.production.running import running_shape
from tests.production.shape import Shape


def main(
    orders: Annotated[int, typer.Option(min=1, help="Orders of each of the two rounds.")] = 100,
    seed: Annotated[int, typer.Option(help="What decides everything that can be decided.")] = 1,
    window: Annotated[int, typer.Option(min=1, help="Seconds of each of the windows.")] = 10,
) -> None:
    """Build the image, run the shape of the compose file, and break it while orders run."""
    try:
        asyncio.run(_until_told(orders, seed, window))
    except (Failed, StackError) as error:
        typer.echo(f"production: {error}", err=True)
        sys.exit(1)
    except asyncio.CancelledError:
        sys.exit(130)


async def _until_told(orders: int, seed: int, window: int) -> None:
    with cancelled_by_signals():
        await _run(orders, seed, window)


async def _run(orders: int, seed: int, window: int) -> None:
    say, builder = typer.echo, Builder.made()
    await builder.podman.tries("rm", "--all", "--force", "--time=0")  # of a run that was killed
    await builder.build(_tag(), say)
    expiry = plan(seed, orders, 0, 0.0).decision_expiry
    async with (
        temporary_data_directory("sequestre-production-") as place,
        running_shape(builder.podman, place, window, expiry, say) as shape,
    ):
        await _looked(shape, FIRST)
        await drilled(shape, seed, orders, window, say)
        await _looked(shape, LAST)
    say("The production shape holds.")


async def _looked(shape: Shape, looks: dict[str, Look]) -> None:
    for what, look in looks.items():
        await look(shape)
        typer.echo(f"✓ {what}")


def _tag() -> str:
    """Return the name of the image, as the compose file has it."""
    file = ROOT / COMPOSE_FILE
    return str(Compose.described(file)["api"]["image"])


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
