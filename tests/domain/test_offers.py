"""Custom offers: made, withdrawn, declined, accepted or lapsed, one at a time."""

import re
from datetime import datetime

import pytest

from domain.actions import AboutOffer, BuyExtra, MakeOffer
from domain.command import Command, Refusal, command
from domain.effects.offers import LONGEST_WORD
from domain.effects.purchases import hold, one_word
from domain.order import Actor, Line, Order
from domain.policy import Policy
from domain.rules import as_of, decide
from domain.timers import next_timer
from domain.vocabulary import Action, Code, LineKind, State
from tests.domain.acts import decided, euros, offered, paid, refused, silent, taken, why_not, wish
from tests.domain.examples import (
    BUYER,
    BUYERS_PROPOSAL,
    BUYERS_WALLET,
    DAY,
    ESCROW,
    HOUR,
    MICROSECOND,
    NOW,
    SECOND,
    SELLER,
    SELLERS_PROPOSAL,
    SERVICE,
    SOON,
    MakeOrder,
    answer_overdue,
    delivered,
    in_progress,
    late,
    offer,
    pending,
    revision_refused,
    revision_requested,
    runs_out,
)

IN_OFFER_STATES = pytest.mark.parametrize("state", [in_progress, late, delivered, revision_refused])
LONGEST_KEY, UUID_LENGTH = 300, 36
"""What the ledger takes as a key, and the length of an order's id in it."""

OFFER_LINE = Line(id="offer-1", kind=LineKind.OFFER, price=700, delivery_time=2 * DAY)


def accepted(order: Order) -> Order:
    """The order whose offer the buyer accepts at NOW."""
    return decided(order, Action.ACCEPT_OFFER, BUYER)


@IN_OFFER_STATES
def test_an_offer_is_open_for_the_order_s_own_window(state: MakeOrder) -> None:
    before = state(policy=Policy(offer_window=3 * DAY))
    after = decided(before, Action.MAKE_OFFER, SELLER, offered(700))
    expected = offer(id="request-1", made_at=NOW, lapses_at=NOW + 3 * DAY, remind_at=NOW + 2 * DAY)
    assert expected == after.offer
    assert (before.state, before.deadline) == (after.state, after.deadline)


def test_making_one_moves_no_money_and_leaves_proposals_open() -> None:
    before = delivered(settlements=(BUYERS_PROPOSAL, SELLERS_PROPOSAL))
    step = taken(decide(before, wish(Action.MAKE_OFFER, SELLER), NOW))
    assert ((), before.settlements) == (step.postings, step.order.settlements)
    assert before.total == step.order.total


def test_asking_for_one_changes_nothing_but_the_version() -> None:
    before = delivered()
    after = decided(before, Action.REQUEST_OFFER, BUYER)
    assert before == after.model_copy(update={"version": 7, "updated_at": before.updated_at})


def test_a_second_one_is_refused_while_one_is_open() -> None:
    refusal = why_not(delivered(offer=offer()), Action.MAKE_OFFER, SELLER)
    assert "action-not-allowed" == refusal.code
    assert "An offer is open already" in refusal.detail


@pytest.mark.parametrize(
    ("closed_by", "actor"), [(Action.WITHDRAW_OFFER, SELLER), (Action.DECLINE_OFFER, BUYER)]
)
def test_another_may_be_made_once_one_was_closed(closed_by: Action, actor: Actor) -> None:
    closed = decided(delivered(offer=offer()), closed_by, actor)
    assert closed.offer is None
    assert decided(closed, Action.MAKE_OFFER, SELLER).offer is not None


@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_it_is_in_the_order_s_currency(currency: str) -> None:
    price = euros(700).model_copy(update={"currency": currency})
    fields = MakeOffer(title="More", price=price, delivery_time=DAY)
    refusal = why_not(delivered(), Action.MAKE_OFFER, SELLER, fields)
    assert "invalid-request" == refusal.code
    assert "price: must be in the order's currency, EUR." == refusal.detail


@pytest.mark.parametrize(
    ("action", "actor"),
    [
        (Action.WITHDRAW_OFFER, SELLER),
        (Action.DECLINE_OFFER, BUYER),
        (Action.ACCEPT_OFFER, BUYER),
    ],
)
@pytest.mark.parametrize("named", ["offer-2", "Offer-1", "logo", "o1"])
def test_one_that_is_not_the_open_one_is_refused(action: Action, actor: Actor, named: str) -> None:
    fields = AboutOffer(offer_id=named)
    refusal = why_not(in_progress(offer=offer()), action, actor, fields)
    told = (refusal.code, refusal.detail)
    assert ("action-not-allowed", "This offer is no longer open; another one is.") == told


@pytest.mark.parametrize("state", [revision_requested, answer_overdue])
@pytest.mark.parametrize(
    ("closed_by", "actor"), [(Action.WITHDRAW_OFFER, SELLER), (Action.DECLINE_OFFER, BUYER)]
)
def test_while_a_revision_is_asked_for_it_can_be_closed_but_not_accepted(
    state: MakeOrder, closed_by: Action, actor: Actor
) -> None:
    order = state(offer=offer())
    assert "action-not-allowed" == why_not(order, Action.ACCEPT_OFFER, BUYER).code
    assert decided(order, closed_by, actor).offer is None


@IN_OFFER_STATES
def test_accepting_pays_it_into_escrow_as_a_line_of_its_own(state: MakeOrder) -> None:
    step = taken(decide(state(offer=offer()), wish(Action.ACCEPT_OFFER, BUYER), NOW))
    (posting,) = step.postings
    assert {BUYERS_WALLET: -700, ESCROW: 700} == paid(posting)
    assert ("order:o1:hold:offer-1", "hold") == (posting.key, posting.kind)
    assert (SERVICE, OFFER_LINE) == step.order.lines
    assert (2700, None) == (step.order.total, step.order.offer)


def test_in_progress_the_due_date_moves_by_its_delivery_time() -> None:
    after = accepted(in_progress(offer=offer()))
    assert State.IN_PROGRESS is after.state
    assert (SOON + 2 * DAY, SOON + 2 * DAY) == (after.due_at, runs_out(after))


def test_a_late_order_that_gets_time_again_is_not_late_any_more() -> None:
    after = accepted(late(offer=offer()))
    assert not after.is_late
    assert NOW - HOUR + 2 * DAY == after.due_at


def test_a_late_order_whose_new_due_date_has_passed_too_is_still_late() -> None:
    for gained in (SECOND, HOUR):
        after = accepted(late(offer=offer(delivery_time=gained)))
        assert after.is_late
        assert (NOW - HOUR + gained, None) == (after.due_at, next_timer(after))


@pytest.mark.parametrize("state", [delivered, revision_refused])
def test_after_a_delivery_the_work_starts_again_for_its_delivery_time(state: MakeOrder) -> None:
    after = accepted(state(offer=offer()))
    assert State.IN_PROGRESS is after.state
    assert (NOW + 2 * DAY, NOW + 2 * DAY) == (after.due_at, runs_out(after))
    assert after.deadline is not None
    assert ("delivery", "late") == (after.deadline.reason, after.deadline.on_expiry)


@pytest.mark.parametrize("state", [delivered, revision_refused])
def test_what_silence_would_have_done_before_is_done_no_more(state: MakeOrder) -> None:
    after = accepted(state(offer=offer()))
    assert State.IN_PROGRESS is as_of(after, SOON + 30 * DAY).state


@pytest.mark.parametrize(
    ("instant", "expected"),
    [(SOON - SECOND, True), (SOON, True), (SOON + MICROSECOND, False), (SOON + DAY, False)],
)
@pytest.mark.parametrize("state", [late, delivered, revision_refused])
def test_it_counts_if_accepted_at_or_before_the_instant_at_which_it_lapses(
    state: MakeOrder, instant: datetime, expected: bool
) -> None:
    order = as_of(state(offer=offer(), deadline=None), instant)
    verdict = decide(order, wish(Action.ACCEPT_OFFER, BUYER), instant + 3 * DAY)
    assert expected is not isinstance(verdict, Refusal)


def test_it_lapses_by_itself_and_nothing_else_changes() -> None:
    before = late(offer=offer(), settlements=(SELLERS_PROPOSAL,))
    step = silent(before, SOON + SECOND)
    after = {"version": 8, "updated_at": SOON + SECOND, "offer": None, "lapsed_offer": offer().id}
    assert (before.model_copy(update=after), ()) == (step.order, step.postings)


def naming_it(action: Action, who: Actor) -> Command:
    return command(action, who, SOON, AboutOffer(offer_id=offer().id), "another")


def test_who_names_a_lapsed_offer_is_told_that_it_is_too_late() -> None:
    lapsed = as_of(late(offer=offer()), SOON + SECOND)
    for order in (lapsed, decided(lapsed, Action.MAKE_OFFER, SELLER)):
        for action in (Action.ACCEPT_OFFER, Action.DECLINE_OFFER):
            verdict = decide(order, naming_it(action, BUYER), SOON)
            assert isinstance(verdict, Refusal)
            assert Code.DEADLINE_PASSED is verdict.code
    stranger = decide(lapsed, naming_it(Action.ACCEPT_OFFER, SELLER), SOON)
    assert isinstance(stranger, Refusal)
    assert Code.FORBIDDEN is stranger.code


def test_after_it_lapsed_another_may_be_made() -> None:
    lapsed = as_of(late(offer=offer()), SOON + SECOND)
    assert decided(lapsed, Action.MAKE_OFFER, SELLER).offer is not None


@pytest.mark.parametrize(
    "request_id",
    ["a:b", ":", "order:o1:end", "é", "a b", "100%", "%3A", "../..", "a\nb", "x" * 100],
)
def test_whatever_the_request_is_called_its_hold_has_one_key_of_one_word(request_id: str) -> None:
    made = taken(decide(delivered(), wish(Action.MAKE_OFFER, SELLER, None, None, request_id), NOW))
    fields = AboutOffer(offer_id=request_id)
    step = taken(decide(made.order, wish(Action.ACCEPT_OFFER, BUYER, fields), NOW))
    (posting,) = step.postings
    assert re.fullmatch(r"order:o1:hold:[^:]+", posting.key)


@pytest.mark.parametrize("character", ["x", "é", "/", "😀"])
def test_the_longest_request_id_is_refused_or_has_a_key_that_the_ledger_takes(
    character: str,
) -> None:
    longest = character * 100
    made = decide(delivered(), wish(Action.MAKE_OFFER, SELLER, None, None, longest), NOW)
    if isinstance(made, Refusal):
        assert "invalid-request" == made.code
        return
    command = wish(Action.ACCEPT_OFFER, BUYER, AboutOffer(offer_id=longest))
    (posting,) = taken(decide(made.order, command, NOW)).postings
    assert len(posting.key) - len("o1") + UUID_LENGTH <= LONGEST_KEY


@pytest.mark.parametrize(
    ("request_id", "why"),
    [
        ("logo", "request_id: must not be the id of something that the order has."),
        ("express", "request_id: must not be the id of something that the order has."),
        ("é" * 33 + "xyz", "request_id: is too long for the ledger."),
    ],
)
def test_a_request_id_that_cannot_name_an_offer_is_refused(request_id: str, why: str) -> None:
    made = decide(delivered(), wish(Action.MAKE_OFFER, SELLER, None, None, request_id), NOW)
    assert ("invalid-request", why) == (refused(made).code, refused(made).detail)


def test_the_longest_word_in_a_key_is_taken() -> None:
    longest = "é" * 33 + "xy"
    made = decide(delivered(), wish(Action.MAKE_OFFER, SELLER, None, None, longest), NOW)
    assert taken(made).order.offer is not None
    assert LONGEST_WORD == len(one_word(longest))


def test_a_word_in_a_key_keeps_letters_and_quotes_the_rest() -> None:
    assert "aX9-%2F%3A%20%C3%A9" == one_word("aX9-/: é")


def test_two_requests_never_have_the_same_key() -> None:
    ids = [":", "%3A", "%253A", "a b", "a+b", "a%20b", "a/b", "a%2Fb", "é", "%C3%A9", "e\u0301"]
    keys = {hold("o1", "bea", OFFER_LINE.model_copy(update={"id": one})).key for one in ids}
    assert len(ids) == len(keys)


@pytest.mark.parametrize("taken_id", ["logo", "express", "sources"])
@pytest.mark.parametrize("bought_first", [True, False])
def test_an_offer_called_like_another_line_is_paid_for_like_any_other(
    taken_id: str, bought_first: bool
) -> None:
    """A hold under a key that was used already is a replay to the ledger: nothing would be paid."""
    order, keys = (in_progress(), ["order:o1:hold:logo"])
    wishes = [
        wish(Action.MAKE_OFFER, SELLER, offered(500), None, taken_id),
        wish(Action.ACCEPT_OFFER, BUYER, AboutOffer(offer_id=taken_id)),
    ]
    extra = [
        wish(Action.BUY_EXTRA, BUYER, BuyExtra(extra_id=one)) for one in ("express", "sources")
    ]
    for asked in (*extra, *wishes) if bought_first else (*wishes, *extra):
        verdict = decide(order, asked, NOW)
        if not isinstance(verdict, Refusal):
            order = verdict.order
            keys += [posting.key for posting in verdict.postings]
    assert len(order.lines) == len(set(keys))
    assert {"express", "sources"} <= {
        line.id for line in order.lines if line.kind is LineKind.EXTRA
    }


def test_it_cannot_be_made_before_the_seller_has_accepted() -> None:
    assert "action-not-allowed" == why_not(pending(), Action.MAKE_OFFER, SELLER).code


def test_it_cannot_be_accepted_twice() -> None:
    once = accepted(in_progress(offer=offer()))
    assert "action-not-allowed" == why_not(once, Action.ACCEPT_OFFER, BUYER).code


def test_bought_offers_and_extras_count_together() -> None:
    both = accepted(decided(in_progress(offer=offer()), Action.BUY_EXTRA, BUYER))
    assert (SOON + 3 * DAY, 3200) == (both.due_at, both.total)


def test_an_extra_bought_meanwhile_leaves_it_open() -> None:
    assert offer() == decided(in_progress(offer=offer()), Action.BUY_EXTRA, BUYER).offer


@pytest.mark.parametrize(
    ("order", "action", "actor"),
    [
        (in_progress, Action.DELIVER, SELLER),
        (delivered, Action.REQUEST_REVISION, BUYER),
        (revision_requested, Action.ACCEPT_REVISION, SELLER),
        (revision_requested, Action.REFUSE_REVISION, SELLER),
    ],
)
def test_it_stays_open_while_the_work_goes_its_way(
    order: MakeOrder, action: Action, actor: Actor
) -> None:
    assert offer() == decided(order(offer=offer()), action, actor).offer
