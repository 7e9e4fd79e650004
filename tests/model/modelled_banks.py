"""What payers' banks do, as the payment provider tells it, with the model beside it."""

from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import strategies as st

from domain.payments import ProviderEventKind
from tests.app_under_test import OPERATOR, Json, eventually
from tests.model import banks
from tests.model.banks import Payment, Said
from tests.model.modelled_order import ModelledOrder
from tests.providers.paper import said

KINDS = {
    "opened": ProviderEventKind.DISPUTE_OPENED,
    "won": ProviderEventKind.DISPUTE_WON,
    "lost": ProviderEventKind.DISPUTE_LOST,
}
UNTIL = "2099-01-02T10:00:00Z"
"""Until when a payment can be answered for."""

_numbers = count(1)


def anything(payment: Payment) -> st.SearchStrategy[Said]:
    """Something new or known, right or wrong, about a payment."""
    whole, part, more = payment.cents, (payment.cents + 1) // 2, payment.cents + 1
    anew = st.builds(
        lambda kind, cents, currency: Said(kind, _another(), cents, currency),
        st.sampled_from(["opened", "opened", "lost", "won"]),
        st.sampled_from([whole, whole, part, 1, more]),
        st.sampled_from([banks.EURO] * 9 + ["USD"]),
    )
    known = list(payment.disputes.values())
    again = st.builds(
        lambda number, kind, less: _again(known[number], kind, less),
        st.integers(0, max(0, len(known) - 1)),
        st.sampled_from(list(KINDS)),
        st.sampled_from([0] * 5 + [1]),
    )
    return anew | again if known else anew


def _another() -> str:
    return f"dispute-{next(_numbers)}"


def _again(before: Said, kind: str, less: int) -> Said:
    return replace(before, kind=kind, cents=max(1, before.cents - less))


def decided(payment: Payment, kind: str) -> Said:
    """What the bank says in the end of the dispute that is open."""
    (opened,) = [one for one in payment.disputes.values() if one.kind == "opened"]
    return replace(opened, kind=kind)


async def says(modelled: ModelledOrder, payment: Payment, what: Said) -> None:
    """The provider says something of a payment, twice: what comes of it, and all that follows, is
    what the model says."""
    expected, running = banks.judge(payment, what), payment.running
    if expected == banks.WAITS:
        return  # `tests/db/test_chargebacks.py` has what then comes of it
    before, _ = await modelled.timed.now()
    event = _event(payment, what)
    await modelled.timed.tells(event)
    await modelled.timed.tells(event)
    assert expected == await _outcome(modelled, event), what
    if expected == "applied":
        await _is_carried_out(modelled, payment, what)
        if running is not None:
            assert running is modelled.model
            await _is_as_said(modelled, what)
        after = (await modelled.timed.now())[1]
        banks.believe(payment, what, modelled.wallets, (before, after))
    modelled.figures.count(f"payment {what.kind}", expected)
    await modelled.agrees()


def _event(payment: Payment, what: Said) -> Json:
    money = {"amount": what.cents, "currency": what.currency}
    pay_in: Json = {"id": payment.id, "amount": money}
    return said(KINDS[what.kind], pay_in, reference=what.dispute, evidence_until=UNTIL)


async def _outcome(modelled: ModelledOrder, event: Json) -> str:
    """What came of an event."""

    async def look() -> Any:
        listed = await _listed(modelled, "provider-events")
        return next(one["outcome"] for one in listed if one["id"] == event["id"])

    return str(await eventually(look))


async def _is_carried_out(modelled: ModelledOrder, payment: Payment, what: Said) -> None:
    async def look() -> Json:
        listed = await _listed(modelled, "chargebacks")
        return next(
            one
            for one in listed
            if (one["pay_in_id"], one["reference"]) == (payment.id, what.dispute)
        )

    await eventually(look, lambda one: one["state"] == what.kind and one["carried_out"])


async def _is_as_said(modelled: ModelledOrder, what: Said) -> None:
    """The order is frozen, goes on, or has ended."""

    async def look() -> tuple[bool, bool]:
        seen = await modelled.seen_by("operator")
        return seen["payment_hold"] is not None, seen["outcome"] is not None

    due = what.kind == "opened", what.kind == "lost"
    await eventually(look, lambda now: now == due)


async def _listed(modelled: ModelledOrder, what: str) -> list[Json]:
    answer = await modelled.api.get(f"/v1/{what}?limit=100", OPERATOR)
    items: list[Json] = answer.json()["items"]
    return items
