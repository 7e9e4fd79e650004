"""A story file is read whole, or every mistake in it is told with its line and what is possible."""

from datetime import timedelta
from pathlib import Path

import pytest

from cli.stories.document import StoryError, read_story
from cli.stories.names import fields_of
from cli.stories.story import DEEDS, PLACE
from domain.actions import FIELDS
from domain.money import Money

STORY = """\
story: A short one
people:
  ana: {}
  ben: {}
wallets: {ana: 145.00 EUR}
services:
  logo: {seller: ben, title: A logo, price: 20.00 EUR, delivery_time: 3 days}
scenes:
  - scene: One
    steps:
      - ana: place
        service: logo
        as: fish
      - ben: accept
      - after: 48 hours
        expect: {state: in_progress, money: {ana: -5.00 EUR}, orders: {fish: pending}}
"""


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The story with something else in it, in a file."""
    assert old in STORY
    file = tmp_path / "a.yaml"
    file.write_text(STORY.replace(old, new), encoding="utf-8")
    return file


def told(file: Path) -> str:
    """What is said about a file that is no story, without the file's name."""
    with pytest.raises(StoryError) as error:
        read_story(file)
    return str(error.value).replace(f"{file}:", "")


def test_a_story_is_read(tmp_path: Path) -> None:
    story = read_story(changed(tmp_path, "story", "story"))
    place, accept, wait = story.scenes[0].steps
    assert (place.who, place.does, place.service, place.named) == ("ana", "place", "logo", "fish")
    assert (accept.who, accept.does, accept.fields) == ("ben", "accept", {})
    assert timedelta(hours=48) == wait.after
    assert Money(amount=-500, currency="EUR") == wait.expect.money["ana"]
    assert [step.line for step in story.scenes[0].steps] == [11, 14, 15]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("story: A short one\n", "", 1, "story: is missing"),
        ("145.00 EUR", "145 EUR", 5, "ana: is no amount in EUR, such as 16.00 EUR"),
        ("145.00 EUR", "145.00 XYZ", 5, "ana: is no amount in XYZ"),
        ("145.00 EUR", "a lot", 5, "ana: must be an amount such as 16.00 EUR"),
        ("ana: 145.00", "eve: 145.00", 5, "`eve` is unknown here; there is ana, ben"),
        ("  ben: {}", "  ben: {}\n  escrow: {}", 5, "escrow: is a word of the story's own"),
        ("  ben: {}", "  ben: {role: king}", 4, "role: Input should be 'user', 'mediator' or"),
        ("  ben: {}", "  ben: {}\n  ben: {}", 5, "`ben` is there twice"),
        ("3 days}", "3 weeks}", 7, "delivery_time: must be an ISO 8601 duration"),
        ("ben: accept", "ben: acept", 14, "`acept` cannot be done; possible are place, accept"),
        ("ben: accept", "bob: accept", 14, "bob: is nobody of the story, and no word of a step"),
        ("ben: accept", "ben: accept\n        x: y", 15, "`x` is unknown here; there is nothing"),
        ("ben: accept", "ben: deliver\n        x: y", 15, "there is links, message"),
        (
            "ben: accept",
            "ben: accept\n        order: cat",
            15,
            "`cat` is unknown here; there is fish",
        ),
        ("ben: accept", "says: well", 14, "needs one person who does something"),
        ("after: 48 hours", "after: 48 hours\n        ben: accept", 15, "needs one person"),
        ("after: 48 hours", "after: soon", 15, "after: must be a length of time such as 7 days"),
        ("after: 48 hours", "after: 0 days", 15, "after: must be a length of time such as 7 days"),
        ("service: logo", "service: song", 12, "`song` is unknown here; there is logo"),
        ("        service: logo\n", "", 11, "`service` goes with `place`, and only with it"),
        ("fish: pending", "cat: pending", 16, "`cat` is unknown here; there is fish"),
        ("{ana: -5.00", "{eve: -5.00", 16, "`eve` is unknown here; there is ana, ben, escrow"),
        ("state: in_progress", "state: asleep", 16, "state: Input should be 'pending'"),
        ("state: in_progress", "staet: pending", 16, "staet: is not known here"),
        ("  - scene: One\n    steps:", "  - scene: One\n    step:", 9, "steps: is missing"),
        ("{seller: ben", "[seller: ben", 7, "no YAML: "),
        ("ana: {}", "ana: &a {x: *a}", 3, "is nested too deeply, or in itself"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    found = told(changed(tmp_path, old, new))
    assert any(one.startswith(f"{line}: ") and said in one for one in found.splitlines()), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = changed(tmp_path, "ben: accept", "ben: deliver\n        x: y\n        order: cat")
    assert len(told(file).splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"\xff\xfe", "it is not UTF-8"), (b"a" * 1_000_001, "is larger than")],
)
def test_a_file_that_holds_no_text_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(content)
    assert said in told(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file or directory" in told(tmp_path / "none.yaml")


def test_every_action_can_be_told() -> None:
    assert {PLACE, *FIELDS} == set(DEEDS)
    assert {"extra"} == fields_of("buy_extra")
    assert set() == fields_of("accept_offer")
    assert {"outcome", "refund", "delivery_time", "reasons"} == fields_of("resolve")
