"""The answer to a step is written without what is as it is by default, and read back whole."""

from datetime import timedelta

from pydantic_core import to_json

from domain.step import Changed

WAIT = timedelta(seconds=2)


def test_an_answer_has_what_is_another() -> None:
    assert b'{"status":"recorded","changes":{}}' == to_json(Changed(status="recorded", changes={}))


def test_an_answer_is_read_back_as_it_was() -> None:
    for answer in (
        Changed(status="recorded", changes={"version": 8}),
        Changed(status="too_early", changes={}, wait=WAIT),
        Changed(status="deferred", changes={}, requests=({"request_id": "r"},), generation=2),
    ):
        assert answer == Changed.model_validate_json(to_json(answer))
