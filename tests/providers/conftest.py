"""Stripe's client against a fake of our own, which is a process of its own on this machine."""

from collections.abc import AsyncIterator, Iterator

import pytest

from providers.stripe import StripeProvider, connection
from tests.providers.acts import Till
from tests.providers.fake.process import FakeProvider, running_fake
from tests.webhooks.receiver import Receiver


@pytest.fixture(scope="session", autouse=True)
def patient_client() -> Iterator[None]:
    """A busy machine is no provider that is away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "SECONDS", 120.0)
        yield


@pytest.fixture(scope="session")
async def one_fake() -> AsyncIterator[FakeProvider]:
    """The process, for all tests one after the other."""
    async with running_fake() as fake:
        yield fake


@pytest.fixture
async def fake(one_fake: FakeProvider) -> FakeProvider:
    """A fake that knows nothing yet."""
    await one_fake.does("begin-anew")
    return one_fake


@pytest.fixture
async def provider(fake: FakeProvider) -> AsyncIterator[StripeProvider]:
    """What these books know Stripe as."""
    provider = StripeProvider(fake.key, [fake.secret], fake.url)
    yield provider
    await provider.aclose()


@pytest.fixture
async def till(provider: StripeProvider, fake: FakeProvider) -> Till:
    """A provider with the fake behind it."""
    return Till(provider, fake)


@pytest.fixture
async def receiver(fake: FakeProvider) -> AsyncIterator[Receiver]:
    """Where the fake sends its events."""
    receiver = Receiver()
    await receiver.start()
    await fake.does("listening", deliver_to=receiver.url)
    yield receiver
    await receiver.stop()
