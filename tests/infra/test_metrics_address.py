"""Where metrics are served is an address and a port, or the setting is refused in one sentence."""

import pytest
from pydantic import ValidationError

from infra.settings import Settings


def settings(address: str) -> Settings:
    """Settings with this one."""
    found: Settings = Settings.model_validate(
        {"database_url": "postgresql://x/y", "metrics_address": address}
    )
    return found


@pytest.mark.parametrize("address", ["127.0.0.1:9464", "0.0.0.0:1", "[::1]:65535"])
def test_an_address_is_taken(address: str) -> None:
    assert address == settings(address).metrics_address


@pytest.mark.parametrize(
    "address", ["9464", ":9464", "localhost:9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536"]
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="must be an address and a port"):
        settings(address)
