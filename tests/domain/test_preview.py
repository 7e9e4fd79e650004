"""What an action would do to whose money, told beforehand by the same code that does it."""

import pytest

from domain.actions import Fields
from domain.command import Refusal, command
from domain.order import Actor, Order
from domain.placing import place
from domain.policy import Policy
from domain.preview import PreviewAccount, cost, money
from domain.rules import decide
from domain.step import Step
from domain.vocabulary import Action, LineKind, State
from tests.domain.acts import (
    PAY_SELLER,
    REFUND,
    RESTART,
    VALID,
    about,
    paid,
    refused,
    silent,
    split,
    taken,
    wish,
)
from tests.domain.examples import (
    BUYER,
    BUYERS_PROPOSAL,
    BUYERS_WALLET,
    COMMISSION,
    ESCROW,
    MEDIATOR,
    NOW,
    OPERATOR,
    SECOND,
    SELLER,
    SELLERS_PROPOSAL,
    SELLERS_WALLET,
    SITUATIONS,
    SOON,
    asked_to_cancel,
    delivered,
    disputed,
    in_progress,
    late,
    offer,
    pending,
    revision_refused,
    revision_requested,
)
from tests.domain.test_placing import TERMS

BOTH = (BUYERS_PROPOSAL, SELLERS_PROPOSAL)
ACCOUNTS = {
    BUYERS_WALLET: "buyer_wallet",
    SELLERS_WALLET: "seller_wallet",
    ESCROW: "escrow",
    COMMISSION: "commission",
}
PAYS_SELLER = {"escrow": -2000, "seller_wallet": 1600, "commission": 400}
REFUNDS = {"escrow": -2000, "buyer_wallet": 2000}


def previewed(order: Order, action: Action, actor: Actor, fields: Fields | None = None) -> Step:
    """The step that would follow."""
    return taken(decide(order, wish(action, actor, fields), NOW))


@pytest.mark.parametrize(
    ("order", "action", "actor", "fields", "expected"),
    [
        (pending(), Action.ACCEPT, SELLER, None, {}),
        (in_progress(), Action.DELIVER, SELLER, None, {}),
        (delivered(), Action.REQUEST_REVISION, BUYER, None, {}),
        (revision_requested(), Action.ACCEPT_REVISION, SELLER, None, {}),
        (revision_requested(), Action.REFUSE_REVISION, SELLER, None, {}),
        (revision_refused(), Action.COMPLETE, BUYER, None, PAYS_SELLER),
        (revision_refused(), Action.OPEN_DISPUTE, BUYER, None, {}),
        (pending(), Action.BUY_EXTRA, BUYER, None, {"buyer_wallet": -500, "escrow": 500}),
        (delivered(), Action.REQUEST_OFFER, BUYER, None, {}),
        (delivered(), Action.MAKE_OFFER, SELLER, None, {}),
        (delivered(offer=offer()), Action.WITHDRAW_OFFER, SELLER, None, {}),
        (delivered(offer=offer()), Action.DECLINE_OFFER, BUYER, None, {}),
        (
            delivered(offer=offer()),
            Action.ACCEPT_OFFER,
            BUYER,
            None,
            {"buyer_wallet": -700, "escrow": 700},
        ),
        (in_progress(), Action.REQUEST_CANCELLATION, BUYER, None, {}),
        (asked_to_cancel(), Action.REFUSE_CANCELLATION, SELLER, None, {}),
        (late(), Action.CANCEL, BUYER, None, REFUNDS),
        (delivered(), Action.CANCEL, SELLER, None, REFUNDS),
        (disputed(), Action.CANCEL, OPERATOR, None, REFUNDS),
        (delivered(), Action.PROPOSE_SETTLEMENT, BUYER, None, {}),
        (delivered(settlements=BOTH), Action.WITHDRAW_SETTLEMENT, BUYER, None, {}),
        (
            delivered(settlements=BOTH),
            Action.ACCEPT_SETTLEMENT,
            SELLER,
            None,
            {"escrow": -2000, "buyer_wallet": 1500, "seller_wallet": 400, "commission": 100},
        ),
        (
            disputed(settlements=BOTH),
            Action.ACCEPT_SETTLEMENT,
            BUYER,
            about("by-seller"),
            {"escrow": -2000, "buyer_wallet": 500, "seller_wallet": 1200, "commission": 300},
        ),
        (disputed(), Action.ASSIGN, MEDIATOR, None, {}),
        (disputed("mona"), Action.ASSIGN, OPERATOR, None, {}),
        (disputed("mona"), Action.RELEASE, MEDIATOR, None, {}),
        (disputed(), Action.ADD_STATEMENT, SELLER, None, {}),
        (disputed(), Action.RESOLVE, MEDIATOR, REFUND, REFUNDS),
        (disputed(), Action.RESOLVE, MEDIATOR, PAY_SELLER, PAYS_SELLER),
        (disputed(), Action.RESOLVE, MEDIATOR, RESTART, {}),
        (
            disputed(),
            Action.RESOLVE,
            MEDIATOR,
            split(1999),
            {"escrow": -2000, "buyer_wallet": 1999, "seller_wallet": 1},
        ),
    ],
)
def test_it_tells_to_the_cent_whose_money_moves(
    order: Order, action: Action, actor: Actor, fields: Fields | None, expected: dict[str, int]
) -> None:
    assert expected == money(previewed(order, action, actor, fields))


def steps() -> list[Step]:
    """Every step that somebody could take on an example order, with everything open on it."""
    found = []
    for order in SITUATIONS.values():
        rich = order.model_copy(update={"offer": offer(), "settlements": BOTH})
        for action in Action:
            for actor in (BUYER, SELLER, MEDIATOR, OPERATOR):
                verdict = decide(rich, wish(action, actor, VALID[action]), NOW)
                if not isinstance(verdict, Refusal):
                    found.append(verdict)
    return found


def test_it_sums_to_zero_and_is_what_the_postings_do() -> None:
    for step in steps():
        gains = money(step)
        assert 0 == sum(gains.values())
        assert {
            ACCOUNTS[account]: amount
            for posting in step.postings
            for account, amount in paid(posting).items()
        } == gains
        assert 0 not in gains.values()


def test_whatever_ends_an_order_leaves_nothing_in_escrow() -> None:
    ended = [step for step in steps() if step.order.state.is_final]
    assert ended
    assert {-step.order.total for step in ended} == {
        money(step)[PreviewAccount.ESCROW] for step in ended
    }


@pytest.mark.parametrize(
    ("order", "action", "actor", "expected"),
    [
        (delivered(), Action.BUY_EXTRA, BUYER, 500),
        (delivered(offer=offer()), Action.ACCEPT_OFFER, BUYER, 700),
        (delivered(), Action.COMPLETE, BUYER, 0),
        (delivered(), Action.CANCEL, SELLER, 0),
        (delivered(), Action.REQUEST_REVISION, BUYER, 0),
        (delivered(settlements=BOTH), Action.ACCEPT_SETTLEMENT, SELLER, 0),
    ],
)
def test_it_tells_what_the_buyer_s_wallet_must_hold(
    order: Order, action: Action, actor: Actor, expected: int
) -> None:
    assert expected == cost(previewed(order, action, actor))


def test_placing_costs_the_service_and_the_extras_bought_with_it() -> None:
    step = taken(place("o1", "bea", TERMS, ("express", "sources"), Policy(), NOW))
    assert 3500 == cost(step)
    assert {"buyer_wallet": -3500, "escrow": 3500} == money(step)
    assert [LineKind.SERVICE, LineKind.EXTRA, LineKind.EXTRA] == [
        line.kind for line in step.order.lines
    ]


def test_what_silence_does_is_told_in_the_same_way() -> None:
    assert PAYS_SELLER == money(silent(delivered(), SOON + SECOND))
    assert REFUNDS == money(silent(pending(), SOON + SECOND))
    assert {} == money(silent(in_progress(), SOON + SECOND))
    assert State.IN_PROGRESS is silent(in_progress(), SOON + SECOND).order.state


def test_a_preview_counts_on_the_version_that_the_person_saw() -> None:
    stale = command(Action.COMPLETE, BUYER, NOW, if_version=6)
    assert "version-mismatch" == refused(decide(delivered(), stale, NOW)).code
