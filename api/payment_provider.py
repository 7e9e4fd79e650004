"""The payment provider as the API asks it: that it is away or refuses, as one of our problems."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.problems import Problem, unavailable
from api.state import Services
from domain.vocabulary import Code
from providers.protocol import Provider, ProviderAway, ProviderRefused


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
        Problem: it does not answer (503), or will not (409).
    """
    try:
        yield
    except ProviderAway as error:
        raise unavailable("The payment provider") from error
    except ProviderRefused as error:
        said = str(error).rstrip(".")
        raise Problem(Code.PROVIDER_REFUSED, f"The payment provider refuses: {said}.") from error
