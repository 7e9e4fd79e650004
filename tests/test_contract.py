"""The tests' contract is whole, and says the same as the product."""

import json

import pytest

from domain.actions import FIELDS
from domain.rules import RULES
from domain.vocabulary import FINAL_STATES, Action, State
from tests.contract import BODIES, FINAL, MAY, PAIRS, UNCONDITIONAL, WAITS_FOR, Json, body_on

ORDER: Json = {
    "extras": [{"id": "an-extra"}],
    "offer": {"id": "an-offer"},
    "settlements": [{"id": "sellers", "by": "seller"}, {"id": "buyers", "by": "buyer"}],
}


def test_every_action_has_its_place_and_its_body() -> None:
    assert set(Action) == set(MAY) == set(BODIES)
    assert set(State) == {*FINAL, *WAITS_FOR}
    assert set(FINAL_STATES) == set(FINAL)


@pytest.mark.parametrize(("action", "role"), sorted(PAIRS | {(r.action, r.by) for r in RULES}))
def test_the_rules_let_a_role_act_in_the_states_of_the_contract(action: str, role: str) -> None:
    rules = [one for one in RULES if (one.action, one.by) == (action, role)]
    states = {state for one in rules for state in one.states}
    assert set(MAY[action].get(role, ())) == states
    assert ((action, role) in UNCONDITIONAL) == all(one.only is None for one in rules)


@pytest.mark.parametrize("action", Action)
def test_the_body_of_an_action_is_valid(action: Action) -> None:
    FIELDS[action].model_validate_json(json.dumps(BODIES[action]))


@pytest.mark.parametrize(
    ("role", "action", "named"),
    [
        ("buyer", "accept", None),
        ("buyer", "buy_extra", {"extra_id": "an-extra"}),
        ("seller", "withdraw_offer", {"offer_id": "an-offer"}),
        ("buyer", "accept_offer", {"offer_id": "an-offer"}),
        ("buyer", "withdraw_settlement", {"settlement_id": "buyers"}),
        ("buyer", "accept_settlement", {"settlement_id": "sellers"}),
        ("seller", "accept_settlement", {"settlement_id": "buyers"}),
        ("seller", "deliver", BODIES["deliver"]),
    ],
)
def test_a_body_names_what_the_order_shows(role: str, action: str, named: object) -> None:
    assert named == body_on(ORDER, role, action)
    nothing: Json = {"extras": [], "offer": None, "settlements": []}
    assert (BODIES[action] or None) == body_on(nothing, role, action)
