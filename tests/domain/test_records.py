"""What is written down of an act, a refusal and a silence."""

import pytest

from domain.act import Refusal
from domain.rules import decide, expire
from domain.step import ToRecord, record_of_act, record_of_expiry
from domain.vocabulary import Action, Role
from tests.domain.acts import wish
from tests.domain.examples import BUYER, NOW, SECOND, SELLER, SOON, delivered, late, pending


def test_the_record_of_an_act_says_who_did_what_when_and_on_which_version() -> None:
    act = wish(Action.REQUEST_REVISION, BUYER)
    record = record_of_act(delivered(), act, decide(delivered(), act, NOW))
    assert ("o1", 7, None) == (record.order_id, record.expected_version, record.deadline_at)
    entry = record.entry
    assert ("request_revision", BUYER, "request-1") == (entry.action, entry.actor, entry.request_id)
    assert (NOW, {"reason": "Because."}) == (entry.received_at, entry.fields)


def test_the_record_of_a_refusal_keeps_it() -> None:
    act = wish(Action.COMPLETE, SELLER)
    record = record_of_act(delivered(), act, decide(delivered(), act, NOW))
    assert isinstance(record.verdict, Refusal)
    assert "forbidden" == record.verdict.code


def test_the_record_of_a_silence_names_its_instant_and_nobody() -> None:
    record = record_of_expiry(pending(), expire(pending(), SOON + SECOND))
    assert (SOON, 7, "cancel") == (record.deadline_at, record.expected_version, record.entry.action)
    assert record.entry.actor is not None
    assert (None, Role.DEADLINE) == (record.entry.actor.id, record.entry.actor.role)


def test_there_is_no_record_of_a_silence_without_a_deadline() -> None:
    step = expire(pending(), SOON + SECOND)
    with pytest.raises(ValueError, match="order o1 has no deadline"):
        record_of_expiry(late(), step)


@pytest.mark.parametrize("action", [Action.COMPLETE, Action.DELIVER])
def test_a_record_is_the_same_after_it_travelled(action: Action) -> None:
    act = wish(action, BUYER)
    record = record_of_act(delivered(), act, decide(delivered(), act, NOW))
    assert record == ToRecord.model_validate_json(record.model_dump_json())
