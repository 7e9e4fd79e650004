"""Whoever has a case, had it, or could take it is told what is theirs, and what is not."""

import pytest

from domain.actions import Assign, Release
from domain.order import Actor, Order
from domain.vocabulary import Action, Role
from tests.texts.story import (
    BUYER,
    MEDIATOR,
    OPERATOR,
    OTHER_MEDIATOR,
    REFUSAL,
    SELLER,
    Deed,
    Scene,
    Story,
    follow,
    placing,
)
from texts.catalogue import Language

DISPUTED: tuple[Deed, ...] = (*REFUSAL, (BUYER, Action.OPEN_DISPUTE))
TAKEN: tuple[Deed, ...] = (*DISPUTED, (MEDIATOR, Action.ASSIGN))
TO_MILO: Deed = (OPERATOR, Action.ASSIGN, Assign(mediator_id="milo"))
TO_MONA: Deed = (OPERATOR, Action.ASSIGN, Assign(mediator_id="mona"))
YOURS = {
    Language.EN: "The case is yours: €20.00 is in dispute.",
    Language.FR: "Le dossier est à vous\u00a0: le litige porte sur 20,00\u00a0€.",
}
GONE = {
    Language.EN: "The case over €20.00 is no longer yours: another mediator has it now.",
    Language.FR: "Le dossier portant sur 20,00\u00a0€ n’est plus le vôtre\u00a0: un autre"
    " médiateur l’a maintenant.",
}


def last(*deeds: Deed) -> Scene:
    """The last of these acts on a new order."""
    return follow(placing().after, *deeds)[-1]


def overdue(order: Order) -> Scene:
    """What silence does to a case that somebody has, after the reminder."""
    reminded = Story(order).wait()
    assert reminded is not None
    passed = reminded[0].wait()
    assert passed is not None
    return passed[1]


@pytest.mark.parametrize("language", Language)
def test_a_case_that_is_handed_over_is_its_new_mediators_alone(language: Language) -> None:
    scene = last(*TAKEN, TO_MILO)
    assert {BUYER, SELLER, MEDIATOR, OTHER_MEDIATOR} == set(scene.readers)
    said = {reader: scene.told(reader, language).paragraphs for reader in scene.readers}
    assert said[OTHER_MEDIATOR][0] == YOURS[language]
    assert said[MEDIATOR][0] == GONE[language]
    for reader, paragraphs in said.items():
        assert (YOURS[language] in paragraphs) is (reader == OTHER_MEDIATOR)


def test_who_had_the_case_is_not_asked_to_rule() -> None:
    scene = last(*TAKEN, TO_MILO)
    had, has = (
        " ".join(scene.told(reader, Language.EN).paragraphs)
        for reader in (MEDIATOR, OTHER_MEDIATOR)
    )
    assert "Hear both sides, then rule" in has
    assert "Hear both sides, then rule" not in had
    assert "You can take the case" not in had
    assert "There is nothing that you need to do." in had


def test_handed_to_who_has_it_nobody_is_told_of_another() -> None:
    scene = last(*TAKEN, TO_MONA)
    assert {BUYER, SELLER, MEDIATOR} == set(scene.readers)
    assert scene.told(BUYER, Language.EN).paragraphs[0] == "A mediator has the case."
    assert scene.told(MEDIATOR, Language.EN).paragraphs[0] == YOURS[Language.EN]


def test_until_when_a_case_should_be_ruled_on_is_said_to_all() -> None:
    scene = last(*TAKEN)
    assert scene.after.deadline is not None
    for reader, who in ((BUYER, "The mediator should decide"), (MEDIATOR, "The case should be")):
        said = scene.told(reader, Language.EN, "UTC").paragraphs[-1]
        assert said.startswith(who)
        assert "on 30 November 2026" in said or "by 30 November 2026" in said


def test_the_next_mediator_reads_why_a_case_was_given_back() -> None:
    scene = last(*TAKEN, (MEDIATOR, Action.RELEASE, Release(reason="I know one of them.")))
    assert {MEDIATOR, OTHER_MEDIATOR} < set(scene.readers)
    quoted = "Why it was given back: “I know one of them.”"
    for reader in scene.readers:
        there = quoted in scene.told(reader, Language.EN).paragraphs
        assert there is (reader.role is Role.MEDIATOR)
    said = " ".join(scene.told(OTHER_MEDIATOR, Language.EN).paragraphs)
    assert "You can take the case" in said


@pytest.mark.parametrize(
    ("reader", "first", "then"),
    [
        (MEDIATOR, "Your case over €20.00 has no ruling yet", "Hear both sides, then rule"),
        (OTHER_MEDIATOR, "A case over €20.00 has not been ruled on", "There is nothing"),
        (OPERATOR, "A case over €20.00 has not been ruled on", "hand it over to another"),
    ],
)
def test_a_ruling_that_is_late_is_told_to_each_as_it_concerns_them(
    reader: Actor, first: str, then: str
) -> None:
    told = overdue(last(*TAKEN).after).told(reader, Language.EN).paragraphs
    assert told[0].startswith(first)
    assert then in " ".join(told)
    assert "The case should be ruled on by" in told[-1]
