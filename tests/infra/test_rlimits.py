"""The API takes all the connections that its process may have."""

import resource
from collections.abc import Iterator
from typing import Any

import pytest

from api.server import ApiServer
from cli import main
from infra import logs
from tests.app_under_test import SECRET, SECRETS_KEY

LIMIT = resource.RLIMIT_NOFILE


@pytest.fixture
def fewer() -> Iterator[int]:
    """A process that was started with fewer than it may have; gives what it may have."""
    soft, hard = resource.getrlimit(LIMIT)
    resource.setrlimit(LIMIT, (soft - 1, hard))
    yield hard
    resource.setrlimit(LIMIT, (soft, hard))


def test_the_api_starts_with_the_most(fewer: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []

    def serve(server: ApiServer, *_given: Any, **_named: Any) -> None:
        server.started = True
        found.append(resource.getrlimit(LIMIT)[0])

    monkeypatch.setattr(ApiServer, "run", serve)
    monkeypatch.setattr(logs, "configure", lambda _settings: None)
    monkeypatch.setenv("SEQUESTRE_DATABASE_URL", "postgresql://nowhere")
    monkeypatch.setenv("SEQUESTRE_JWT_SECRET", SECRET)
    monkeypatch.setenv("SEQUESTRE_SECRETS_KEY", SECRETS_KEY)
    main.api()
    assert [fewer] == found
