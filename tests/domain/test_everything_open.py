"""Who may do what, with whatever can be open on an order at the same time: every combination.

`PROCESS` says the rules again, in words of its own; it knows nothing of how an order keeps them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from domain.actions import Fields
from domain.command import Refusal
from domain.order import Actor, Order
from domain.rules import allowed, decide
from domain.vocabulary import Action, CancellationStatus, Role
from tests.domain.acts import about, valid, wish
from tests.domain.examples import (
    BUYER,
    BUYERS_PROPOSAL,
    MEDIATOR,
    NOW,
    OPERATOR,
    OTHER_MEDIATOR,
    SELLER,
    SELLERS_PROPOSAL,
    SITUATIONS,
    offer,
    wish_to_cancel,
)

PEOPLE = (BUYER, SELLER, MEDIATOR, OTHER_MEDIATOR, OPERATOR)
WORK = "in_progress late"
ANSWER = "revision_requested answer_overdue"
DISPUTE = "disputed_free disputed_monas disputed_milos"
UNDISPUTED = f"pending {WORK} delivered {ANSWER} revision_refused"
OFFERS = f"{WORK} delivered revision_refused"
SETTLEMENTS = f"{OFFERS} {ANSWER} {DISPUTE}"

PROCESS: tuple[tuple[str, str, str, str], ...] = (
    ("accept", "seller", "pending", ""),
    ("deliver", "seller", WORK, ""),
    ("request_revision", "buyer", "delivered", ""),
    ("accept_revision", "seller", ANSWER, ""),
    ("refuse_revision", "seller", ANSWER, ""),
    ("complete", "buyer", f"delivered {ANSWER} revision_refused", ""),
    ("open_dispute", "buyer", "revision_refused answer_overdue", ""),
    ("open_dispute", "buyer", WORK, "wish refused or unanswered"),
    ("buy_extra", "buyer", f"pending {OFFERS}", ""),
    ("request_offer", "buyer", OFFERS, ""),
    ("make_offer", "seller", OFFERS, "no offer"),
    ("withdraw_offer", "seller", UNDISPUTED, "offer"),
    ("decline_offer", "buyer", UNDISPUTED, "offer"),
    ("accept_offer", "buyer", OFFERS, "offer"),
    ("request_cancellation", "buyer", WORK, "no wish waits"),
    ("refuse_cancellation", "seller", WORK, "wish not refused"),
    ("cancel", "seller", UNDISPUTED, ""),
    ("cancel", "buyer", "pending late", ""),
    ("cancel", "operator", f"{UNDISPUTED} {DISPUTE}", ""),
    ("propose_settlement", "buyer seller", SETTLEMENTS, ""),
    ("withdraw_settlement", "buyer seller", SETTLEMENTS, "own proposal"),
    ("accept_settlement", "buyer seller", SETTLEMENTS, "other's proposal"),
    ("assign", "mediator", "disputed_free", ""),
    ("assign", "operator", DISPUTE, ""),
    ("release", "mediator", DISPUTE, "their own case"),
    ("release", "operator", "disputed_monas disputed_milos", ""),
    ("add_statement", "buyer seller mediator", DISPUTE, ""),
    ("resolve", "mediator", DISPUTE, "not another's case"),
)
"""Action, who, where, and what has to be open besides."""


@dataclass(frozen=True)
class Case:
    """A situation, and what is open in it."""

    situation: str
    offer: bool = False
    wish: CancellationStatus | None = None
    proposals: tuple[Role, ...] = ()

    def __str__(self) -> str:
        parts = ("offer" * self.offer, f"wish {self.wish}" * bool(self.wish), *self.proposals)
        return "-".join((self.situation, *filter(None, parts)))

    def order(self) -> Order:
        """The order that it speaks of."""
        settlements = {Role.BUYER: BUYERS_PROPOSAL, Role.SELLER: SELLERS_PROPOSAL}
        return SITUATIONS[self.situation].model_copy(
            update={
                "offer": offer() if self.offer else None,
                "cancellation_request": wish_to_cancel(self.wish) if self.wish else None,
                "settlements": tuple(settlements[role] for role in self.proposals),
            }
        )

    def has(self, needed: str, actor: Actor) -> bool:
        """Whether what a rule needs besides is there."""
        taken_by = {"disputed_monas": "mona", "disputed_milos": "milo"}.get(self.situation)
        return {
            "": True,
            "offer": self.offer,
            "no offer": not self.offer,
            "no wish waits": self.wish is not CancellationStatus.ASKED,
            "wish refused or unanswered": self.wish
            in (CancellationStatus.REFUSED, CancellationStatus.UNANSWERED),
            "wish not refused": self.wish
            in (CancellationStatus.ASKED, CancellationStatus.UNANSWERED),
            "own proposal": actor.role in self.proposals,
            "other's proposal": bool(set(self.proposals) - {actor.role}),
            "their own case": taken_by == actor.id,
            "not another's case": taken_by in (None, actor.id),
        }[needed]

    def may(self, actor: Actor) -> set[str]:
        """What the process lets somebody do in it."""
        return {
            action
            for action, people, situations, needed in PROCESS
            if actor.role in people.split()
            and self.situation in situations.split()
            and self.has(needed, actor)
        }


def cases() -> Iterator[Case]:
    """Every combination that an order can come to."""
    proposals = ((), (Role.BUYER,), (Role.SELLER,), (Role.BUYER, Role.SELLER))
    wishes = (None, *CancellationStatus)
    for situation in (*UNDISPUTED.split(), *DISPUTE.split(), "completed", "cancelled", "settled"):
        open_here = situation in SETTLEMENTS.split()
        for offered, wished, proposed in product(
            (False, True) if open_here and situation not in DISPUTE.split() else (False,),
            wishes if situation in WORK.split() else (None,),
            proposals if open_here else ((),),
        ):
            yield Case(situation, offered, wished, proposed)


CASES = list(cases())


def fields(action: Action, actor: Actor) -> Fields:
    """Valid fields: one withdraws one's own proposal, and accepts the other side's."""
    other = {Role.BUYER: Role.SELLER}.get(actor.role, Role.BUYER)
    if action is Action.WITHDRAW_SETTLEMENT:
        return about(f"by-{actor.role}")
    if action is Action.ACCEPT_SETTLEMENT:
        return about(f"by-{other}")
    return valid(action, actor.role)


def carried_out(order: Order, actor: Actor) -> set[str]:
    """What somebody tries on the order and is not refused."""
    verdicts = {
        action.value: decide(order, wish(action, actor, fields(action, actor)), NOW)
        for action in Action
    }
    return {action for action, verdict in verdicts.items() if not isinstance(verdict, Refusal)}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everybody_may_do_what_the_process_says_and_nothing_else(case: Case) -> None:
    order = case.order()
    expected = {actor.id: case.may(actor) for actor in PEOPLE}
    assert expected == {actor.id: carried_out(order, actor) for actor in PEOPLE}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_list_of_actions_offers_what_the_process_says_once_each(case: Case) -> None:
    order = case.order()
    expected = {actor.id: sorted(case.may(actor)) for actor in PEOPLE}
    assert expected == {actor.id: sorted(allowed(order, actor)) for actor in PEOPLE}


def test_the_process_speaks_of_every_action() -> None:
    assert {action.value for action in Action} == {action for action, *_ in PROCESS}


def test_no_combination_is_left_out() -> None:
    assert 2 * 2 * 4 * 4 + 4 * 2 * 4 + 3 * 4 + 1 + 3 == len(CASES)
