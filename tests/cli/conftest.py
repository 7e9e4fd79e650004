"""An environment in which every process would start."""

from pathlib import Path

import pytest

from api.server import ApiServer
from infra import logs
from tests.app_under_test import SECRETS_KEY
from tests.cli.environments import NOBODY


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment in which every process would start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SEQUESTRE_DATABASE_URL", NOBODY)
    monkeypatch.setenv("SEQUESTRE_JWT_SECRET", "s" * 32)
    monkeypatch.setenv("SEQUESTRE_SECRETS_KEY", SECRETS_KEY)
    monkeypatch.setenv("SEQUESTRE_PORT", "0")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setattr(logs, "configure", lambda _settings: None)
    monkeypatch.setattr(ApiServer, "run", lambda server: setattr(server, "started", True))
