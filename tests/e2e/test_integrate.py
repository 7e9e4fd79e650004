"""The guide for who puts this under a marketplace: what it shows is done, from top to bottom."""

import asyncio
import re
import sys
import traceback
from code import InteractiveConsole
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from typer.main import get_group

from cli.main import app
from infra.settings import Settings
from tests.e2e.conftest import api_of, started

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^):#]+)?(?:#([^)]+))?\)")


@dataclass(frozen=True)
class Snippet:
    """A block of a guide, and the line on which its first line stands."""

    language: str
    text: str
    line: int


class Broken(Exception):
    """A snippet does not do what the guide shows; the message begins with file and line."""


def snippets(guide: Path, language: str) -> Iterator[Snippet]:
    """The blocks in this language, from top to bottom."""
    whole = guide.read_text(encoding="utf-8")
    for found in FENCE.finditer(whole):
        if found[1] == language:
            yield Snippet(found[1], found[2], whole.count("\n", 0, found.start(2)) + 1)


def follow(guide: Path) -> None:
    """Run every Python block in one namespace.

    Raises:
        Broken: one of them failed.
    """
    namespace: dict[str, Any] = {"__name__": "guide"}
    for snippet in snippets(guide, "python"):
        try:
            code = compile("\n" * (snippet.line - 1) + snippet.text, str(guide), "exec")
            exec(code, namespace)  # noqa: S102 - the guide is a file of ours
        except Exception as error:
            raise Broken(f"{guide.name}:{_line(error, guide)}: {error!r}") from error


def _line(error: Exception, guide: Path) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    # The block's own line: what it calls may stand further up in the guide.
    return next(frame.lineno for frame in frames if frame.filename == str(guide))


@pytest.fixture
def guide(repository: Path) -> Path:
    """The guide."""
    return repository / "docs/integrate.md"


async def test_everything_in_it_happens(
    guide: Path, passable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = tmp_path / "shop.yaml"
    (told,) = snippets(guide, "yaml")
    story.write_text(told.text, encoding="utf-8")
    stack = started(
        passable / "integrated", options=("--test-clock",), webhook_allow_private="true"
    )
    async with stack as up, api_of(up) as api:
        await up.ready(api)
        monkeypatch.setenv("SEQUESTRE_URL", up.stack.api_url)
        monkeypatch.setenv("SEQUESTRE_JWT_SECRET", (up.data_dir / "secret").read_text())
        await asyncio.to_thread(follow, guide)
        for words in (("play", str(story)), ("check",)):
            code, printed = await up.command(*words)
            assert code == 0, printed


@pytest.mark.parametrize(
    "broken", ["assert x == 2", "raise KeyError(x)", "1 +", "twice(None)", "nobody"]
)
def test_a_snippet_that_fails_is_told_by_its_line(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "guide.md"
    working = "# A guide\n\n```python\nx = 1\ndef twice(y): return y * 2.0\n```\n\nThen:\n"
    file.write_text(f"{working}\n```python\ny = x\n{broken}\n```\n", encoding="utf-8")
    with pytest.raises(Broken, match=re.escape(f"{file.name}:12: ")):
        follow(file)


def test_it_can_be_pasted_into_an_interpreter(guide: Path) -> None:
    for snippet in snippets(guide, "python"):
        console = Reading()
        for line in [*snippet.text.splitlines(), ""]:
            console.push(line)
        assert console.wrong == [], f"{guide.name}:{snippet.line}"


class Reading(InteractiveConsole):
    """Takes lines as an interpreter does, where an empty one ends a block, and does nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[object] = []

    def runcode(self, code: CodeType) -> None:
        """Leave it at that."""

    def showsyntaxerror(self, *_: object, **__: object) -> None:
        """Note that something cannot be read."""
        self.wrong.append(sys.exc_info()[1])


def test_every_setting_in_it_exists(guide: Path) -> None:
    named = set(re.findall(r"SEQUESTRE_[A-Z_]+", guide.read_text(encoding="utf-8")))
    settings = {f"SEQUESTRE_{name.upper()}" for name in Settings.model_fields}
    assert {"SEQUESTRE_URL"} == named - settings
    # The product's commands end where they find a variable that is no setting.
    shown = "".join(snippet.text for snippet in snippets(guide, "sh"))
    assert "export " not in shown


def test_every_command_in_it_exists(guide: Path, repository: Path) -> None:
    shown = guide.read_text(encoding="utf-8")
    commands = set(re.findall(r"\bsequestre ([a-z][a-z-]*)", shown))
    targets = set(re.findall(r"\bmake ([a-z]+)", "\n".join(_code(shown))))
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    assert {"up", "play", "check", "migrate", "api", "worker"} <= commands
    assert {"setup", "up"} <= targets
    assert set() == commands - set(get_group(app).commands)
    assert set() == targets - set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def _code(shown: str) -> Iterator[str]:
    yield from (block for _, block in FENCE.findall(shown))
    yield from re.findall(r"`([^`\n]+)`", FENCE.sub("", shown))


def test_its_links_lead_somewhere(guide: Path) -> None:
    links = LINK.findall(FENCE.sub("", guide.read_text(encoding="utf-8")))
    assert ("backup.md", "no-number-twice") in links
    assert [(page, anchor) for page, anchor in links if not _leads(guide, page, anchor)] == []


def _leads(guide: Path, page: str, anchor: str) -> bool:
    file = guide.parent / page if page else guide
    if not file.is_file():
        return False
    headings = HEADING.findall(file.read_text(encoding="utf-8"))
    made = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
    return not anchor or anchor in made
