"""STAND-IN: only what tests/webhooks needs of the colleague's file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.house import Door, serving


@asynccontextmanager
async def api_alone(database_url: str) -> AsyncIterator[Door]:
    """The API on a database, with Temporal away: not everything needs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
        async with serving(database_url) as door:
            yield door
