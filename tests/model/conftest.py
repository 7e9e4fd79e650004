"""The product on clocks that are moved by hand, in a loop that is run step by step."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from embedded.postgres import Postgres
from tests.model.timed_app import TimedApp, running_timed_app


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """A loop of the module's own: the machine's steps are plain functions, one after another."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def timed(runner: asyncio.Runner, postgres: Postgres) -> Iterator[TimedApp]:
    """The product, the same for all tests of a module: each has new people and new orders."""
    stack = AsyncExitStack()
    yield runner.run(stack.enter_async_context(running_timed_app(postgres)))
    runner.run(stack.aclose())
