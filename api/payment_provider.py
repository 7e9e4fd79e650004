"""The payment provider as the API asks it: that it is away or refuses, as one of our problems."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from api.auth.capabilities import Capability, can
from api.auth.tokens import Caller
from api.problems import Problem, unavailable
from api.schemas.provider_silence import ProviderSilence
from api.state import Services
from db.pay_ins import PayIn
from db.payouts import Payout
from domain.vocabulary import Code
from providers.protocol import Provider, ProviderAway, ProviderRefused, ProviderStuck

log = structlog.get_logger()

HELD = (
    "The payment provider has the money and does not give it back yet: it is asked for it each"
    " hour, and the money is in the wallet again once it does."
)


def demanded(shared: Services) -> Provider:
    """Return the payment provider.

    Raises:
        Problem: there is none (409).
    """
    if not shared.payments.takes_payments:
        raise Problem(
            Code.NO_PROVIDER,
            "No payment provider is connected here: money comes into wallets and leaves them as"
            " operators write it down. Nothing changed.",
        )
    return shared.payments


@contextmanager
def in_problems() -> Iterator[None]:
    """Ask the provider something.

    Raises:
        Problem: it does not answer (503), will not, or does not give back what it has (409).
    """
    try:
        yield
    except ProviderStuck as error:
        raise Problem(Code.PROVIDER_REFUSED, HELD) from error
    except ProviderAway as error:
        log.warning("the payment provider is not to be asked", because=str(error))
        raise unavailable("The payment provider") from error
    except ProviderRefused as error:
        said = str(error).rstrip(".")
        raise Problem(Code.PROVIDER_REFUSED, f"The payment provider refuses: {said}.") from error


def silence_of(payment: PayIn | Payout, reader: Caller) -> ProviderSilence | None:
    """Return since when the provider does not say what becomes of a payment, to who operates: why
    it cannot be asked is about how this is set up."""
    since, because = payment.silent_since, payment.silent_because
    if since is None or because is None or not can(reader, Capability.READ_ALL):
        return None
    return ProviderSilence(since=since, because=because)
