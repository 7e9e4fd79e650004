"""Stripe's client against a fake of our own, which is a process of its own on this machine."""

from collections.abc import AsyncIterator, Iterator

import pytest

from embedded.stripe_stand_in.process import StandIn, running_stand_in
from providers.stripe import StripeProvider, connection
from tests.providers.acts import Till
from tests.webhooks.receiver import Receiver


@pytest.fixture(scope="session", autouse=True)
def patient_client() -> Iterator[None]:
    """A busy machine is no provider that is away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "SECONDS", 120.0)
        yield


@pytest.fixture(scope="session")
async def one_fake() -> AsyncIterator[StandIn]:
    """The process, for all tests one after the other."""
    async with running_stand_in() as fake:
        yield fake


@pytest.fixture
async def fake(one_fake: StandIn) -> StandIn:
    """A fake that knows nothing yet."""
    await one_fake.does("begin-anew")
    return one_fake


@pytest.fixture
async def provider(fake: StandIn) -> AsyncIterator[StripeProvider]:
    """What these books know Stripe as."""
    provider = StripeProvider(fake.key, [fake.secret], fake.url)
    yield provider
    await provider.aclose()


@pytest.fixture
async def till(provider: StripeProvider, fake: StandIn) -> Till:
    """A provider with the fake behind it."""
    return Till(provider, fake)


@pytest.fixture
async def receiver(fake: StandIn) -> AsyncIterator[Receiver]:
    """Where the fake sends its events."""
    receiver = Receiver()
    await receiver.start()
    await fake.does("listening", deliver_to=receiver.url)
    yield receiver
    await receiver.stop()
