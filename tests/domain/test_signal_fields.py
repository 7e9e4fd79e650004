"""What docs/operations.md says of each signal: written from the rules, complete, and up to date."""

from pathlib import Path

import pytest

from domain.actions import FIELDS
from domain.vocabulary import Action
from scripts.signal_fields import put_into, table

TABLE = table()


def row(action: Action) -> str:
    """The row of a signal."""
    (found,) = (line for line in TABLE.splitlines() if line.startswith(f"| `{action}` |"))
    return found


def test_the_page_in_the_repository_says_what_the_rules_say_now(repository: Path) -> None:
    page = (repository / "docs/operations.md").read_text(encoding="utf-8")
    assert put_into(page) == page, "docs/operations.md is out of date: run `make docs`"


def test_a_page_without_its_marks_is_not_written() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        put_into("# For operators\n")


@pytest.mark.parametrize("action", Action)
def test_each_signal_is_told_with_each_of_its_fields(action: Action) -> None:
    said = row(action).replace("*", "")
    assert [] == [name for name in FIELDS[action].model_fields if f"`{name}`: " not in said]


def test_an_operator_finds_what_to_type() -> None:
    assert "| `accept` | seller | – |" == row(Action.ACCEPT)
    assert "| seller, buyer, operator | *`reason`*: a text of up to 10,000" in row(Action.CANCEL)
    assert "`ground`: `vague` or `not_included` or" in row(Action.REFUSE_REVISION)
    assert "*`links`*: a list of up to 20 web addresses" in row(Action.DELIVER)
    assert "*`mediator_id`*: an id" in row(Action.ASSIGN)
    ruling = row(Action.RESOLVE)
    assert '`refund`: `{"amount": 2000, "currency": "EUR"}`, with `outcome` `split` alone' in ruling
    assert "`delivery_time`: a duration, such as `P3D`, with `outcome` `restart` alone" in ruling
