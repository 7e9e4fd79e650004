"""What is said of the limit for holding an order's money, to the one whom it concerns."""

import pytest

from domain.vocabulary import Action, Role, State
from tests.texts.scenes import held
from tests.texts.story import BUYER, LIMITED, SELLER, Scene, follow, placing
from tests.texts.test_previews import foreseen
from texts.catalogue import Language

LIMIT = "2 January 2027 at 11:00 (Europe/Paris), 10:00 UTC"
LATEST = "8 December 2026 at 11:00 (Europe/Paris), 10:00 UTC"


def event(name: str, state: State) -> Scene:
    """The last such event of the stories, of an order that was in this state before."""
    return [
        one for one in held() if one.event == name and one.before and one.before.state is state
    ][-1]


def test_operators_are_told_by_when_it_has_to_move_on_and_what_they_can_do() -> None:
    said = event("order.holding_reminder", State.IN_PROGRESS).told(Role.OPERATOR, Language.EN)
    assert said.title == "Money has to leave escrow soon: “A logo for your shop”"
    assert said.paragraphs[0] == (
        f"The €27.55 in escrow can be held until {LIMIT}. For all that may still follow to end by"
        f" then, the order has to move on from where it stands by {LATEST}."
    )
    assert "or cancel the order, and the buyer gets back €27.55" in said.paragraphs[1]


def test_of_a_case_they_are_told_to_see_to_a_ruling() -> None:
    said = event("order.holding_reminder", State.DISPUTED).told(Role.OPERATOR, Language.EN)
    assert any("a mediator takes the case" in one for one in said.paragraphs)


def test_at_the_limit_both_sides_are_told_that_nobody_is_paid_for_it() -> None:
    opened = event("order.dispute_opened", State.IN_PROGRESS)
    for role in (Role.BUYER, Role.SELLER):
        said = opened.told(role, Language.EN).paragraphs[0]
        assert said.startswith(f"The money could be held until {LIMIT}, and the order had not")
        assert "a mediator decides who gets it" in said
    for role in (Role.MEDIATOR, Role.OPERATOR):
        assert (
            "The €27.55 in escrow could be held until"
            in (opened.told(role, Language.EN).paragraphs[0])
        )


def test_a_case_at_the_limit_is_told_to_those_who_can_decide_it() -> None:
    reached = event("order.holding_limit_reached", State.DISPUTED)
    assert {Role.MEDIATOR, Role.OPERATOR} == {one.role for one in reached.readers}
    said = reached.told(Role.OPERATOR, Language.FR)
    assert said.title.startswith("L’argent ne peut plus être gardé")
    assert "personne n’a tranché" in said.paragraphs[0]


def notes_of(action: Action, language: Language = Language.EN) -> list[str]:
    """What is said before an action that promises more work."""
    order = placing(policy=LIMITED).after
    way = (
        (SELLER, Action.ACCEPT),
        (SELLER, Action.MAKE_OFFER),
        (BUYER, Action.ACCEPT_OFFER),
        (BUYER, Action.BUY_EXTRA),
    )
    scenes = follow(order, *way)
    return foreseen(next(one for one in scenes if one.did and one.did.action is action), language)


@pytest.mark.parametrize("action", [Action.BUY_EXTRA, Action.ACCEPT_OFFER])
def test_before_more_work_it_is_said_until_when_that_may_be_due(action: Action) -> None:
    (said,) = [one for one in notes_of(action) if "work may be due by" in one]
    assert said.startswith(f"The money of this order can be held until {LIMIT}")
    assert LATEST in said
    assert "With this, it could be due as late as" in said


def test_who_makes_an_offer_is_told_that_it_may_come_to_be_too_late() -> None:
    (said,) = [one for one in notes_of(Action.MAKE_OFFER) if "work may be due by" in one]
    assert "can no longer be accepted when there is too little time left" in said
    (french,) = [one for one in notes_of(Action.MAKE_OFFER, Language.FR) if "doit donc" in one]
    assert "ne peut plus être acceptée quand il reste trop peu de temps" in french


def test_before_what_promises_no_work_nothing_is_said_of_it() -> None:
    assert not [one for one in notes_of(Action.ACCEPT) if "can be held until" in one]


def test_without_a_limit_nothing_is_said_of_it() -> None:
    for scene in follow(placing().after, (BUYER, Action.BUY_EXTRA)):
        assert not [one for one in foreseen(scene) if "can be held until" in one]


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.REVISION_REQUESTED])
def test_who_may_wait_is_told_until_when(state: State) -> None:
    name = {State.IN_PROGRESS: "order.late"}.get(state, "order.answer_overdue")
    said = " ".join(event(name, state).told(Role.BUYER, Language.EN).paragraphs)
    assert f"until {LIMIT}: a dispute then opens by itself" in said
    assert "nothing happens by itself" not in said
