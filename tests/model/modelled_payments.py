"""Money in and out through a payment provider, with the model's wallets beside it."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import count

import httpx

from domain.payments import AccountState, PayoutState, ProviderEventKind
from providers.protocol import PayoutAccount
from tests.app_under_test import Json, eventually
from tests.contract import eur
from tests.model.banks import Payment, kept_back
from tests.model.debts import comes_back
from tests.model.modelled_order import ModelledOrder
from tests.providers.paper import said
from tests.providers.paper_payouts import said_of_payout

RETURN = {"return_url": "https://shop.example.org/wallet"}
PAY_INS = {
    "paid": ProviderEventKind.PAY_IN_PAID,
    "failed": ProviderEventKind.PAY_IN_FAILED,
    "lapsed": ProviderEventKind.PAY_IN_LAPSED,
}
PAYOUTS = {
    PayoutState.PAID: ProviderEventKind.PAYOUT_PAID,
    PayoutState.FAILED: ProviderEventKind.PAYOUT_FAILED,
    PayoutState.CANCELLED: ProviderEventKind.PAYOUT_CANCELLED,
}

Meanwhile = Callable[[], Awaitable[None]]
"""Something that happens while money is on its way."""

_numbers = count(1)


async def nothing() -> None:
    """Nothing happens."""


async def pays_in(modelled: ModelledOrder, who: str, cents: int, told: Sequence[str]) -> None:
    """Somebody pays at the provider, which says so in any order and however often: money that
    is there is in the wallet once, and none without it."""
    begun = await asked_by(modelled, who, "/v1/pay-ins", {**eur(cents), **RETURN})
    assert begun.status_code == 201
    for what in told:
        await modelled.timed.tells(said(PAY_INS[what], begun.json()))
    state = "paid" if "paid" in told else told[0]
    await _comes_to(modelled, who, f"/v1/pay-ins/{begun.json()['id']}", state)
    gained = cents if "paid" in told else 0
    if gained:
        modelled.payments.append(Payment(begun.json()["id"], who, cents))
    setattr(modelled.wallets, who, getattr(modelled.wallets, who) + gained)
    modelled.figures.count("pay in", "done" if gained else state)
    await modelled.agrees()


async def is_paid_out(
    modelled: ModelledOrder,
    who: str,
    cents: int,
    ways: Sequence[PayoutState],
    meanwhile: Meanwhile = nothing,
) -> None:
    """Somebody asks for money of their wallet, something happens, and the provider says what
    becomes of it: it is out, or back in the wallet, where it first pays what they owe."""
    await _is_known_to_the_provider(modelled, who)
    held = getattr(modelled.wallets, who)
    free = held - kept_back(modelled.payments, who)
    asked = await asked_by(modelled, who, "/v1/payouts", eur(cents))
    assert asked.status_code == (201 if cents <= free else 402)
    if asked.status_code == 201:
        setattr(modelled.wallets, who, held - cents)
        await meanwhile()
        recovered = await _becomes(modelled, who, asked.json(), ways)
        is_out = ways[-1] is PayoutState.PAID
        paid = 0 if is_out else comes_back(modelled.wallets, who, cents)
        assert recovered == paid
    modelled.figures.count("pay out", "done" if asked.status_code == 201 else "insufficient-funds")
    await modelled.agrees()


async def is_noted_as_paid(
    modelled: ModelledOrder, who: str, cents: int, meanwhile: Meanwhile = nothing
) -> None:
    """An operator writes down that somebody was paid what their wallet holds, something happens,
    and it is taken back, once: there it first pays what they owe."""
    held, path = getattr(modelled.wallets, who), f"/v1/wallets/{modelled.people[who].id}/payouts"
    made = await asked_by(modelled, "operator", path, eur(cents))
    assert made.status_code == (201 if cents <= held else 402)
    if made.status_code == 201:
        setattr(modelled.wallets, who, held - cents)
        await meanwhile()
        back = f"/v1/transfers/{made.json()['id']}/reverse"
        said = [await asked_by(modelled, "operator", back, {"reason": "So."}) for _ in range(2)]
        assert [one.status_code for one in said] == [201, 409]
        comes_back(modelled.wallets, who, cents)
    modelled.figures.count("note", "done" if made.status_code == 201 else "insufficient-funds")
    await modelled.agrees()


async def _becomes(
    modelled: ModelledOrder, who: str, payout: Json, ways: Sequence[PayoutState]
) -> int:
    """The provider goes these ways with a payout, one after the other; gives how much of it has
    paid what its owner owed."""
    path = f"/v1/payouts/{payout['id']}"
    for way in ways:
        modelled.timed.provider.goes_on(payout, way)
        await modelled.timed.tells(said_of_payout(PAYOUTS[way], payout))
        await _comes_to(modelled, who, path, _state(ways, way))
    seen = await modelled.api.get(path, modelled.people[who])
    return int(seen.json()["recovered"]["amount"])


async def _is_known_to_the_provider(modelled: ModelledOrder, who: str) -> None:
    opened = await asked_by(modelled, who, "/v1/payout-account", RETURN)
    assert opened.status_code == 200
    name = f"account-{modelled.people[who].id}"
    modelled.timed.provider.accounts[name] = PayoutAccount(name, AccountState.ACTIVE)


async def _comes_to(modelled: ModelledOrder, who: str, path: str, state: str) -> None:
    async def look() -> str:
        answer = await modelled.api.get(path, modelled.people[who])
        return str(answer.json()["state"])

    await eventually(look, lambda now: now == state)


async def asked_by(modelled: ModelledOrder, who: str, path: str, body: Json) -> httpx.Response:
    """The answer to somebody, under a key of its own."""
    return await modelled.api.post(
        path, modelled.people[who], body, key=f"payment-{next(_numbers)}"
    )


def _state(ways: Sequence[PayoutState], now: PayoutState) -> str:
    """What a payout is when the provider has come to this of its ways: what fails once it was paid
    is returned."""
    was_paid = PayoutState.PAID in ways[: ways.index(now)]
    return "returned" if was_paid and now is PayoutState.FAILED else str(now)
