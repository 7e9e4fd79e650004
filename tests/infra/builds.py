"""Workers of two builds, on a Temporal that tells them apart."""

from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion

from infra import routing
from infra.routing import Crew, Version
from infra.worker_version import worker_options
from tests.app_under_test import KEYRING, AppUnderTest, eventually
from worker import Workers, create_worker

BUILD = WorkerDeploymentVersion("sequestre", "7")
OTHER = WorkerDeploymentVersion("sequestre", "8")


def worker_of(app: AppUnderTest, version: Version) -> Workers:
    """A worker of the product that comes as this version."""
    return create_worker(app.temporal, app.pool, keyring=KEYRING, **worker_options(version))


async def crew_of(client: Client, version: Version) -> Crew:
    """The crew of a version, once a worker of it has come by."""

    async def found() -> Crew | None:
        crews = await routing.crews(client)
        return next((one for one in crews if one.version == version and one.workers), None)

    crew = await eventually(found)
    assert crew is not None
    return crew
