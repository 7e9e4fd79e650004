"""Every entry of a journal is one line to each reader; every thing has a name in both languages."""

from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest

from domain.notices import EVENTS
from domain.order import Actor
from domain.payments import ChargebackState
from domain.vocabulary import (
    Action,
    Code,
    Count,
    Ground,
    LineKind,
    ProviderAct,
    Role,
    Ruling,
    State,
    Window,
)
from tests.texts.scenes import named, scenes
from tests.texts.story import BUYER, PEOPLE, SELLER, Scene
from texts import labels
from texts.catalogue import Language
from texts.formatter import Formatter
from texts.reader_context import NEWS, ReaderContext
from texts.telling import SOMETHING, TRIED, Deed, told, why

TABLES: list[tuple[dict[Any, str], Any]] = [
    (labels.STATES, State),
    (labels.ROLES, Role),
    (labels.GROUNDS, Ground),
    (labels.RULINGS, Ruling),
    (labels.WINDOWS, Window),
    (labels.LINES, LineKind),
    (labels.COUNTS, [*Count, None]),
    (labels.CHARGEBACKS, ChargebackState),
    (TRIED, [*Action, *ProviderAct]),
]


def deed_of(scene: Scene) -> Deed:
    """The journal's entry of a scene."""
    by = scene.did.actor.role if scene.did else Role.DEADLINE if scene.before else Role.BUYER
    action = scene.did.action if scene.did else "place"
    return Deed(action, scene.event, by, scene.after.state)


def read(scene: Scene, who: Actor, language: Language = Language.EN) -> ReaderContext:
    """Somebody who reads the order after a scene."""
    return ReaderContext(scene.after, scene.words, who, Formatter(language, "Europe/Paris"))


@pytest.mark.parametrize(("table", "kinds"), TABLES, ids=range(len(TABLES)))
def test_every_kind_has_a_name_of_its_own(table: dict[Any, str], kinds: type[StrEnum]) -> None:
    assert set(table) == set(kinds)
    for language in Language:
        assert len({Formatter(language, "UTC").say(one) for one in table.values()}) == len(table)


def test_what_is_overdue_is_called_so() -> None:
    called = {(one.after.state, one.after.overdue): labels.label_of(one.after) for one in scenes()}
    assert called[State.IN_PROGRESS, True] == "Late"
    assert called[State.IN_PROGRESS, False] == "In progress"
    assert called[State.REVISION_REQUESTED, True] == "Answer overdue"


def test_every_entry_of_a_journal_is_told_to_every_reader() -> None:
    seen = {scene.event for scene in scenes()}
    assert seen == set(EVENTS)
    for scene in scenes():
        for who in PEOPLE:
            lines = [told(deed_of(scene), read(scene, who, language)) for language in Language]
            assert SOMETHING not in lines
            assert NEWS not in lines
            assert lines[0] != lines[1]
            assert all("%" not in line and line.endswith(".") for line in lines)


def test_own_deeds_are_told_in_the_second_person_and_others_by_name() -> None:
    delivered = named(next(one for one in scenes() if one.event == "order.delivered"))
    entry = deed_of(delivered)
    assert told(entry, read(delivered, SELLER)) == "You delivered the work."
    assert told(entry, read(delivered, BUYER)) == "Émile delivered the work."
    assert told(entry, read(delivered, BUYER, Language.FR)) == "Émile a livré le travail."


@pytest.mark.parametrize("action", [*Action, "no_such_action"])
@pytest.mark.parametrize("by", [*Role, None])
def test_an_attempt_is_told_with_why_it_was_refused(action: str, by: Role | None) -> None:
    scene = scenes()[0]
    entry = Deed(action, None, by, State.PENDING, Code.ACTION_NOT_ALLOWED, "No offer is open.")
    for who in PEOPLE:
        english, french = (told(entry, read(scene, who, language)) for language in Language)
        assert "tried to" in english
        assert "sans effet" in french
        assert english.startswith("You") is (by is who.role and who in (BUYER, SELLER))
        assert "_" not in english + french
    assert why(entry, read(scene, BUYER)) == "No offer is open."
    assert why(replace(entry, code=None), read(scene, BUYER)) is None


def test_an_event_of_a_newer_release_is_told_too() -> None:
    entry = Deed("dance", "order.danced", Role.BUYER, State.PENDING)
    assert told(entry, read(scenes()[0], BUYER)) == SOMETHING
