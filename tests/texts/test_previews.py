"""What somebody is told before they press a button, for every button in every state."""

import pytest

from domain.actions import BuyExtra, ProposeSettlement
from domain.command import Command
from domain.order import Order
from domain.order_texts import OrderTexts
from domain.rules import RULES
from domain.vocabulary import FINAL_STATES, Action, Role, State
from tests.texts.scenes import bought_late, scenes
from tests.texts.story import (
    BUYER,
    DAY,
    DELIVERY,
    HOUR,
    MEDIATOR,
    OPERATOR,
    REFUSAL,
    SELLER,
    Deed,
    Scene,
    euros,
    follow,
    placing,
)
from tests.texts.test_notices import in_paris
from texts.catalogue import Language
from texts.previews import completion_note, notes

STAYS = "The deadline of the order stays as it is."
CLOSE = (
    (Action.WITHDRAW_OFFER, Role.SELLER),
    (Action.DECLINE_OFFER, Role.BUYER),
    (Action.WITHDRAW_SETTLEMENT, Role.BUYER),
    (Action.WITHDRAW_SETTLEMENT, Role.SELLER),
)
"""What closes an offer or a proposal; before the seller has accepted there is none."""

PARTS = "€9.52 (€11.89 less a commission of €2.37)"


def acted() -> list[tuple[Scene, Command, Order]]:
    """Every scene in which somebody does something, with the act and the order before."""
    return [
        (scene, scene.did, scene.before)
        for scene in scenes()
        if scene.did is not None and scene.before is not None
        if isinstance(scene.did.action, Action)
    ]


def foreseen(scene: Scene, language: Language = Language.EN) -> list[str]:
    """The notes before what was done in the scene."""
    assert scene.did is not None
    assert scene.before is not None
    action, reader = Action(scene.did.action), scene.did.actor
    changed = (scene.before, scene.after)
    return notes(action, reader, *changed, scene.words, language, "Europe/Paris")


def before(*deeds: Deed) -> list[str]:
    """The notes before the last of these acts on a new order."""
    return foreseen(follow(placing().after, *deeds)[-1])


def test_every_action_in_every_state_has_notes_in_both_languages() -> None:
    seen: set[tuple[Action, Role, State]] = set()
    for scene, did, was in acted():
        seen.add((Action(did.action), did.actor.role, was.state))
        english, french = foreseen(scene), foreseen(scene, Language.FR)
        assert english, did.action
        assert len(english) == len(french), did.action
        assert not set(english) & set(french), did.action
        assert not any("%(" in said for said in (*english, *french))
    ruled = {(rule.action, rule.by, state) for rule in RULES for state in rule.states}
    nothing_open = {(action, role, State.PENDING) for action, role in CLOSE}
    assert seen == ruled - nothing_open


def test_the_deadline_that_would_run_is_told() -> None:
    for scene, did, was in acted():
        said, new, old = foreseen(scene), scene.after.deadline, was.deadline
        if new is not None:
            assert any(in_paris(new.at) in note for note in said), (did.action, said)
        kept = new is not None and old is not None and new.at == old.at
        assert (STAYS in said) is kept, (did.action, said)


def test_what_would_end_the_order_says_who_gets_what_and_that_it_is_final() -> None:
    ends = [(s, was, end) for s, _, was in acted() if (end := s.after.outcome) is not None]
    assert {outcome.kind for *_, outcome in ends} == set(FINAL_STATES)
    for scene, was, outcome in ends:
        said = " ".join(foreseen(scene))
        assert "cannot be undone" in said
        assert "completion rate" in said
        assert ("The dispute ends" in said) is (was.state is State.DISPUTED)
        for amount in (outcome.refunded, outcome.paid_to_seller, outcome.commission):
            assert amount == 0 or f"€{amount // 100}.{amount % 100:02}" in said


@pytest.mark.parametrize(
    ("deeds", "expected"),
    [
        (
            (*REFUSAL, (BUYER, Action.COMPLETE)),
            "The seller is paid €16.00 (€20.00 less a commission of €4.00), and nothing"
            " comes back to you.",
        ),
        (
            (*REFUSAL, (SELLER, Action.CANCEL)),
            "The order counts as cancelled in your completion rate, which decides how high your"
            " services are listed.",
        ),
        (
            ((SELLER, Action.CANCEL),),
            "The order does not count in your completion rate.",
        ),
        (
            ((SELLER, Action.ACCEPT), (OPERATOR, Action.CANCEL)),
            "The buyer gets back €20.00, all that they paid. The seller earns nothing.",
        ),
        (
            (*DELIVERY, (BUYER, Action.REQUEST_REVISION)),
            "The order no longer completes by itself on 30 November 2026 at 13:00 (Europe/Paris),"
            " 12:00 UTC.",
        ),
        (
            (*DELIVERY, (SELLER, Action.MAKE_OFFER)),
            "If the buyer accepts, the total becomes €25.45, and when the order completes you"
            " are paid €20.36 (€25.45 less a commission of €5.09).",
        ),
        (
            (*DELIVERY, (BUYER, Action.PROPOSE_SETTLEMENT)),
            f"If the seller accepts, you get back €8.11, and the seller receives {PARTS}.",
        ),
        (
            (*DELIVERY, (SELLER, Action.PROPOSE_SETTLEMENT), (BUYER, Action.BUY_EXTRA)),
            "Open proposals to share the money close, since they spoke of another total.",
        ),
        (
            (*REFUSAL, (SELLER, Action.MAKE_OFFER), (BUYER, Action.OPEN_DISPUTE)),
            "The open offer closes, and nothing is paid for it.",
        ),
        (
            (
                (SELLER, Action.ACCEPT),
                (BUYER, Action.REQUEST_CANCELLATION),
                (SELLER, Action.DELIVER),
            ),
            "The buyer’s wish to cancel closes with it.",
        ),
        (
            (*REFUSAL, (BUYER, Action.OPEN_DISPUTE), (MEDIATOR, Action.RESOLVE)),
            "The dispute ends with it.",
        ),
    ],
)
def test_a_button_tells_what_it_will_do(deeds: tuple[Deed, ...], expected: str) -> None:
    assert expected in before(*deeds)


def test_a_proposal_in_place_of_ones_own_says_so() -> None:
    replaces = "This one takes the place of your earlier proposal."
    propose = ProposeSettlement(refund=euros(500))
    mine: Deed = (BUYER, Action.PROPOSE_SETTLEMENT, propose)
    theirs: Deed = (SELLER, Action.PROPOSE_SETTLEMENT, propose)
    assert replaces in before(*DELIVERY, mine, mine)
    assert replaces not in before(*DELIVERY, mine)
    assert replaces not in before(*DELIVERY, theirs, mine)


def test_an_offer_that_is_paid_is_not_said_to_close_for_nothing() -> None:
    accept = before(*DELIVERY, (SELLER, Action.MAKE_OFFER), (BUYER, Action.ACCEPT_OFFER))
    assert not any("nothing is paid" in note for note in accept)
    assert any("€5.45 goes from your wallet into escrow" in note for note in accept)


def test_another_offer_is_promised_only_where_one_can_be_made() -> None:
    made: tuple[Deed, ...] = (*DELIVERY, (SELLER, Action.MAKE_OFFER))
    another = "You can make another offer afterwards."
    assert another in before(*made, (SELLER, Action.WITHDRAW_OFFER))
    asked: Deed = (BUYER, Action.REQUEST_REVISION)
    assert another not in before(*made, asked, (SELLER, Action.WITHDRAW_OFFER))


def test_the_second_refusal_to_cancel_says_that_it_opens_a_dispute() -> None:
    ask: Deed = (BUYER, Action.REQUEST_CANCELLATION)
    refuse: Deed = (SELLER, Action.REFUSE_CANCELLATION)
    accept: Deed = (SELLER, Action.ACCEPT)
    warned = "A second refusal before any delivery opens the dispute by itself."
    assert warned in before(accept, ask, refuse)
    assert "a dispute opens by itself" in before(accept, ask, refuse, ask, refuse)[0]
    again: tuple[Deed, ...] = (*REFUSAL[:3], (SELLER, Action.ACCEPT_REVISION), ask, refuse)
    assert warned not in before(*again)


def test_an_extra_bought_far_too_late_leaves_the_order_late() -> None:
    scene = bought_late(10 * DAY)[-1]
    assert scene.after.is_late
    assert isinstance(scene.did and scene.did.fields, BuyExtra)
    assert any("stays late" in note for note in foreseen(scene))


def test_an_extra_in_time_takes_the_buyers_right_to_cancel_a_late_order() -> None:
    scene = bought_late(HOUR)[-1]
    assert not scene.after.is_late
    assert any("no longer late" in note for note in foreseen(scene))


@pytest.mark.parametrize(
    ("before", "after", "english", "french"),
    [
        (None, None, "is not shown yet", "n’est pas encore affiché"),
        (None, 0.8, "shown from now on: 80%.", "désormais affiché\u00a0: 80\u00a0%."),
        (0.9, 0.8333, "fall from 90% to 83.33%,", "passerait de 90\u00a0% à 83,33\u00a0%"),
        (
            0.8333,
            0.8571,
            "rise from 83.33% to 85.71%.",
            "monterait de 83,33\u00a0% à 85,71\u00a0%.",
        ),
        (1.0, 1.0, "stay at 100%.", "resterait à 100\u00a0%."),
    ],
)
def test_the_completion_rate(
    before: float | None, after: float | None, english: str, french: str
) -> None:
    words = OrderTexts("", "", {}, seller_name="Ben")
    in_english = completion_note(before, after, words, Role.BUYER, Language.EN)
    in_french = completion_note(before, after, words, Role.BUYER, Language.FR)
    assert english in in_english
    assert in_english.startswith("Ben’s completion rate ")
    assert french in in_french
    assert in_french.startswith("Pour Ben, le taux de complétion ")
    own = completion_note(before, after, words, Role.SELLER, Language.EN)
    assert own.startswith("The seller’s completion rate ")
