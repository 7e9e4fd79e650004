"""As which build of a deployment a worker comes to Temporal (Worker Versioning)."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

from infra.setting_types import wrong

DEPLOYMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
BUILD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")


DEPLOYMENT_IS = "must be up to 100 letters, digits, hyphens and underscores"
BUILD_IS = "must be up to 100 letters, digits, dots, plus signs, hyphens and underscores"


def _deployment(text: str) -> str:
    # Temporal puts a dot between it and the build.
    if not DEPLOYMENT.fullmatch(text):
        raise wrong(DEPLOYMENT_IS)
    return text


def _build(text: str) -> str:
    if not BUILD.fullmatch(text):
        raise wrong(BUILD_IS)
    return text


DeploymentName = Annotated[str, AfterValidator(_deployment)]
BuildId = Annotated[str, AfterValidator(_build)]


def worker_options(version: WorkerDeploymentVersion | None) -> dict[str, Any]:
    """Return what a worker is given besides, so that Temporal knows it as this version; nothing
    without one.

    An order is not kept on the build that began it: it goes on with whichever Temporal gives it to.
    """
    if version is None:
        return {}
    config = WorkerDeploymentConfig(
        version=version,
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
    return {"deployment_config": config}


def in_words(version: WorkerDeploymentVersion | None) -> str:
    """Return what workers of a version are called by operators."""
    if version is None:
        return "workers without a build"
    return f"build {version.build_id} of {version.deployment_name}"
