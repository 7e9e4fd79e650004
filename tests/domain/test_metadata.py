"""What a marketplace notes: changed by its names, within its limits."""

import pytest

from domain.metadata import MAX_KEYS, as_metadata, merged

FULL = {f"key-{number}": "v" for number in range(MAX_KEYS)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"a": "1", "b": "2"}),
        ({"a": "3"}, {"a": "3", "b": "2"}),
        ({"c": ""}, {"a": "1", "b": "2", "c": ""}),
        ({"a": None}, {"b": "2"}),
        ({"never": None}, {"a": "1", "b": "2"}),
        ({"a": None, "b": None}, {}),
        (None, {}),
    ],
    ids=str,
)
def test_what_is_named_is_changed(
    change: dict[str, str | None] | None, expected: dict[str, str]
) -> None:
    before = {"a": "1", "b": "2"}
    assert merged(before, change) == expected
    assert before == {"a": "1", "b": "2"}


def test_there_are_never_more_than_there_may_be() -> None:
    with pytest.raises(ValueError, match="would have 51 keys; there may be up to 50"):
        merged(FULL, {"one": "more"})
    assert len(merged(FULL, {"one": "more", "key-0": None})) == MAX_KEYS


@pytest.mark.parametrize("value", [None, [], "a", {"a": 1}, {"a": None}, {"a": {"b": "c"}}])
def test_what_is_no_metadata_is_not_taken_for_it(value: object) -> None:
    with pytest.raises(ValueError, match="metadata is an object of texts"):
        as_metadata(value)
