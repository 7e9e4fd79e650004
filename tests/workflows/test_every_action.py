"""Every action there is, as a signal: carried out, refused to strangers, and unharmed by junk."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.actions import FIELDS
from domain.notices import EVENT_OF_ACTION
from domain.order import Actor, Order, Settlement
from domain.vocabulary import Action, Code, State
from tests.domain.examples import (
    BUYER,
    MEDIATOR,
    NOW,
    SELLER,
    delivered,
    disputed,
    in_progress,
    pending,
    revision_refused,
    revision_requested,
)
from tests.workflows.recording import Json
from tests.workflows.stage import Case, Stage, offer_until, said, wish_until

FAR = NOW.replace(year=2126)


@pytest.fixture(scope="module")
async def stage(temporal_server: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """One stage for all of them."""
    stage = Stage(temporal_server)
    async with stage.working():
        yield stage


@dataclass(frozen=True)
class Deed:
    """Who may do something, on which order; the state after it, and what money does."""

    example: Order
    who: Actor
    state: State
    does: str = "record_step"


def proposed(by: Actor, **changes: Any) -> Order:
    """A delivered order with a proposal open."""
    proposal = Settlement(id="a-proposal", proposed_by=by, proposed_at=NOW, refund=500)
    return delivered(settlements=(proposal,), **changes)


OFFERED = delivered(offer=offer_until(FAR))
WISHED = in_progress(cancellation_request=wish_until(FAR))
DEEDS: dict[Action, Deed] = {
    Action.ACCEPT: Deed(pending(), SELLER, State.IN_PROGRESS),
    Action.DELIVER: Deed(in_progress(), SELLER, State.DELIVERED),
    Action.REQUEST_REVISION: Deed(delivered(), BUYER, State.REVISION_REQUESTED),
    Action.ACCEPT_REVISION: Deed(revision_requested(), SELLER, State.IN_PROGRESS),
    Action.REFUSE_REVISION: Deed(revision_requested(), SELLER, State.REVISION_REFUSED),
    Action.COMPLETE: Deed(delivered(), BUYER, State.COMPLETED, "credit_wallet"),
    Action.OPEN_DISPUTE: Deed(revision_refused(), BUYER, State.DISPUTED),
    Action.BUY_EXTRA: Deed(delivered(), BUYER, State.IN_PROGRESS, "hold_in_escrow"),
    Action.REQUEST_OFFER: Deed(delivered(), BUYER, State.DELIVERED),
    Action.MAKE_OFFER: Deed(delivered(), SELLER, State.DELIVERED),
    Action.WITHDRAW_OFFER: Deed(OFFERED, SELLER, State.DELIVERED),
    Action.DECLINE_OFFER: Deed(OFFERED, BUYER, State.DELIVERED),
    Action.ACCEPT_OFFER: Deed(OFFERED, BUYER, State.IN_PROGRESS, "hold_in_escrow"),
    Action.REQUEST_CANCELLATION: Deed(in_progress(), BUYER, State.IN_PROGRESS),
    Action.REFUSE_CANCELLATION: Deed(WISHED, SELLER, State.IN_PROGRESS),
    Action.CANCEL: Deed(delivered(), SELLER, State.CANCELLED, "refund_buyer"),
    Action.PROPOSE_SETTLEMENT: Deed(delivered(), SELLER, State.DELIVERED),
    Action.WITHDRAW_SETTLEMENT: Deed(proposed(SELLER), SELLER, State.DELIVERED),
    Action.ACCEPT_SETTLEMENT: Deed(proposed(SELLER), BUYER, State.SETTLED, "split_escrow"),
    Action.ASSIGN: Deed(disputed(), MEDIATOR, State.DISPUTED),
    Action.ADD_STATEMENT: Deed(disputed(), SELLER, State.DISPUTED),
    Action.RESOLVE: Deed(disputed(), MEDIATOR, State.COMPLETED, "credit_wallet"),
}
EACH = pytest.mark.parametrize("action", Action)


def test_every_action_is_here() -> None:
    assert set(Action) == set(DEEDS)


async def is_done(case: Case, action: Action) -> None:
    """Asserts that the action, sent by hand and as it should be, is carried out next."""
    deed, known = DEEDS[action], len(case.journal)
    await case.by_hand(action, deed.who, **said(case.order, action, deed.who))
    event = (await case.entries(known + 1))[-1]
    assert (action, True, deed.who) == (event.action, event.accepted, event.actor), event
    assert (EVENT_OF_ACTION[action], deed.state) == (event.event, event.state)
    assert deed.does == event.does
    assert [] == case.database.broken
    if deed.state.is_final:
        assert deed.state == (await case.handle.result()).kind
    else:
        await case.rests()
        await case.is_well()


def strangers(who: Actor) -> list[Actor]:
    """Those who are not who they say: somebody unknown, and the parties in another's part."""
    others = [who.model_copy(update={"id": "eve"})] if who is not MEDIATOR else []
    others += [party.model_copy(update={"role": who.role}) for party in (BUYER, SELLER)]
    return [one for one in others if one != who]


JUNK: list[Any] = [True, {"a": 1}, "\x00"]
NOTHING: Json = {"actor": {"id": {}, "role": []}}


@EACH
async def test_a_signal_by_hand_is_carried_out_after_those_of_strangers_and_junk_are_refused(
    action: Action, stage: Stage
) -> None:
    case = await stage.order(DEEDS[action].example, in_wallet=1_000)
    before, who = case.order, DEEDS[action].who
    proper = said(before, action, who)
    foreign = strangers(who)
    for stranger in foreign:
        await case.by_hand(action, stranger, **proper)
    junk = [{name: one} for name in FIELDS[action].model_fields for one in JUNK]
    for wrong in junk:
        await case.by_hand(action, who, **{**proper, **wrong})
    await case.handle.signal(action.value, NOTHING)
    expected = [Code.FORBIDDEN] * len(foreign) + [Code.INVALID_REQUEST] * (len(junk) + 1)
    assert expected == [event.code for event in await case.entries(len(expected))]
    assert before == case.order
    await is_done(case, action)


WRONG: dict[str, tuple[Action, Json]] = {
    "an offer for nothing": (Action.MAKE_OFFER, {"price": {"amount": 0, "currency": "EUR"}}),
    "an offer below zero": (Action.MAKE_OFFER, {"price": {"amount": -5, "currency": "EUR"}}),
    "an offer of a fraction": (Action.MAKE_OFFER, {"price": {"amount": 0.5, "currency": "EUR"}}),
    "an offer of all there is": (
        Action.MAKE_OFFER,
        {"price": {"amount": 10**30, "currency": "EUR"}},
    ),
    "an offer in dollars": (Action.MAKE_OFFER, {"price": {"amount": 5, "currency": "USD"}}),
    "an offer in no currency": (Action.MAKE_OFFER, {"price": {"amount": 5, "currency": "XXX"}}),
    "an offer for ever": (Action.MAKE_OFFER, {"delivery_time": "P999999999D"}),
    "an offer at once": (Action.MAKE_OFFER, {"delivery_time": "PT0S"}),
    "a settlement for nothing": (
        Action.PROPOSE_SETTLEMENT,
        {"refund": {"amount": 0, "currency": "EUR"}},
    ),
    "a settlement of everything": (
        Action.PROPOSE_SETTLEMENT,
        {"refund": {"amount": 2000, "currency": "EUR"}},
    ),
    "a settlement in dollars": (
        Action.PROPOSE_SETTLEMENT,
        {"refund": {"amount": 5, "currency": "USD"}},
    ),
}


@pytest.mark.parametrize("action", dict.fromkeys(action for action, _ in WRONG.values()))
async def test_money_and_time_that_cannot_be_meant_are_refused(
    action: Action, stage: Stage
) -> None:
    case = await stage.order(DEEDS[action].example)
    who = DEEDS[action].who
    sent = {name: fields for name, (wrong, fields) in WRONG.items() if wrong is action}
    for fields in sent.values():
        await case.by_hand(action, who, **{**said(case.order, action, who), **fields})
    codes = [event.code for event in await case.entries(len(sent))]
    assert dict.fromkeys(sent, Code.INVALID_REQUEST) == dict(zip(sent, codes, strict=True))
    await is_done(case, action)


NAMELESS = [Action.WITHDRAW_OFFER, Action.DECLINE_OFFER, Action.ACCEPT_OFFER]
NAMELESS += [Action.WITHDRAW_SETTLEMENT, Action.ACCEPT_SETTLEMENT]


NAMED = {
    "": Code.INVALID_REQUEST,
    "another": Code.ACTION_NOT_ALLOWED,
    "x" * 100: Code.ACTION_NOT_ALLOWED,
    "é": Code.ACTION_NOT_ALLOWED,
}


@pytest.mark.parametrize("action", NAMELESS)
async def test_an_offer_or_a_proposal_has_to_be_named(action: Action, stage: Stage) -> None:
    case = await stage.order(DEEDS[action].example, in_wallet=1_000)
    (field,) = FIELDS[action].model_fields
    for named in NAMED:
        await case.by_hand(action, DEEDS[action].who, **{field: named})
    codes = [event.code for event in await case.entries(len(NAMED))]
    assert dict(zip(NAMED, codes, strict=True)) == NAMED
    await is_done(case, action)


async def test_nobody_signs_their_own_proposal(stage: Stage) -> None:
    case = await stage.order(proposed(SELLER))
    event = await case.does(Action.ACCEPT_SETTLEMENT, SELLER, settlement_id="a-proposal")
    assert Code.ACTION_NOT_ALLOWED == event.code
    assert (0, 0) == (case.buyer_got, case.seller_got)
    await is_done(case, Action.ACCEPT_SETTLEMENT)


async def test_a_signed_settlement_shares_the_money_out(stage: Stage) -> None:
    case = await stage.order(proposed(SELLER))
    await is_done(case, Action.ACCEPT_SETTLEMENT)
    assert (500, 1200) == (case.buyer_got, case.seller_got)


async def test_a_proposal_signed_twice_at_once_is_paid_out_once(unmanned: Stage) -> None:
    case = await unmanned.order(proposed(SELLER))
    for _ in range(3):
        await case.by_hand(Action.ACCEPT_SETTLEMENT, BUYER, settlement_id="a-proposal")
    async with unmanned.working():
        await case.handle.result()
    assert ["accept_settlement", "!accept_settlement", "!accept_settlement"] == case.told
    assert (500, 1200) == (case.buyer_got, case.seller_got)


async def test_a_settlement_in_a_dispute_needs_no_mediator(stage: Stage) -> None:
    case = await stage.order(disputed())
    await case.by_hand(Action.PROPOSE_SETTLEMENT, BUYER, refund={"amount": 800, "currency": "EUR"})
    await case.entries(1)
    (proposal,) = case.order.settlements
    await case.by_hand(Action.ACCEPT_SETTLEMENT, SELLER, settlement_id=proposal.id)
    assert State.SETTLED == (await case.handle.result()).kind
    assert (800, 960) == (case.buyer_got, case.seller_got)
    assert case.order.dispute is not None
    assert None is not case.order.dispute.closed_at


@pytest.mark.parametrize("request_id", ["an id: of words", "é" * 100], ids=["words", "long"])
async def test_an_offer_by_hand_may_have_any_id(request_id: str, unmanned: Stage) -> None:
    """An operator may have typed it; what the offer costs is booked under it."""
    case = await unmanned.order(delivered(), in_wallet=1_000)
    fields = said(case.order, Action.MAKE_OFFER, SELLER)
    await case.by_hand(Action.MAKE_OFFER, SELLER, request_id=request_id, **fields)
    await case.by_hand(Action.ACCEPT_OFFER, BUYER, offer_id=request_id)
    async with unmanned.working():
        await unmanned.database.until(lambda: len(case.journal) == 2 or bool(case.database.broken))
    assert [] == case.database.broken
