"""What the production files say, and the settings that they speak of."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.settings import Settings

OURS = ("api", "worker", "migrate")
"""The services that are ours."""

REQUIRED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
"""A variable without which nothing starts."""

SETTINGS = {f"SEQUESTRE_{name.upper()}" for name in Settings.model_fields}

Json = dict[str, Any]


def text_of(repository: Path, name: str) -> str:
    """A file of the repository."""
    return (repository / name).read_text(encoding="utf-8")


def variables_of(compose: Json) -> Iterator[tuple[str, str, str]]:
    """Each service's variables: the service, the name and the value."""
    for service, described in compose.items():
        for name, value in described.get("environment", {}).items():
            yield service, name, str(value)


def settings_of(**values: Any) -> Settings:
    """The settings of somebody who says no more than this, and where the database is."""
    settings: Settings = Settings.model_validate({"database_url": "postgresql://x/y", **values})
    return settings
