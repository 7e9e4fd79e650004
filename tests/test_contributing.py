"""What CONTRIBUTING says of a new action is whole, and true of this tree."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.notices import EVENT_OF_ACTION
from domain.vocabulary import Action

MOST = len(Action) - 4
"""A file that speaks of so many actions, or of what comes of them, is a table of them."""


@pytest.fixture(scope="module")
def section(repository: Path) -> str:
    """How an action is added."""
    whole = (repository / "CONTRIBUTING.md").read_text()
    return whole.partition("## To add an action")[2].partition("\n## ")[0]


def tables(repository: Path) -> Iterator[str]:
    """The modules that would need another entry."""
    words = [re.compile(rf"\b{one}\b", re.IGNORECASE) for one in Action]
    events = [re.compile(rf'"{event}"') for event in EVENT_OF_ACTION.values()]
    for file in sorted(repository.glob("*/**/*.py")):
        name = str(file.relative_to(repository))
        text = file.read_text() if not name.startswith((".", "build/")) else ""
        if max(sum(bool(one.search(text)) for one in some) for some in (words, events)) >= MOST:
            yield name


def test_every_table_of_actions_is_named(repository: Path, section: str) -> None:
    found = list(tables(repository))
    assert "domain/rules.py" in found
    assert [name for name in found if name not in section and Path(name).name not in section] == []


def test_what_is_named_is_there(repository: Path, section: str) -> None:
    named = re.findall(r"`(\w+(?:/\w+)*/(?:\w+\.py)?)`", section)
    assert "domain/vocabulary.py" in named
    assert [name for name in named if not (repository / name).exists()] == []


def test_every_file_that_a_page_names_is_there(repository: Path) -> None:
    pages = (*repository.glob("docs/**/*.md"), repository / "README.md")
    tops = {one.name for one in repository.iterdir() if one.is_dir()}
    named = {
        (str(page.relative_to(repository)), name)
        for page in pages
        for name in re.findall(r"`([a-z]+/[\w./-]*)`", page.read_text(encoding="utf-8"))
        if name.partition("/")[0] in tops
    }
    assert ("docs/guarantees.md", "tests/db/test_expiry.py") in named
    assert [one for one in sorted(named) if not (repository / one[1]).exists()] == []
