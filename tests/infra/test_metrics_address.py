"""Where metrics are served is an address and a port, or the setting is refused in one sentence."""

import pytest
from pydantic import ValidationError

from infra.settings import Settings

ADDRESSES = ("metrics_address", "api_metrics_address", "worker_metrics_address")


def address_in(setting: str, address: str) -> str:
    """What a setting says after it was given this."""
    found: Settings = Settings.model_validate(
        {"database_url": "postgresql://x/y", setting: address}
    )
    said: str = getattr(found, setting)
    return said


@pytest.mark.parametrize("setting", ADDRESSES)
@pytest.mark.parametrize("address", ["127.0.0.1:9464", "0.0.0.0:1", "[::1]:65535"])
def test_an_address_is_taken(setting: str, address: str) -> None:
    assert address == address_in(setting, address)


@pytest.mark.parametrize("setting", ADDRESSES)
@pytest.mark.parametrize(
    "address", ["9464", ":9464", "localhost:9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536"]
)
def test_anything_else_is_refused(setting: str, address: str) -> None:
    with pytest.raises(ValidationError, match="must be an address and a port"):
        address_in(setting, address)
