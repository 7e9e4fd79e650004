"""The way to Stripe: its own client with our patience, and its refusals in our exceptions."""

from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import stripe

from providers.protocol import AccountGone, ProviderAway, ProviderRefused

SECONDS = 20.0
"""That one call may take."""

PAY_IN, PAYOUT, USER = (f"sequestre_{what}" for what in ("pay_in", "payout", "user"))
"""Under what Stripe keeps our ids beside its own, in `metadata`."""

PAGE = 100
"""Rows that one look at a list brings: as many as Stripe gives."""

REFUSALS = (
    stripe.InvalidRequestError,
    stripe.CardError,
    stripe.IdempotencyError,
)
"""What it will not do, however often it is asked."""

NO_ACCOUNT, NOTHING_THERE = "account_invalid", "resource_missing"
"""What it says of an account that is gone: where a call is made for it or asks for it, and where a
call names it."""

SILENT = "Stripe does not say why."

T = TypeVar("T")


class Connection:
    """A stack's own access to Stripe. Neither the key nor the secrets are ever shown."""

    def __init__(self, key: str, webhook_secrets: Sequence[str], base: str | None = None) -> None:
        """Take the secret key, what signs events (each is tried, so that one can be changed for
        another), and where Stripe is asked unless that is its own address."""
        self._http = stripe.HTTPXClient(timeout=SECONDS)
        self._stripe = stripe.StripeClient(
            key,
            http_client=self._http,
            base_addresses={"api": base} if base else None,
            # Whoever asks here asks again, with the same key of ours.
            max_network_retries=0,
        ).v1
        self._is_live = "_live_" in key
        self._webhook_secrets = tuple(webhook_secrets)

    async def _pay_in_of(self, payment: str) -> str | None:
        intent = await asked(self._stripe.payment_intents.retrieve_async(payment))
        return noted(intent.metadata, PAY_IN)

    async def aclose(self) -> None:
        """Close the connections that are open."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # of its own


def noted(metadata: stripe.StripeObject | None, name: str) -> str | None:
    """Return what is noted at Stripe under one of our names."""
    return str(metadata[name]) if metadata is not None and name in metadata else None


@contextmanager
def in_our_words() -> Iterator[None]:
    """Turn what Stripe's client raises within the block into what a provider does.

    Raises:
        ProviderRefused: Stripe will not do it.
        AccountGone: it is about an account that is not there, or not the platform's.
        ProviderAway: what it did is not known. So it is with a key that is not taken, or may not do
            this: what was asked before, with another one, may have been done.
    """
    try:
        yield
    except REFUSALS as error:
        raise ProviderRefused(error.user_message or SILENT) from error
    except stripe.AuthenticationError as error:
        raise ProviderAway("Stripe does not take SEQUESTRE_STRIPE_SECRET_KEY.") from error
    except stripe.PermissionError as error:
        # Its client leaves the code out of this one kind of error.
        if error.error is not None and error.error.code == NO_ACCOUNT:
            raise AccountGone(error.user_message or SILENT) from error
        said = error.user_message or "it does not say what"
        raise ProviderAway(f"SEQUESTRE_STRIPE_SECRET_KEY may not do this: {said}") from error
    except stripe.APIConnectionError as error:
        raise ProviderAway("Stripe was not reached, or hung up.") from error
    except stripe.StripeError as error:
        raise ProviderAway(error.user_message or SILENT) from error


@contextmanager
def naming_an_account() -> Iterator[None]:
    """Ask something in which nothing but an account is named, as `in_our_words`.

    Raises:
        AccountGone: that is not there, or not the platform's.
    """
    try:
        with in_our_words():
            yield
    except ProviderRefused as error:
        if getattr(error.__cause__, "code", None) == NOTHING_THERE:
            raise AccountGone(str(error)) from error
        raise


async def asked(call: Awaitable[T]) -> T:
    """Return what Stripe answers.

    Raises:
        ProviderRefused: Stripe will not do it.
        ProviderAway: what it did is not known.
    """
    with in_our_words():
        return await call
