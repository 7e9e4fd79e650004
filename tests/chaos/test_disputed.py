"""The oracle of disputes is shown what is known to be bad, and lets the rest pass."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.app_under_test import Json
from tests.chaos.agreement import agreement
from tests.chaos.disputed import disputes, held_back, lost
from tests.chaos.effects import effects
from tests.chaos.evidence import AtProvider, Evidence
from tests.chaos.oracles import conservation

RAN, OVER, KEPT = (f"0000000{n}-0000-4000-8000-000000000000" for n in range(1, 4))
"""A payment whose order was ended by it, one whose order had ended, and one that was won."""


def charge(name: str) -> Json:
    return {"id": f"ch-{name}", "amount": 500, "metadata": {"sequestre_pay_in": name}}


def dispute(name: str, status: str, amount: int = 500) -> Json:
    return {"id": f"dp-{name}", "charge": f"ch-{name}", "amount": amount, "status": status}


def chargeback(name: str, state: str) -> dict[str, Any]:
    what = {"id": f"cb-{name}", "reference": f"dp-{name}", "pay_in_id": name, "amount": 500}
    return {**what, "state": state, "carried": state}


def posting(kind: str, key: str, debit: str, credit: str, **more: Any) -> dict[str, Any]:
    accounts = {"debit_kind": debit, "credit_kind": credit}
    owners = {"debit_owner": "somebody", "credit_owner": "somebody"}
    rest = {"amount": 500, "order_id": None, "of_provider": True}
    return {"kind": kind, "key": key, **accounts, **owners, **rest, **more}


@pytest.fixture
def there() -> AtProvider:
    """What the provider says: of one payment more a bank has only asked."""
    return AtProvider(
        books={},
        charges=[charge(one) for one in (RAN, OVER, KEPT)],
        transfers=[],
        payouts=[],
        disputes=[
            *(dispute(one, "lost") for one in (RAN, OVER)),
            dispute(KEPT, "won"),
            dispute("asked", "warning_closed"),
        ],
        findings=[],
    )


@pytest.fixture
def evidence(there: AtProvider) -> Evidence:
    """The same in the books: of what is owed, 3.00 EUR were kept."""
    orders = {RAN: "order-1", OVER: "order-2", KEPT: None}
    names = ("requests", "keys", "notices", "services", "messages", "questions")
    rows: dict[str, Any] = {name: [] for name in (*names, "payouts", "provider_events")}
    return Evidence(
        intents=[],
        orders={},
        events={},
        postings=[
            *(posting("top_up", f"top_up:pay-in:{one}", "world", "wallet") for one in orders),
            posting("hold", "order:order-1:hold:1", "wallet", "escrow", order_id="order-1"),
            posting("reclaim", "order:order-1:end", "escrow", "world", order_id="order-1"),
            posting("chargeback", f"chargeback:cb-{OVER}:seller", "receivable", "world"),
            posting(
                *("recovery", f"recovery:chargeback:cb-{OVER}:seller", "wallet", "receivable"),
                amount=300,
            ),
        ],
        balances=[{"kind": "wallet", "owner": "somebody", "balance": 700, "closed": False}],
        pay_ins=[{"id": name, "order_id": order} for name, order in orders.items()],
        chargebacks=[
            *(chargeback(one, "lost") for one in (RAN, OVER)),
            chargeback(KEPT, "won"),
        ],
        at_provider=there,
        **rows,
    )


def test_what_is_right_is_right(evidence: Evidence, there: AtProvider) -> None:
    assert list(disputes(evidence, there)) == []
    assert list(conservation(evidence)) == []
    assert (held_back(there), lost(there)) == (1000, 1000)


def test_what_is_open_the_provider_has_not_and_is_not_lost(there: AtProvider) -> None:
    there.disputes.append(dispute("open", "needs_response"))
    assert (held_back(there), lost(there)) == (1500, 1000)


WRONG: dict[str, Callable[[Evidence], object]] = {
    "is in the books and not at the provider": lambda one: one.chargebacks.append(
        chargeback("nowhere", "opened")
    ),
    "is at the provider and not in the books": lambda one: one.chargebacks.pop(),
    "the books say {'id": lambda one: one.chargebacks[0].update(amount=499),
    "'won', 500": lambda one: one.chargebacks[2].update(state="opened"),
    "what follows is not done": lambda one: one.chargebacks[0].update(carried="opened"),
    "1000 left the books, and 500 is lost": lambda one: one.postings.append(
        posting("chargeback", f"chargeback:cb-{RAN}:buyer", "receivable", "world")
    ),
    "0 left the books, and 500 is lost": lambda one: one.postings.pop(4),
    "500 left the books, and 0 is lost": lambda one: one.postings.append(
        posting("chargeback", f"chargeback:cb-{KEPT}:buyer", "receivable", "world")
    ),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_is_seen(said: str, evidence: Evidence, there: AtProvider) -> None:
    WRONG[said](evidence)
    assert any(said in one for one in disputes(evidence, there)), list(disputes(evidence, there))


@pytest.mark.parametrize("posted_twice", ["reclaim", "chargeback"])
def test_money_that_left_twice_is_missed(posted_twice: str, evidence: Evidence) -> None:
    (one,) = [one for one in evidence.postings if one["kind"] == posted_twice]
    evidence.postings.append(one)
    gone = 500 if posted_twice == "reclaim" else 0
    evidence.balances[0]["balance"] -= gone  # whatever it was taken from
    assert list(conservation(evidence))


def step(seq: int, role: str, action: str, **doc: Any) -> dict[str, Any]:
    """A step of an order that is delivered."""
    whole = {"state": "delivered", "version": seq, "deadline": None, "dispute": None, **doc}
    named = {"order_id": "order-3", "seq": seq, "actor_id": role, "role": role, "action": action}
    happened = {"event": f"order.{action}", "accepted": True, "code": None, "doc": whole}
    return {**named, **happened, "state": whole["state"], "version": seq, "request_id": "one"}


@pytest.fixture
def frozen(evidence: Evidence) -> Evidence:
    """An order whose payment is disputed, and all of those who were told of it."""
    frozen = step(1, "provider", "payment_disputed", payment_hold={"chargeback_id": "cb"})
    people = {"buyer": "bea", "seller": "sam", "operator": None}
    evidence.notices += [
        {"order_id": "order-3", "seq": 1, "role": role, "user_id": who}
        for role, who in people.items()
    ]
    evidence.events["order-3"] = [frozen]
    evidence.pay_ins.clear()
    row = {"id": "order-3", "state": "delivered", "version": 1, "doc": frozen["doc"]}
    evidence.orders["order-3"] = {**row, "buyer_id": "bea", "seller_id": "sam"}
    return evidence


def test_what_the_provider_does_nobody_has_asked_for(frozen: Evidence) -> None:
    assert list(agreement(frozen)) == []
    assert not any("payment_disputed" in one for one in effects(frozen))


def test_an_order_that_moves_while_it_is_frozen_is_seen(frozen: Evidence) -> None:
    frozen.events["order-3"].append(step(2, "buyer", "complete"))
    assert any("which was frozen" in one for one in agreement(frozen))


def test_what_is_refused_while_it_is_frozen_was_rightly_refused(frozen: Evidence) -> None:
    refused = step(2, "buyer", "complete")
    refused.update(accepted=False, event=None, code="action-not-allowed", doc=None, version=1)
    frozen.events["order-3"].append(refused)
    assert not any("was refused in" in one for one in agreement(frozen))


def test_who_was_told_of_a_dispute_too_few_is_seen(frozen: Evidence) -> None:
    frozen.notices.pop(Random(1).randrange(3))
    assert any("was told to" in one for one in agreement(frozen))
