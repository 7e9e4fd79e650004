"""What a story, the API or a mail says is printed as it is: it forges no line and moves nothing."""

import base64
from collections import Counter
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.demo.balance_sheet import balance_sheet
from cli.demo.fake_servers import FakeMailbox, Marketplace
from cli.main import app
from cli.stories.narration import Narrator
from cli.stories.story import Step, Story
from cli.stories.world import Refused
from cli.terminal import Terminal

HOSTILE = "[bold]ana[/] :fish: [/nothing \x1b[2J\u202e"
FORGED = f"{HOSTILE}\nforged"
AS_IT_IS = "[bold]ana[/] :fish: [/nothing \\x1b[2J\\u202e"


@pytest.fixture
def terminal() -> Terminal:
    """One that keeps what is printed, with the signs by which a terminal is told of styles."""
    return Terminal(file=StringIO(), width=1_000, force_terminal=True, color_system=None)


def printed(terminal: Terminal) -> list[str]:
    """What stands on it, line by line."""
    assert isinstance(terminal.file, StringIO)
    return terminal.file.getvalue().splitlines()


def is_sound(lines: list[str], times: int) -> None:
    """Asserts that the words were printed so often, and did nothing."""
    whole = "\n".join(lines)
    assert whole.count(AS_IT_IS) == times
    assert not {"\x1b", "\u202e"} & set(whole)
    assert [line for line in lines if line.startswith("forged")] == []


def an_order() -> dict[str, Any]:
    """As the API gives it, where that is told."""
    deadline = {"at": "2026-11-30T09:00:00Z", "consequence": FORGED}
    return {"state": "in_progress", "deadline": deadline}


def test_a_story_is_told_as_it_is(terminal: Terminal) -> None:
    narrator = Narrator(terminal, {"ana": FORGED})
    step = Step(who="ana", does="accept", says=FORGED)
    narrator.scene(FORGED)
    narrator.looks(step, {"money": [], "state": FORGED, "notes": [FORGED]})
    narrator.refused(step, Refused({"detail": FORGED}))
    narrator.differs(3, FORGED)
    narrator.step(step, an_order(), {"ana": Counter({"EUR": 500})})
    is_sound(printed(terminal), 1 + 3 + 3 + 1 + 4)


def test_spaces_at_which_no_line_is_broken_are_spaces(terminal: Terminal) -> None:
    narrator = Narrator(terminal, {})
    narrator.differs(3, "CHF\u00a020.00")
    assert printed(terminal) == ["  line 3: CHF 20.00"]


def test_the_balance_sheet_calls_people_as_they_are_called(terminal: Terminal) -> None:
    scene = {"scene": "One", "steps": [{"who": "ana", "does": "accept"}]}
    people = {"ana": {"name": FORGED}}
    story = Story.model_validate({"story": "x", "people": people, "scenes": [scene]})
    balance_sheet(terminal, story, {"ana": Counter(), FORGED: Counter()}, Counter())
    is_sound(printed(terminal), 2)


async def test_mails_and_webhooks_are_told_as_they_are(terminal: Terminal) -> None:
    subject = base64.b64encode(HOSTILE.encode()).decode()
    content = f"Subject: =?utf-8?B?{subject}?=\r\n\r\n".encode()
    envelope = SimpleNamespace(content=content, rcpt_tos=[FORGED])
    await FakeMailbox(say=terminal.say).handle_DATA(None, None, envelope)
    marketplace = Marketplace(say=terminal.say, secret="whsec_c2VjcmV0")
    marketplace._judge(b"{}", {})
    is_sound(printed(terminal)[:1], 2)
    assert "webhook refused" in printed(terminal)[1]


def test_each_mistake_of_a_story_has_its_line(tmp_path: Any) -> None:
    file = tmp_path / "none.yaml"
    file.write_text('"a\\nforged\\e[2J": {}\nstory: x\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["play", str(file)])
    lines = result.output.splitlines()
    assert result.exit_code == 2
    assert len(lines) >= 3
    assert [line for line in lines if not line.startswith(f"sequestre: {file}:")] == []
    assert "\x1b" not in result.output
