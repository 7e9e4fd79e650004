"""Reading signals: whatever they hold, they make an act or a refusal, and never raise."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.command import Command
from domain.order import Actor
from domain.signals import CLOCKS_DIFFER, Unreadable, read, request_id_of
from domain.vocabulary import Action, Role
from tests.domain.acts import VALID
from tests.domain.examples import BUYER, HOUR, MEDIATOR, NOW

AS_BUYER = {"id": "bea", "role": "buyer"}
NAMES = st.sampled_from(
    (
        *("actor", "id", "role", "received_at", "request_id", "if_version", "fields", "action"),
        *("message", "links", "reason", "reasons", "ground", "extra_id", "outcome"),
        *("refund", "amount", "currency", "delivery_time", "price", "title", "description"),
        *("offer_id", "settlement_id", "statement"),
    )
)
ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Lone surrogates and NUL included: JSON can carry both."""

WORDS = st.sampled_from([*Role, *Action, "split", "EUR", "P3D", "2026-11-23T09:00:00Z"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.datetimes().map(str), ANY_TEXT, WORDS
)
JSON = st.recursive(
    SCALARS,
    lambda values: st.one_of(
        st.lists(values, max_size=4), st.dictionaries(NAMES | ANY_TEXT, values, max_size=6)
    ),
    max_leaves=12,
)


def message(action: Action, **changes: Any) -> dict[str, Any]:
    """A good signal of the action, by the buyer, as the API sends it."""
    return {
        **VALID[action].on_the_wire(),
        "actor": AS_BUYER,
        "request_id": "request-9",
        "received_at": "2026-11-23T09:00:00Z",
        **changes,
    }


def acted(given: Any, action: Action = Action.COMPLETE) -> Command:
    """The act that the signal makes."""
    result = read(action, given, "request-1", NOW)
    assert isinstance(result, Command), result
    return result


def unread(given: Any, action: Action = Action.COMPLETE) -> Unreadable:
    """What is left of a signal that makes no act."""
    result = read(action, given, "request-1", NOW)
    assert isinstance(result, Unreadable), result
    return result


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(Action), JSON)
def test_junk_of_any_kind_is_read_without_raising(action: Action, junk: Any) -> None:
    result = read(action, junk, "request-1", NOW)
    assert "request-1" == result.request_id
    assert result.received_at <= NOW + CLOCKS_DIFFER


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(Action), st.dictionaries(NAMES, JSON, max_size=4))
def test_a_good_signal_with_junk_in_it_is_read_without_raising(
    action: Action, junk: dict[str, Any]
) -> None:
    result = read(action, {**message(action), **junk}, "request-1", NOW)
    assert "request-1" == result.request_id
    assert result.received_at <= NOW + CLOCKS_DIFFER


@settings(deadline=None)
@given(JSON)
def test_a_request_id_is_a_text_or_none(junk: Any) -> None:
    found = request_id_of(junk)
    assert found is None or 0 < len(found) <= 100


@pytest.mark.parametrize("wrong", [None, 5, "", " ", "x" * 101, "a\x00b", ["r"], {"id": "r"}])
def test_an_unusable_request_id_is_none(wrong: object) -> None:
    assert request_id_of({"request_id": wrong}) is None


@pytest.mark.parametrize("forged", ["~", "~request-9"])
def test_a_request_id_that_looks_like_one_of_our_own_making_is_none(forged: str) -> None:
    assert request_id_of({"request_id": forged}) is None


def test_a_usable_request_id_is_taken() -> None:
    assert "request-9" == request_id_of(message(Action.COMPLETE))


@pytest.mark.parametrize("action", Action)
def test_what_the_api_sends_makes_the_act_that_was_meant(action: Action) -> None:
    act = acted(message(action), action)
    assert (action, BUYER, "request-1") == (act.action, act.actor, act.request_id)
    assert NOW - HOUR == act.received_at
    assert type(VALID[action]) is type(act.fields)


@pytest.mark.parametrize("action", Action)
def test_an_act_is_the_same_after_it_was_stored(action: Action) -> None:
    act = acted(message(action), action)
    assert act == Command.model_validate_json(act.model_dump_json())


def test_an_operator_may_leave_out_when_and_which() -> None:
    by_hand = {"actor": {"id": "olga", "role": "operator"}, "reason": "Asked by phone."}
    act = acted(by_hand, Action.CANCEL)
    assert (NOW, "request-1", None) == (act.received_at, act.request_id, act.if_version)


@pytest.mark.parametrize("ahead", [timedelta(microseconds=1), timedelta(minutes=5)])
def test_a_clock_may_be_ahead_by_up_to_five_minutes(ahead: timedelta) -> None:
    future = (NOW + ahead).isoformat()
    assert NOW + ahead == acted(message(Action.COMPLETE, received_at=future)).received_at


@pytest.mark.parametrize("ahead", [timedelta(minutes=5, microseconds=1), timedelta(days=1)])
def test_nobody_acts_from_the_future(ahead: timedelta) -> None:
    future = (NOW + ahead).isoformat()
    assert NOW == acted(message(Action.COMPLETE, received_at=future)).received_at


def test_the_instant_may_be_written_in_any_time_zone_and_is_kept_in_utc() -> None:
    at = acted(message(Action.COMPLETE, received_at="2026-11-23T10:30:00+01:00")).received_at
    assert (datetime(2026, 11, 23, 9, 30, tzinfo=UTC), UTC) == (at, at.tzinfo)


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock shows Tokyo's time."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


def test_the_instant_is_kept_in_utc_wherever_the_machine_stands(far_east: None) -> None:
    at = acted(message(Action.COMPLETE, received_at="2026-11-23T10:30:00+01:00")).received_at
    assert "2026-11-23T09:30:00+00:00" == at.isoformat()


@pytest.mark.parametrize(
    "unusable",
    [None, 0, True, "", "yesterday", "2026-11-23T09:00:00", "0001-01-01T00:00:00+14:00", [], {}],
)
def test_an_unusable_instant_counts_as_now(unusable: object) -> None:
    assert NOW == acted(message(Action.COMPLETE, received_at=unusable)).received_at


@pytest.mark.parametrize(
    "nobody",
    [
        None,
        "bea",
        [],
        {},
        {"id": "bea"},
        {"role": "buyer"},
        {"id": None, "role": "buyer"},
        {"id": "", "role": "buyer"},
        {"id": 5, "role": "buyer"},
        {"id": "bea", "role": "queen"},
        {"id": "bea", "role": "deadline"},
        {"id": None, "role": "deadline"},
    ],
)
def test_without_somebody_who_can_act_there_is_no_act(nobody: object) -> None:
    left = unread(message(Action.COMPLETE, actor=nobody))
    assert "invalid-request" == left.refusal.code
    why = "The signal does not say who acts: actor needs an id and a role."
    assert why == left.refusal.detail
    assert left.entry.actor is None


def test_what_is_left_of_a_signal_says_who_tried_what_and_when() -> None:
    left = unread(message(Action.DELIVER, message=""), Action.DELIVER)
    assert ("deliver", BUYER) == (left.entry.action, left.entry.actor)
    assert ("request-1", NOW - HOUR) == (left.entry.request_id, left.entry.received_at)


@pytest.mark.parametrize(
    ("action", "wrong", "field"),
    [
        (Action.DELIVER, {"message": 5}, "message"),
        (Action.REFUSE_REVISION, {"ground": "bored"}, "ground"),
        (Action.BUY_EXTRA, {"extra_id": "a\x00b"}, "extra_id"),
        (Action.RESOLVE, {"outcome": "split"}, "refund"),
        (Action.MAKE_OFFER, {"price": {"amount": -1, "currency": "EUR"}}, "price"),
        (Action.ACCEPT_OFFER, {"offer_id": None}, "offer_id"),
        (Action.PROPOSE_SETTLEMENT, {"refund": {"amount": 0, "currency": "EUR"}}, "refund"),
        (Action.ADD_STATEMENT, {"statement": [], "links": ()}, "statement"),
        (Action.COMPLETE, {"if_version": "seven"}, "if_version"),
    ],
)
def test_a_field_that_is_wrong_is_named(action: Action, wrong: dict[str, Any], field: str) -> None:
    left = unread(message(action, **wrong), action)
    assert "invalid-request" == left.refusal.code
    assert field in left.refusal.detail


def test_a_field_is_named_by_its_place_in_the_act() -> None:
    left = unread(message(Action.DELIVER, message=""), Action.DELIVER)
    assert left.refusal.detail.startswith("fields.message: ")
    left = unread(message(Action.RESOLVE, outcome="split"), Action.RESOLVE)
    assert "fields: refund goes with the outcome split, and only with it." == left.refusal.detail


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    left = unread(message(Action.REFUSE_REVISION, ground="my secret"), Action.REFUSE_REVISION)
    assert "secret" not in left.refusal.detail


def test_fields_of_other_actions_are_left_aside() -> None:
    act = acted(message(Action.COMPLETE, extra_id="express", reason="none needed"))
    assert {} == act.fields.model_dump()


def test_a_mediator_signs_as_a_mediator() -> None:
    as_mediator = {"id": "mona", "role": "mediator", "name": "Mona"}
    actor: Actor = acted(message(Action.ASSIGN, actor=as_mediator), Action.ASSIGN).actor
    assert MEDIATOR == actor


def test_what_is_left_of_a_hostile_signal_can_be_stored() -> None:
    """PostgreSQL takes no NUL: the step that records the refusal would be tried for ever."""
    refund = {"amount": 1, "currency": "EUR", "a\x00b": 1}
    hostile = message(Action.RESOLVE, outcome="split", refund=refund)
    assert "\x00" not in unread(hostile, Action.RESOLVE).refusal.detail


def test_what_is_left_of_a_huge_signal_is_small() -> None:
    refund = {"amount": 1, "currency": "EUR", "a" * 100_000: 1}
    huge = message(Action.RESOLVE, outcome="split", refund=refund)
    assert len(unread(huge, Action.RESOLVE).refusal.detail) < 1_000
