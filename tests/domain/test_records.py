"""What is written down of an act, a refusal and a silence."""

import pytest

from domain.command import Refusal
from domain.order import Order
from domain.rules import decide, expire
from domain.signals import record_of_unreadable, unreadable
from domain.step import ToRecord, record_of_command, record_of_expiry
from domain.timers import reminder_due
from domain.vocabulary import Action, Role
from tests.domain.acts import silent, wish
from tests.domain.examples import (
    BUYER,
    NOW,
    SECOND,
    SELLER,
    SOON,
    asked_to_cancel,
    delivered,
    in_progress,
    offer,
    pending,
    timer,
    wish_to_cancel,
)


def test_the_record_of_an_act_says_who_did_what_when_and_on_which_version() -> None:
    act = wish(Action.REQUEST_REVISION, BUYER)
    record = record_of_command(delivered(), act, decide(delivered(), act, NOW))
    assert ("o1", 7, None) == (record.order_id, record.expected_version, record.deadline_at)
    entry = record.entry
    assert ("request_revision", BUYER, "request-1") == (entry.action, entry.actor, entry.request_id)
    assert (NOW, {"reason": "Because."}) == (entry.received_at, entry.fields)


def test_the_record_of_an_act_leaves_out_what_was_not_said() -> None:
    act = wish(Action.CANCEL, SELLER)
    assert {} == record_of_command(delivered(), act, decide(delivered(), act, NOW)).entry.fields


def test_the_record_of_a_signal_that_makes_no_act_says_who_sent_what_and_why_not() -> None:
    left = unreadable("complete", BUYER, "request-1", NOW, "It cannot be read.")
    record = record_of_unreadable(delivered(), left)
    assert ("o1", 7, None) == (record.order_id, record.expected_version, record.deadline_at)
    assert (left.entry, left.refusal) == (record.entry, record.verdict)


def test_the_record_of_a_refusal_keeps_it() -> None:
    act = wish(Action.COMPLETE, SELLER)
    record = record_of_command(delivered(), act, decide(delivered(), act, NOW))
    assert isinstance(record.verdict, Refusal)
    assert "forbidden" == record.verdict.code


def test_the_record_of_a_silence_names_its_instant_and_nobody() -> None:
    order = pending()
    record = record_of_expiry(order, timer(order), silent(order, SOON + SECOND))
    assert (SOON, 7, "cancel") == (record.deadline_at, record.expected_version, record.entry.action)
    assert record.entry.actor is not None
    assert (None, Role.DEADLINE) == (record.entry.actor.id, record.entry.actor.role)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (in_progress(offer=offer(lapses_at=NOW)), "lapse_offer"),
        (
            asked_to_cancel(cancellation_request=wish_to_cancel(answer_by=NOW)),
            "leave_cancellation_unanswered",
        ),
    ],
)
def test_the_record_of_another_silence_names_the_instant_of_its_own(
    order: Order, expected: str
) -> None:
    record = record_of_expiry(order, timer(order), silent(order, NOW + SECOND))
    assert (NOW, expected) == (record.deadline_at, record.entry.action)


def test_the_record_of_a_reminder_names_when_it_was_to_go_out() -> None:
    order = asked_to_cancel(cancellation_request=wish_to_cancel(remind_at=NOW))
    due = reminder_due(order, NOW + SECOND)
    assert due is not None
    record = record_of_expiry(order, due, expire(order, due, NOW + SECOND))
    assert (NOW, "remind") == (record.deadline_at, record.entry.action)
    assert record == ToRecord.model_validate_json(record.model_dump_json())


@pytest.mark.parametrize("action", [Action.COMPLETE, Action.DELIVER])
def test_a_record_is_the_same_after_it_travelled(action: Action) -> None:
    act = wish(action, BUYER)
    record = record_of_command(delivered(), act, decide(delivered(), act, NOW))
    assert record == ToRecord.model_validate_json(record.model_dump_json())
