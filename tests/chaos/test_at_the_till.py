"""The oracle of payments is shown what is known to be bad, and lets the rest pass."""

from collections.abc import Callable
from typing import Any

import pytest

from db.audit import Finding
from reconcile.provider_comparison import DIFFERS, HOLDS_LESS
from tests.app_under_test import Json, Person
from tests.chaos.at_the_till import came_in, provider, went_out
from tests.chaos.clients import Answer, Intent
from tests.chaos.evidence import AtProvider, Evidence

IN, TWICE, OUT, BACK = (f"0000000{n}-0000-4000-8000-000000000000" for n in range(1, 5))


def charge(name: str) -> Json:
    return {"amount": 500, "metadata": {"sequestre_pay_in": name}}


def posting(kind: str, name: str, amount: int) -> dict[str, Any]:
    key = f"top_up:pay-in:{name}" if kind == "top_up" else f"{kind}:{name}"
    return {"kind": kind, "key": key, "amount": amount, "of_provider": True}


def pay_in(name: str) -> dict[str, Any]:
    ends = {"order_id": None, "order_refused": None, "is_wished": False}
    return {"id": name, "amount": 500, "state": "paid", **ends}


def told(number: int, what: str, name: str) -> Intent:
    answers = [Answer(201, "", {"id": name})]
    who = Person("payer")
    return Intent(number, who, "user", what, "/v1", {}, f"key-{number}", answers=answers)


@pytest.fixture
def evidence() -> Evidence:
    """Two payments of 500 in, one of them made twice; a payout of 300 that arrived, and one of 100
    that was paid and came back."""
    of_payouts = {"sequestre_payout": OUT}, {"sequestre_payout": BACK}
    there = AtProvider(
        books={"EUR": {"platform": 1200, "accounts": 0, "fees": 0, "balanced": True}},
        charges=[charge(IN), charge(TWICE), charge(TWICE)],
        transfers=[
            {"amount": 300, "amount_reversed": 0, "metadata": of_payouts[0]},
            {"amount": 100, "amount_reversed": 100, "metadata": of_payouts[1]},
        ],
        payouts=[
            {"amount": 300, "status": "paid", "metadata": of_payouts[0]},
            {"amount": 100, "status": "failed", "metadata": of_payouts[1]},
        ],
        disputes=[],
        findings=[Finding(DIFFERS, f"payment {TWICE}", "1000 and 500")],
    )
    names = {"pay-in": (IN, TWICE), "provider-payout": (OUT, BACK)}
    intents = [told(n, what, one) for what in names for n, one in enumerate(names[what])]
    others = ("requests", "keys", "balances", "notices", "services", "messages", "questions")
    rows: dict[str, Any] = {name: [] for name in (*others, "chargebacks")}
    return Evidence(
        intents=intents,
        orders={},
        events={},
        postings=[
            *(posting("top_up", name, 500) for name in (IN, TWICE)),
            *(posting(kind, OUT, 300) for kind in ("payout_hold", "payout_done")),
            *(posting(f"payout_{kind}", BACK, 100) for kind in ("hold", "done", "return")),
        ],
        pay_ins=[pay_in(IN), pay_in(TWICE)],
        payouts=[
            {"id": OUT, "amount": 300, "state": "paid"},
            {"id": BACK, "amount": 100, "state": "returned"},
        ],
        provider_events=[{"id": "evt_1", "kind": "pay_in_paid", "outcome": "applied"}],
        at_provider=there,
        **rows,
    )


def test_what_is_right_is_right(evidence: Evidence) -> None:
    assert list(provider(evidence)) == []
    assert evidence.at_provider is not None
    assert (came_in(evidence.at_provider), went_out(evidence.at_provider)) == (1000, 300)


def _there(evidence: Evidence) -> AtProvider:
    assert evidence.at_provider is not None
    return evidence.at_provider


WRONG: dict[str, Callable[[Evidence], object]] = {
    "is booked as [500, 500]": lambda one: one.postings.append(posting("top_up", IN, 500)),
    "its payer paid []": lambda one: _there(one).charges.pop(0),
    "is booked as []": lambda one: one.postings.pop(0),
    "is booked as [499]": lambda one: one.postings[0].update(amount=499),
    "is lapsed; its payer paid 500": lambda one: one.pay_ins[0].update(state="lapsed"),
    "left 2 times": lambda one: _there(one).payouts.append(_there(one).payouts[0]),
    "in 2 transfers": lambda one: _there(one).transfers.append(_there(one).transfers[0]),
    "came back as ([100], [100], [])": lambda one: one.postings.pop(),
    "[100, 100])": lambda one: one.postings.append(posting("payout_return", BACK, 100)),
    "at the provider: ['paid']": lambda one: one.payouts[0].update(state="failed"),
    "at the provider: ['failed']": lambda one: _there(one).payouts[0].update(status="failed"),
    "100 is away": lambda one: _there(one).transfers[1].update(amount_reversed=0),
    "not here": lambda one: one.payouts.pop(0),
    "are in accounts": lambda one: _there(one).books["EUR"].update(accounts=100),
    "do not balance": lambda one: _there(one).books["EUR"].update(balanced=False),
    "came in and stayed": lambda one: _there(one).books["EUR"].update(platform=1199),
    "told Counter": lambda one: one.pay_ins.pop(0),
    "nobody was told": lambda one: one.intents.pop(0),
    "is pending still": lambda one: one.payouts[0].update(state="pending"),
    "neither placed nor refused": lambda one: one.pay_ins[0].update(is_wished=True),
    "never decided": lambda one: one.provider_events[0].update(outcome=None),
    "0 times, and is to 1": lambda one: _there(one).findings.clear(),
    "1 times, and is to 0": lambda one: _there(one).findings.append(
        Finding(HOLDS_LESS, "provider stripe", "holds less")
    ),
    "its owner was told": lambda one: one.intents.append(
        Intent(
            *(9, Person("payer"), "seller", "take-back"),
            *(f"/v1/payouts/{OUT}/cancel", {}, "key-9"),
            answers=[Answer(200, "", {"id": OUT})],
        )
    ),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_is_seen(said: str, evidence: Evidence) -> None:
    WRONG[said](evidence)
    assert any(said in one for one in provider(evidence)), list(provider(evidence))
