"""The policy that an order is placed under: its defaults and their bounds."""

from datetime import timedelta

import pytest

from domain.policy import Policy
from domain.vocabulary import Action, TimerEffect
from tests.domain.acts import (
    decided,
)
from tests.domain.examples import (
    DAY,
    SELLER,
    revision_requested,
)

STRICT = Policy(decision_expiry=TimerEffect.OPEN_DISPUTE)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("acceptance_window", 2 * DAY),
        ("review_window", 7 * DAY),
        ("revision_answer_window", 2 * DAY),
        ("decision_window", 7 * DAY),
        ("assignment_window", 2 * DAY),
        ("cancellation_answer_window", 2 * DAY),
        ("offer_window", 7 * DAY),
    ],
)
def test_the_windows_are_by_default_as_long_as_people_expect(
    window: str, expected: timedelta
) -> None:
    assert expected == getattr(Policy(), window)


def test_an_order_from_before_has_no_target_for_rulings() -> None:
    assert Policy.model_validate({}).ruling_window is None


def test_silence_after_a_refused_revision_completes_the_order_by_default() -> None:
    assert TimerEffect.COMPLETE is Policy().decision_expiry


def test_a_policy_is_the_same_after_it_was_stored() -> None:
    stored = Policy.model_validate_json(STRICT.model_dump_json())
    assert STRICT == stored
    order = decided(revision_requested(policy=stored), Action.REFUSE_REVISION, SELLER, None)
    assert TimerEffect.OPEN_DISPUTE == (order.deadline and order.deadline.on_expiry)


@pytest.mark.parametrize(
    "wrong",
    [
        {"commission_bps": -1},
        {"commission_bps": 10_001},
        {"review_window": "P367D"},
        {"offer_window": "PT0S"},
        {"cancellation_answer_window": "48 hours"},
        {"decision_expiry": "cancel"},
    ],
)
def test_a_policy_outside_its_bounds_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Policy.model_validate(wrong)
