"""The head of an order's page: where it stands, whose move it is, what comes by itself."""

import pytest

from domain.vocabulary import Action, State
from tests.texts.scenes import named, scenes
from tests.texts.story import (
    BUYER,
    MEDIATOR,
    OPERATOR,
    OTHER_MEDIATOR,
    PEOPLE,
    REFUSAL,
    SELLER,
    Scene,
    follow,
    placing,
    refused,
)
from tests.texts.test_telling import read
from texts.advice import advice
from texts.catalogue import Language
from texts.headline import expiry, headline, move
from texts.reader_context import NEWS

SHAPES = {
    (one.after.state, one.after.overdue, one.after.cancellation_request is not None)
    for one in scenes()
}


def latest(state: State, *, overdue: bool = False, asked: bool = False) -> Scene:
    """An order in such a state."""
    return named(
        next(
            one
            for one in reversed(scenes())
            if (one.after.state, one.after.overdue) == (state, overdue)
            and (one.after.cancellation_request is not None) is asked
        )
    )


def test_every_shape_of_an_order_has_a_headline_for_everybody() -> None:
    assert {state for state, _, _ in SHAPES} == set(State)
    for scene in scenes():
        for who in (*PEOPLE, OTHER_MEDIATOR):
            english, french = (
                (headline(context), expiry(context), advice(context))
                for context in (read(scene, who, language) for language in Language)
            )
            assert english[0] != french[0]
            assert NEWS not in str(english)
            assert "%(" not in str((english, french))
            assert (english[1] is None) is scene.after.state.is_final
            assert len(english[2]) == len(french[2]) <= 3


def test_a_refused_revision() -> None:
    scene = named(refused())
    buyer, seller = (read(scene, who) for who in (BUYER, SELLER))
    assert headline(buyer) == "Émile refused the revision. It is for you to choose."
    assert headline(seller) == "You refused the revision. It is for Ana to choose."
    assert (move(buyer), move(seller), move(read(scene, OPERATOR))) == ("you", "them", "them")
    assert expiry(buyer) == (
        "If you do nothing by then, the order completes by itself and Émile receives €16.00."
    )
    french = read(scene, BUYER, Language.FR)
    assert headline(french) == "Émile a refusé la retouche. À vous de choisir."
    assert expiry(french) == (
        "Si vous ne faites rien d’ici là, la commande se termine d’elle-même et Émile reçoit"
        " 16,00\u00a0€."
    )


def test_the_seller_is_told_to_wait_to_explain_and_what_cancelling_costs() -> None:
    wait, explain, cost = advice(read(refused(), SELLER))
    assert "please wait" in wait
    assert "calm" in explain
    assert "€20.00" in cost
    assert "completion rate" in cost


def test_the_buyer_is_told_their_two_ways_and_the_day() -> None:
    complete, dispute, day = advice(read(refused(), BUYER))
    assert complete.startswith("Complete the order:")
    assert dispute.startswith("Open a dispute")
    assert "30 November 2026 at 11:00" in day


@pytest.mark.parametrize(
    ("state", "overdue", "buyer", "seller"),
    [
        (State.PENDING, False, "them", "you"),
        (State.IN_PROGRESS, False, "them", "you"),
        (State.IN_PROGRESS, True, "you", "you"),
        (State.DELIVERED, False, "you", "them"),
        (State.REVISION_REQUESTED, False, "them", "you"),
        (State.REVISION_REQUESTED, True, "you", "you"),
        (State.REVISION_REFUSED, False, "you", "them"),
        (State.DISPUTED, False, "them", "them"),
        (State.COMPLETED, False, "nobody", "nobody"),
        (State.CANCELLED, False, "nobody", "nobody"),
        (State.SETTLED, False, "nobody", "nobody"),
    ],
)
def test_whose_move_it_is(state: State, overdue: bool, buyer: str, seller: str) -> None:
    scene = latest(state, overdue=overdue)
    assert (move(read(scene, BUYER)), move(read(scene, SELLER))) == (buyer, seller)


def test_a_case_is_for_its_mediator_to_rule_and_a_free_one_for_any() -> None:
    *_, free = follow(placing().after, *REFUSAL, (BUYER, Action.OPEN_DISPUTE))
    *_, taken = follow(free.after, (MEDIATOR, Action.ASSIGN))
    moves = [move(read(free, who)) for who in (MEDIATOR, OTHER_MEDIATOR, OPERATOR)]
    assert moves == ["you", "you", "them"]
    moves = [move(read(taken, who)) for who in (MEDIATOR, OTHER_MEDIATOR, OPERATOR)]
    assert moves == ["you", "them", "them"]
    assert headline(read(taken, MEDIATOR)) == "This case is yours. It is for you to rule."


def test_what_is_late_or_disputed_is_advised_on_and_what_is_plain_is_not() -> None:
    late = latest(State.IN_PROGRESS, overdue=True)
    assert "cancel on your own" in advice(read(late, BUYER))[-1]
    assert "Please deliver" in advice(read(late, SELLER))[0]
    for role in (BUYER, SELLER):
        assert len(advice(read(latest(State.DISPUTED), role))) == 3
        assert advice(read(latest(State.DELIVERED), role)) == []
    assert advice(read(late, MEDIATOR)) == []


def test_a_wish_to_cancel_takes_the_head_of_the_page() -> None:
    asked = latest(State.IN_PROGRESS, asked=True)
    assert "cancel" in headline(read(asked, BUYER))
    assert "cancel" not in headline(read(latest(State.IN_PROGRESS), BUYER))
