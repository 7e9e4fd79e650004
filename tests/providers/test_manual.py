"""Without a provider, whoever asks for one is told who writes payments down."""

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.manual import ManualProvider
from providers.protocol import Provider, ProviderRefused

ASKED = [name for name in vars(Provider) if not name.startswith("_") and name != "aclose"]


@pytest.mark.parametrize("name", ASKED)
async def test_every_call_is_refused_in_a_sentence(name: str) -> None:
    call = getattr(ManualProvider(), name)
    wanted = inspect.signature(getattr(Provider, name)).parameters
    with pytest.raises(ProviderRefused, match="Payments are written down by an operator here"):
        await _called(call, len(wanted) - 1)


async def _called(call: Any, many: int) -> None:
    answer = call(*[datetime.now(UTC)] * many)
    if inspect.isawaitable(answer):
        await answer


async def test_it_is_a_provider() -> None:
    provider: Provider = ManualProvider()
    assert provider.name == "manual"
    await provider.aclose()
