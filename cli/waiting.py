"""Tells what a command waits for, where it takes longer than a moment."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

MOMENT_SECONDS = 1.0


@contextmanager
def waiting() -> Iterator[Callable[[str], None]]:
    """Give what is to be called with whatever begins. What lasts is told on stderr, once."""
    loop = asyncio.get_running_loop()
    pending: asyncio.TimerHandle | None = None

    def begins(what: str) -> None:
        nonlocal pending
        ends()
        pending = loop.call_later(MOMENT_SECONDS, _tell, what)

    def ends() -> None:
        if pending is not None:
            pending.cancel()

    try:
        yield begins
    finally:
        ends()


def _tell(what: str) -> None:
    typer.echo(f"… {what}", err=True)
