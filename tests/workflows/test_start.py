"""What a run begins with: in few bytes, and read back whole."""

import json

import pytest

from infra.payloads import DATA_CONVERTER
from tests.domain.examples import SITUATIONS, pending
from workflows.start import OrderStart


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_run_begins_with_the_order_that_was_written(situation: str) -> None:
    start = OrderStart(order=SITUATIONS[situation], generation=3, seen=("a",))
    assert start == OrderStart.model_validate_json(written(start))


def test_a_run_begins_without_what_is_not() -> None:
    said = json.loads(written(OrderStart(order=pending(), generation=3)))
    assert {"order_of_generation", "generation"} == set(said)
    assert None not in said["order_of_generation"].values()


def written(start: OrderStart) -> bytes:
    """What a run begins with, as Temporal keeps it."""
    (payload,) = DATA_CONVERTER.payload_converter.to_payloads([start])
    return payload.data
