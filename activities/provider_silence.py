"""That a provider does not say what becomes of a payment: written down, for those who operate."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.exceptions import ApplicationError

from db import provider_silence
from db.pool import Pool, connection
from domain.payments import PaymentRef
from providers.protocol import ProviderError, ProviderRefused, ProviderStuck


@asynccontextmanager
async def silence_noted(
    pool: Pool, payment: PaymentRef, *, was_silent: bool
) -> AsyncIterator[None]:
    """Ask the provider about a payment within the block. Why it does not say is noted, and since
    when; so is that it says it again, where it was silent before. Who says that money is stuck is
    not silent.

    Raises:
        ApplicationError: it refuses to say, and is not asked again at once.
    """
    try:
        yield
    except ProviderError as error:
        is_silent = not isinstance(error, ProviderStuck)
        await _note(pool, payment, str(error) if is_silent else None)
        if isinstance(error, ProviderRefused):
            raise ApplicationError(
                str(error), type="ProviderRefused", non_retryable=True
            ) from error
        raise
    if was_silent:
        await _note(pool, payment, None)


async def _note(pool: Pool, payment: PaymentRef, why: str | None) -> None:
    async with connection(pool) as acquired:
        await provider_silence.note(acquired, payment, why)
