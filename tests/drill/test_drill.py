"""A short drill, as part of every run of the attacks; and each oracle is shown what is bad."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.drill.after import Outcome
from tests.drill.commands import Said
from tests.drill.drill import drilled
from tests.drill.first_stack import Rescued
from tests.drill.oracles import ORACLES
from tests.drill.report import report
from tests.drill.restoring import WAYS, Source

pytestmark = pytest.mark.timeout(1_200)

ORDERS = 6
SHORT = [way for way in WAYS if way.database is Source.IN_TIME or way.temporal is Source.NOTHING]

Drill = tuple[Rescued, list[tuple[Outcome, list[str]]]]


@pytest.fixture(scope="module")
async def drill(passable: Path) -> Drill:
    """A stack that was lost, and came back in two ways."""
    place = passable / "drill"
    place.mkdir()
    return await drilled(place, ORDERS, SHORT)


async def test_a_short_drill_finds_nothing_wrong(drill: Drill) -> None:
    rescued, played = drill
    assert [found for _, found in played] == [[] for _ in SHORT], "\n".join(report(*drill))
    for outcome, _ in played:
        assert outcome.back.books.open
        assert rescued.books.transfers - outcome.back.books.transfers
        assert outcome.back.lost.code == 1
    assert any(outcome.mended.orphans for outcome, _ in played)


def _end(outcome: Outcome, **changes: Any) -> Outcome:
    return replace(outcome, ended=replace(outcome.ended, **changes))


def _mended(outcome: Outcome, **changes: Any) -> Outcome:
    return replace(outcome, mended=replace(outcome.mended, **changes))


def _back(outcome: Outcome, **changes: Any) -> Outcome:
    return replace(outcome, back=replace(outcome.back, **changes))


def _lost(outcome: Outcome, change: Callable[[Any], None]) -> Outcome:
    document = outcome.back.lost.document
    change(document)
    return _back(outcome, lost=Said(outcome.back.lost.code, json.dumps(document)))


def _a_cent(outcome: Outcome) -> Outcome:
    return _end(outcome, books=replace(outcome.ended.books, inside=outcome.ended.books.inside + 1))


def _an_order_gone(outcome: Outcome) -> Outcome:
    (first, *_), books = outcome.back.books.orders, outcome.ended.books
    rest = {one: state for one, state in books.orders.items() if one != first}
    return _end(outcome, books=replace(books, orders=rest))


def _an_order_open(outcome: Outcome) -> Outcome:
    books = outcome.ended.books
    return _end(outcome, books=replace(books, orders={**books.orders, uuid4(): "delivered"}))


def _nothing_runs(outcome: Outcome) -> Outcome:
    return _mended(outcome, open={uuid4()})


def _an_orphan_runs(outcome: Outcome) -> Outcome:
    orphan = uuid4()
    ended = _end(outcome, running={orphan})
    return _mended(ended, orphans={orphan}, running={orphan, *outcome.mended.open})


def _more_to_repair(outcome: Outcome) -> Outcome:
    return _mended(outcome, repaired_again=Said(1, "✗ order"))


def _a_lost_order_unnamed(outcome: Outcome) -> Outcome:
    def forget(document: Any) -> None:
        document["orders"].remove(next(one for one in document["orders"] if one["now"] is None))

    return _lost(outcome, forget)


def _a_transfer_unnamed(outcome: Outcome) -> Outcome:
    return _lost(outcome, lambda document: document["transfers"].pop())


def _another_amount(outcome: Outcome) -> Outcome:
    def one_cent_more(document: Any) -> None:
        person = next(one for one in document["people"] if one["user_id"])
        person["amount"] += 1

    return _lost(outcome, one_cent_more)


def _an_id_twice(outcome: Outcome) -> Outcome:
    return replace(outcome, sent={**outcome.sent, "evt_1": {"this", "that"}})


def _not_noted(outcome: Outcome) -> Outcome:
    return _back(outcome, noted=Said(0, "nothing to apply"))


def _nobody_told(outcome: Outcome) -> Outcome:
    return _end(outcome, feed=[httpx.Response(200, json={"items": []})])


def _beyond_the_instant(outcome: Outcome) -> Outcome:
    books = outcome.back.books
    return _back(outcome, books=replace(books, transfers=frozenset[UUID]()))


BAD: dict[str, tuple[str, Callable[[Outcome], Outcome]]] = {
    "a cent too many": ("money", _a_cent),
    "an order gone": ("money", _an_order_gone),
    "an order that does not end": ("money", _an_order_open),
    "something in the books": ("money", lambda outcome: _end(outcome, wrong=["ended twice"])),
    "an open order without a workflow": ("workflows", _nothing_runs),
    "an orphan that runs": ("workflows", _an_orphan_runs),
    "a second repair": ("workflows", _more_to_repair),
    "a lost order that is not named": ("losses", _a_lost_order_unnamed),
    "a lost transfer that is not named": ("losses", _a_transfer_unnamed),
    "another amount": ("losses", _another_amount),
    "an id for two things": ("ids", _an_id_twice),
    "a restore that was not noted": ("ids", _not_noted),
    "a cursor that leads on": ("ids", _nobody_told),
    "another instant": ("instants", _beyond_the_instant),
}


@pytest.mark.parametrize("bad", BAD)
async def test_an_oracle_sees_what_is_bad(bad: str, drill: Drill) -> None:
    name, spoil = BAD[bad]
    rescued, played = drill
    outcome = next(one for one, _ in played if one.way.database is Source.IN_TIME)
    assert list(ORACLES[name](rescued, spoil(outcome)))
