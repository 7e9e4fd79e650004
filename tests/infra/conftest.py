"""A product whose worker is of a build."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from db import worker_heartbeats
from db.pool import connection
from embedded.postgres import Postgres
from tests.app_under_test import AppUnderTest, eventually, running_app
from tests.conftest import copy_of_template
from tests.infra.builds import BUILD, worker_of
from tests.temporal_server import local_server


@pytest.fixture
async def of_builds(postgres: Postgres) -> AsyncIterator[AppUnderTest]:
    """A product on a Temporal server of its own, whose worker is of a build that nobody has given
    anything yet."""

    def start_worker(app: AppUnderTest) -> None:
        app.start_worker(worker_of(app, BUILD))

    url = await copy_of_template(postgres)
    async with await local_server() as server, running_app(url, server.client, start_worker) as app:
        await eventually(partial(_alive, app))
        yield app


async def _alive(app: AppUnderTest) -> frozenset[str]:
    """The workers that have said that they live: Temporal may see one poll before it has."""
    async with connection(app.pool) as acquired:
        return await worker_heartbeats.lately_alive(acquired)
