"""What the payment provider says of the payment of the example order."""

from typing import Any

from domain.order import Actor
from domain.vocabulary import ProviderAct, Role
from tests.workflows.stage import Case

PROVIDER = Actor(id="stripe", role=Role.PROVIDER)
DISPUTED, WON, LOST = ProviderAct
ALL_OF_IT = {"amount": {"amount": 2_000, "currency": "EUR"}}
SAID: dict[ProviderAct, dict[str, Any]] = {DISPUTED: ALL_OF_IT, WON: {}, LOST: ALL_OF_IT}


async def told(case: Case, act: ProviderAct) -> None:
    """The provider says this of the payment, and it comes to pass."""
    event = await case.does(act, PROVIDER, chargeback_id="dispute-1", **SAID[act])
    assert event.accepted, event
