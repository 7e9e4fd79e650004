"""What travels through Temporal, where operators can read it: no personal text."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.actions import FIELDS, STORED
from domain.command import Command
from domain.signals import read
from domain.vocabulary import Action, Ground
from tests.domain.acts import VALID, split
from tests.domain.examples import NOW

CANARY = "canary-7f3a"
PLAIN = st.text(st.characters(exclude_characters="\x00", exclude_categories=["C"]), max_size=40)
PERSONAL = st.builds(lambda before, after: before + CANARY + after, PLAIN, PLAIN)
LINKS = st.lists(st.just(f"https://files.example/{CANARY}"), max_size=3)
REFUNDS = st.fixed_dictionaries(
    {"amount": st.integers(1, 10_000_000_000), "currency": st.sampled_from(["EUR", "JPY"])}
)
DURATIONS = st.sampled_from(["PT1S", "P3D", "P7D"])


def ruling(outcome: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rulings of that outcome."""
    return st.fixed_dictionaries({"outcome": st.just(outcome), "reasons": PERSONAL, **more})


NOTHING: st.SearchStrategy[dict[str, Any]] = st.just({})
FIELDS_OF: dict[Action, st.SearchStrategy[dict[str, Any]]] = {
    Action.ACCEPT: NOTHING,
    Action.DELIVER: st.fixed_dictionaries({"message": PERSONAL}, optional={"links": LINKS}),
    Action.REQUEST_REVISION: st.fixed_dictionaries({"reason": PERSONAL}),
    Action.ACCEPT_REVISION: NOTHING,
    Action.REFUSE_REVISION: st.fixed_dictionaries(
        {"ground": st.sampled_from(Ground), "reason": PERSONAL}
    ),
    Action.COMPLETE: NOTHING,
    Action.OPEN_DISPUTE: st.fixed_dictionaries({"reason": PERSONAL}),
    Action.BUY_EXTRA: st.just({"extra_id": "express"}),
    Action.REQUEST_OFFER: st.fixed_dictionaries({"description": PERSONAL}),
    Action.MAKE_OFFER: st.fixed_dictionaries(
        {"title": PERSONAL, "price": REFUNDS, "delivery_time": DURATIONS},
        optional={"description": PERSONAL},
    ),
    Action.WITHDRAW_OFFER: st.just({"offer_id": "offer-1"}),
    Action.DECLINE_OFFER: st.just({"offer_id": "offer-1"}),
    Action.ACCEPT_OFFER: st.just({"offer_id": "offer-1"}),
    Action.REQUEST_CANCELLATION: st.fixed_dictionaries({"reason": PERSONAL}),
    Action.REFUSE_CANCELLATION: st.fixed_dictionaries({"reason": PERSONAL}),
    Action.CANCEL: st.fixed_dictionaries({}, optional={"reason": PERSONAL}),
    Action.PROPOSE_SETTLEMENT: st.fixed_dictionaries(
        {"refund": REFUNDS}, optional={"reason": PERSONAL}
    ),
    Action.WITHDRAW_SETTLEMENT: st.just({"settlement_id": "by-buyer"}),
    Action.ACCEPT_SETTLEMENT: st.just({"settlement_id": "by-buyer"}),
    Action.ADD_STATEMENT: st.fixed_dictionaries({"statement": PERSONAL}, optional={"links": LINKS}),
    Action.ASSIGN: st.one_of(NOTHING, st.just({"mediator_id": "milo"})),
    Action.RELEASE: st.fixed_dictionaries({"reason": PERSONAL}),
    Action.RESOLVE: st.one_of(
        ruling("refund"),
        ruling("pay_seller"),
        ruling("split", refund=REFUNDS),
        ruling("restart", delivery_time=DURATIONS),
    ),
}
IN_CLEAR = {
    Action.REFUSE_REVISION: {"ground"},
    Action.BUY_EXTRA: {"extra_id"},
    Action.MAKE_OFFER: {"price", "delivery_time"},
    Action.WITHDRAW_OFFER: {"offer_id"},
    Action.DECLINE_OFFER: {"offer_id"},
    Action.ACCEPT_OFFER: {"offer_id"},
    Action.PROPOSE_SETTLEMENT: {"refund"},
    Action.WITHDRAW_SETTLEMENT: {"settlement_id"},
    Action.ACCEPT_SETTLEMENT: {"settlement_id"},
    Action.ASSIGN: {"mediator_id"},
    Action.RESOLVE: {"outcome", "refund", "delivery_time"},
}


def test_the_fields_of_every_action_are_looked_at() -> None:
    assert set(Action) == set(FIELDS_OF)


@pytest.mark.parametrize("action", Action)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_nothing_that_people_wrote_is_on_the_wire(action: Action, data: st.DataObject) -> None:
    fields = FIELDS[action].model_validate(data.draw(FIELDS_OF[action]))
    assert CANARY not in json.dumps(fields.on_the_wire())


@pytest.mark.parametrize("action", Action)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_what_decides_is_on_the_wire(action: Action, data: st.DataObject) -> None:
    written = data.draw(FIELDS_OF[action])
    wire = FIELDS[action].model_validate(written).on_the_wire()
    clear = IN_CLEAR.get(action, set())
    expected = {name: value for name, value in written.items() if name in clear}
    assert expected == {name: value for name, value in wire.items() if value != STORED}


@pytest.mark.parametrize("action", Action)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_what_is_on_the_wire_decides_the_same(action: Action, data: st.DataObject) -> None:
    fields = FIELDS[action].model_validate(data.draw(FIELDS_OF[action]))
    signal = {**fields.on_the_wire(), "actor": {"id": "bea", "role": "buyer"}}
    act = read(action, json.loads(json.dumps(signal)), "request-1", NOW)
    assert isinstance(act, Command), act
    assert (action, fields.on_the_wire()) == (act.action, act.fields.on_the_wire())


def test_a_text_is_replaced_by_where_it_is_kept() -> None:
    assert {"message": STORED} == VALID[Action.DELIVER].on_the_wire()


def test_a_ruling_travels_as_json_values() -> None:
    assert {
        "outcome": "split",
        "refund": {"amount": 500, "currency": "EUR"},
        "reasons": STORED,
    } == split(500).on_the_wire()


def test_a_text_that_was_not_given_leaves_no_trace() -> None:
    assert {} == VALID[Action.CANCEL].on_the_wire()
