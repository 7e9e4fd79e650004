"""A provider on a port of this machine, and a browser at pages that trust it."""

from collections.abc import AsyncIterator

import pytest
from joserfc.jwk import RSAKey

from tests.api.pages.oidc.meeting import Meeting, met
from tests.api.pages.provider.server import OidcProvider, standing
from tests.app_under_test import AppUnderTest

PROVIDERS_KEY = RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture
async def provider() -> AsyncIterator[OidcProvider]:
    async with standing(OidcProvider(PROVIDERS_KEY)) as running:
        yield running


@pytest.fixture
async def meeting(app: AppUnderTest, provider: OidcProvider) -> AsyncIterator[Meeting]:
    async with met(app, provider) as made:
        yield made
