"""No provider: an operator writes down what was paid, by the API's top-ups and payouts."""

from typing import Any, NoReturn

from providers.protocol import ProviderRefused

WRITTEN_DOWN = (
    "Payments are written down by an operator here: no payment provider takes them in or pays them"
    " out."
)


class ManualProvider:
    """Does nothing of what a provider does, and says why."""

    name = "manual"
    takes_payments = False

    async def _refuse(self, *_asked: Any, **_named: Any) -> NoReturn:
        raise ProviderRefused(WRITTEN_DOWN)

    def _refuse_at_once(self, *_asked: Any, **_named: Any) -> NoReturn:
        raise ProviderRefused(WRITTEN_DOWN)

    start_pay_in = find_pay_in = end_pay_in = _refuse
    open_account = find_account = onboarding_url = _refuse
    pay_out = find_payout = cancel_pay_out = _refuse
    completed = held = _refuse
    read_event = statement = _refuse_at_once

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""
