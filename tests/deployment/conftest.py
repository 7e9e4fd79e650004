"""The production files, as they are read."""

import re
from pathlib import Path

import pytest
import yaml

from tests.deployment.files import Json, text_of


@pytest.fixture(scope="module")
def compose(repository: Path) -> Json:
    """The services of docker-compose.yml."""
    services: Json = yaml.safe_load(text_of(repository, "docker-compose.yml"))["services"]
    return services


@pytest.fixture(scope="module")
def example(repository: Path) -> dict[str, str]:
    """The variables of .env.example with their values."""
    lines = text_of(repository, ".env.example").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


@pytest.fixture(scope="module")
def dockerfile(repository: Path) -> str:
    """The Dockerfile."""
    return text_of(repository, "Dockerfile")
