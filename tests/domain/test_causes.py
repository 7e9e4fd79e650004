"""What a signal says of its cause is for logs and traces: nothing there is in its way."""

from typing import Any

import pytest

from domain.cause import Cause, cause_in, cause_of
from domain.command import Command
from domain.rules import decide
from domain.signals import read
from domain.step import record_of_command
from domain.vocabulary import Action
from tests.domain.examples import BUYER, NOW, delivered

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"
WISH = {"actor": BUYER.model_dump(mode="json")}


@pytest.mark.parametrize("said", [{"call": "an-id"}, {"traceparent": TRACE}, {}])
def test_a_cause_goes_from_the_signal_to_what_is_written(said: dict[str, str]) -> None:
    command = read(Action.COMPLETE, {**WISH, "cause": said}, "request", NOW)
    assert isinstance(command, Command)
    record = record_of_command(delivered(), command, decide(delivered(), command, NOW))
    assert Cause(**said) == record.cause


@pytest.mark.parametrize(
    "said",
    [
        *(None, 7, "text", [], {"call": ""}, {"call": "two words"}, {"call": "a" * 129}),
        *({"call": "line\n"}, {"traceparent": TRACE.upper()}, {"traceparent": f"{TRACE}-more"}),
        {"traceparent": f"ff{TRACE[2:]}"},
    ],
)
def test_what_makes_no_cause_is_none_and_the_signal_counts(said: Any) -> None:
    assert None is cause_of(said)
    assert None is cause_in(said)
    command = read(Action.COMPLETE, {**WISH, "cause": said}, "request", NOW)
    assert isinstance(command, Command)
    assert None is command.cause
