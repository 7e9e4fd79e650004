"""The fields of the actions: what each needs, and that nothing unknown is taken."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.actions import FIELDS
from domain.vocabulary import Action

NONE_NEEDED = {"accept", "accept_revision", "complete", "assign"}
ONE_CENT = {"amount": 1, "currency": "EUR"}


def test_every_action_has_its_fields() -> None:
    assert set(Action) == set(FIELDS)


@pytest.mark.parametrize("action", sorted(NONE_NEEDED | {"cancel"}))
def test_an_action_that_needs_nothing_takes_nothing(action: str) -> None:
    assert {} == FIELDS[Action(action)]().model_dump(exclude_none=True)


@pytest.mark.parametrize("action", Action)
def test_an_unknown_field_is_refused(action: Action) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        FIELDS[action].model_validate({"colour": "red"})


@pytest.mark.parametrize(
    ("action", "missing"),
    [
        ("deliver", {"message"}),
        ("request_revision", {"reason"}),
        ("refuse_revision", {"ground", "reason"}),
        ("open_dispute", {"reason"}),
        ("buy_extra", {"extra_id"}),
        ("request_offer", {"description"}),
        ("make_offer", {"title", "price", "delivery_time"}),
        ("withdraw_offer", {"offer_id"}),
        ("decline_offer", {"offer_id"}),
        ("accept_offer", {"offer_id"}),
        ("request_cancellation", {"reason"}),
        ("refuse_cancellation", {"reason"}),
        ("propose_settlement", {"refund"}),
        ("withdraw_settlement", {"settlement_id"}),
        ("accept_settlement", {"settlement_id"}),
        ("release", {"reason"}),
        ("add_statement", {"statement"}),
        ("resolve", {"outcome", "reasons"}),
    ],
)
def test_an_action_says_all_that_it_needs(action: str, missing: set[str]) -> None:
    with pytest.raises(ValidationError) as refusal:
        FIELDS[Action(action)].model_validate({})
    assert missing == {error["loc"][0] for error in refusal.value.errors()}


@pytest.mark.parametrize("ground", ["vague", "not_included", "out_of_scope", "other"])
def test_a_revision_is_refused_on_one_of_four_grounds(ground: str) -> None:
    model = FIELDS[Action.REFUSE_REVISION]
    fields = model.model_validate({"ground": ground, "reason": "Because."})
    assert {"ground": ground, "reason": "Because."} == fields.model_dump(mode="json")


def test_there_is_no_fifth_ground() -> None:
    with pytest.raises(ValidationError, match="ground"):
        FIELDS[Action.REFUSE_REVISION].model_validate({"ground": "bored", "reason": "Because."})


@pytest.mark.parametrize(
    "ruling",
    [
        {"outcome": "refund"},
        {"outcome": "pay_seller"},
        {"outcome": "split", "refund": ONE_CENT},
        {"outcome": "restart", "delivery_time": "P3D"},
    ],
)
def test_a_ruling_that_says_what_its_outcome_needs_is_taken(ruling: dict[str, Any]) -> None:
    fields = FIELDS[Action.RESOLVE].model_validate({**ruling, "reasons": "Because."})
    assert {**ruling, "reasons": "Because."} == fields.model_dump(mode="json", exclude_none=True)


@pytest.mark.parametrize(
    ("ruling", "why"),
    [
        ({"outcome": "split"}, "refund goes with the outcome split"),
        ({"outcome": "refund", "refund": ONE_CENT}, "refund goes with the outcome split"),
        ({"outcome": "pay_seller", "refund": ONE_CENT}, "refund goes with the outcome split"),
        ({"outcome": "restart"}, "delivery_time goes with the outcome restart"),
        ({"outcome": "refund", "delivery_time": "P3D"}, "delivery_time goes with"),
        ({"outcome": "split", "refund": {**ONE_CENT, "amount": 0}}, "greater than or equal to 1"),
        ({"outcome": "split", "refund": {**ONE_CENT, "amount": -5}}, "greater than or equal to 1"),
        ({"outcome": "split", "refund": {**ONE_CENT, "amount": "5"}}, "valid integer"),
        ({"outcome": "split", "refund": {**ONE_CENT, "amount": 1.5}}, "valid integer"),
        ({"outcome": "split", "refund": {**ONE_CENT, "amount": True}}, "valid integer"),
        ({"outcome": "split", "refund": 500}, "PositiveMoney"),
        ({"outcome": "half"}, "outcome"),
    ],
)
def test_a_ruling_that_does_not_fit_its_outcome_is_refused(
    ruling: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        FIELDS[Action.RESOLVE].model_validate({**ruling, "reasons": "Because."})


def test_the_schema_of_a_ruling_says_what_goes_with_which_outcome() -> None:
    split, restart = FIELDS[Action.RESOLVE].model_json_schema()["allOf"]
    assert {
        "if": {"properties": {"outcome": {"const": "split"}}, "required": ["outcome"]},
        "then": {"properties": {"refund": {"not": {"type": "null"}}}, "required": ["refund"]},
        "else": {"properties": {"refund": {"type": "null"}}},
    } == split
    assert {"const": "restart"} == restart["if"]["properties"]["outcome"]
    assert ["delivery_time"] == restart["then"]["required"]


MADE = {"title": "More", "price": ONE_CENT, "delivery_time": "P2D"}
LINK = "https://files.example/brief.pdf"


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("make_offer", MADE),
        ("make_offer", {**MADE, "description": "A letterhead too."}),
        ("propose_settlement", {"refund": ONE_CENT}),
        ("propose_settlement", {"refund": ONE_CENT, "reason": "Because."}),
        ("add_statement", {"statement": "It was blue.", "links": [LINK] * 20}),
        ("deliver", {"message": "Here.", "links": [LINK]}),
    ],
)
def test_what_may_be_said_besides_is_kept(action: str, said: dict[str, Any]) -> None:
    fields = FIELDS[Action(action)].model_validate(said)
    assert said == fields.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


@pytest.mark.parametrize(
    ("action", "wrong", "field"),
    [
        ("make_offer", {**MADE, "price": {**ONE_CENT, "amount": 0}}, "price"),
        ("make_offer", {**MADE, "price": {**ONE_CENT, "amount": -1}}, "price"),
        ("make_offer", {**MADE, "price": {**ONE_CENT, "amount": 10_000_000_001}}, "price"),
        ("make_offer", {**MADE, "price": {**ONE_CENT, "amount": 1.5}}, "price"),
        ("make_offer", {**MADE, "price": {**ONE_CENT, "amount": True}}, "price"),
        ("make_offer", {**MADE, "price": {**ONE_CENT, "currency": "xxx"}}, "price"),
        ("make_offer", {**MADE, "delivery_time": "PT0S"}, "delivery_time"),
        ("make_offer", {**MADE, "delivery_time": "-P1D"}, "delivery_time"),
        ("make_offer", {**MADE, "delivery_time": 86_400}, "delivery_time"),
        ("make_offer", {**MADE, "title": " "}, "title"),
        ("make_offer", {**MADE, "title": "x" * 201}, "title"),
        ("make_offer", {**MADE, "description": "nul \x00 inside"}, "description"),
        ("accept_offer", {"offer_id": ""}, "offer_id"),
        ("accept_offer", {"offer_id": 1}, "offer_id"),
        ("propose_settlement", {"refund": {**ONE_CENT, "amount": 0}}, "refund"),
        ("propose_settlement", {"refund": {**ONE_CENT, "amount": -1}}, "refund"),
        ("propose_settlement", {"refund": {**ONE_CENT, "amount": "1"}}, "refund"),
        ("propose_settlement", {"refund": 1}, "refund"),
        ("accept_settlement", {"settlement_id": "x" * 101}, "settlement_id"),
        ("request_cancellation", {"reason": "\n"}, "reason"),
        ("refuse_cancellation", {"reason": None}, "reason"),
        ("add_statement", {"statement": "It was.", "links": ["ftp://files.example"]}, "links"),
        ("add_statement", {"statement": "It was.", "links": [LINK] * 21}, "links"),
    ],
)
def test_what_cannot_be_meant_is_refused(action: str, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        FIELDS[Action(action)].model_validate(wrong)
    assert {field} == {error["loc"][0] for error in refusal.value.errors()}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("unseen", ["\u200b", "\u2060\ufeff", "\U000e0041", "\u2800 \u3164"])
def test_what_nobody_can_see_is_in_no_field(action: Action, unseen: str) -> None:
    model = FIELDS[action]
    for name in model.model_fields:
        value = [unseen] if name == "links" else unseen
        with pytest.raises(ValidationError) as refusal:
            model.model_validate({name: value})
        assert name in {error["loc"][0] for error in refusal.value.errors()}


@pytest.mark.parametrize(
    ("action", "name"), [("deliver", "message"), ("add_statement", "statement")]
)
def test_links_are_kept_in_the_form_in_which_they_were_understood(action: str, name: str) -> None:
    links = ["https:files.example/x", r"https:\\files.example\y", "https://files.example/a b"]
    fields = FIELDS[Action(action)].model_validate({name: "Here.", "links": links})
    kept = ["https://files.example/x", "https://files.example/y", "https://files.example/a%20b"]
    assert kept == fields.model_dump(mode="json")["links"]
