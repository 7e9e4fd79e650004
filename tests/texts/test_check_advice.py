"""What operators are advised of each check is what docs/operations.md says of it."""

import re
from pathlib import Path

import pytest

import texts
from db import audit
from texts.check_advice import BOOKS, OF_CHECKS, OF_KINDS, REPAIR, UNPROVED, advice_of

OPERATIONS = Path(texts.__file__).parents[1] / "docs" / "operations.md"


def documented(heading: str) -> dict[str, str]:
    """The checks of a table, with what stands in their last column."""
    _, _, rest = OPERATIONS.read_text().partition(f"{heading}\n")
    rows = [line for line in rest.split("\n\n")[0].splitlines() if line.startswith("| `")]
    cells = [row.strip("| ").split(" | ") for row in rows]
    return {name: one[-1] for one in cells for name in re.findall(r"`([\w-]+)`", one[0])}


APART = documented("| name | it says | do |")
OTHERS = documented("| name | what does not hold |")


def test_the_checks_of_which_something_else_is_to_be_done_have_words_of_their_own() -> None:
    assert set(APART) == set(OF_CHECKS)


def test_all_others_are_about_the_books() -> None:
    assert OTHERS
    assert {BOOKS} == {advice_of(one, "books") for one in OTHERS}
    assert set(audit.names()) <= {*APART, *OTHERS}


@pytest.mark.parametrize("check", ["not-compared", "no-worker", "unserved-build"])
def test_what_could_not_be_asked_needs_neither_time_nor_a_repair(check: str) -> None:
    for about in OF_KINDS:
        advice = advice_of(check, about)
        assert advice not in (BOOKS, REPAIR, UNPROVED)
        said = f"{advice.text} {advice.commands}"
        assert not re.search("--budget|repair", said), said


@pytest.mark.parametrize("check", [one for one, do in APART.items() if "`repair`" in do])
def test_what_a_repair_mends_is_said_to(check: str) -> None:
    assert "sequestre repair" in advice_of(check, "workflows").commands


@pytest.mark.parametrize("check", APART)
def test_commands_that_are_said_to_be_run_can_be_copied(check: str) -> None:
    advice = advice_of(check, "books")
    for said in re.findall(r"“(sequestre \w+)”", advice.text):
        near = [one for one in advice.commands if one.startswith(said)]
        assert near or said == "sequestre promote", said
