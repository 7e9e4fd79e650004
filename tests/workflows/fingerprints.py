"""Which commands led to each recorded history, written down apart from it.

`tests/histories/fingerprints.json` has them by the history's name. A workflow that gives other
commands fails at the replay of a history; a history that was exchanged for one of the changed
workflow would hide that, and fails at its fingerprint.
"""

import json
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from tests.workflows.commands import Commands, Given

HISTORIES = Path(__file__).parent.parent / "histories"
FILE = HISTORIES / "fingerprints.json"

WHAT_TO_DO = """\
Orders that are under way were begun with the commands that were recorded. Their replay would fail
under this workflow, and they would stand still. Keep the old way for them:

    if workflow.patched("pause-before-a-step"):
        await workflow.sleep(PAUSE)  # what orders do that get here from now on

An order that was here before goes past the `if`. When no order runs any more that was begun before
the release with this line, put `workflow.deprecate_patch("pause-before-a-step")` in the place of
the `if`, and take that out when none runs that was begun before this.

Record what orders do from now on beside the old history, which stays as long as such orders run:

    .venv/bin/python -m {recorder} {stories}
"""
RECORDER = "tests.record_histories"


def path_of(name: str) -> Path:
    """Where a history lies."""
    return HISTORIES / f"{name}.json"


def story_of(name: str) -> tuple[str, bool]:
    """The story that a history tells, and whether with the SDK's flag `SINGLE_BATCH`.

    >>> story_of("outage.single_batch.2")
    ('outage', True)
    """
    story, *more = name.split(".")
    return story, "single_batch" in more


def recorded() -> list[str]:
    """The names of the histories that are there."""
    return sorted(path.stem for path in HISTORIES.glob("*.json") if path != FILE)


def read(file: Path | None = None) -> dict[str, Commands]:
    """The commands of each history, as they were when it was recorded; orders' where no other file
    is named."""
    file = file or FILE
    if not file.exists():
        return {}
    known: dict[str, list[str]] = json.loads(file.read_text())
    return {name: tuple(commands) for name, commands in known.items()}


def write(fingerprints: dict[str, Commands], file: Path | None = None) -> None:
    """Writes them all down, a line each."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(fingerprints[name])}" for name in sorted(fingerprints)
    ]
    (file or FILE).write_text("{\n" + ",\n".join(lines) + "\n}\n")


def what_changed(
    before: Mapping[str, Commands], now: Mapping[str, Given], recorder: str = RECORDER
) -> str | None:
    """What is to be said of a workflow that gives other commands than these histories have."""
    found = {name: _changed(name, before[name], given) for name, given in now.items()}
    return _explained("The workflow's commands changed.", found, recorder)


def what_was_replaced(
    before: Mapping[str, Commands], histories: Mapping[str, Commands], recorder: str = RECORDER
) -> str | None:
    """What is to be said of histories that have other commands than their fingerprints."""
    found = {name: _replaced(name, before[name], now) for name, now in histories.items()}
    return _explained("A recorded history was replaced.", found, recorder)


def _changed(name: str, before: Commands, now: Given) -> str | None:
    difference = _first_difference(before, now.commands)
    if difference is None and now.failure is None:
        return None
    said = f" Temporal's SDK says: {now.failure}" if now.failure else ""
    return f"The story `{name}` differs {difference or 'in what is not counted here'}.{said}"


def _replaced(name: str, before: Commands, history: Commands) -> str | None:
    difference = _first_difference(before, history)
    back = f"Take the old one back: git checkout -- tests/histories/{name}.json"
    return difference and f"`{name}` differs from its fingerprint {difference}. {back}"


def _first_difference(before: Commands, now: Commands) -> str | None:
    for number, (old, new) in enumerate(zip_longest(before, now, fillvalue="nothing"), 1):
        if old != new:
            return f"at command {number} (before: {old}, now: {new})"
    return None


def _explained(what: str, found: Mapping[str, str | None], recorder: str) -> str | None:
    said = {name: text for name, text in found.items() if text is not None}
    stories = dict.fromkeys(name.rstrip("0123456789").rstrip(".") for name in said)
    advice = WHAT_TO_DO.format(recorder=recorder, stories=" ".join(stories))
    return "\n".join([what, "", *said.values(), "", advice]) if said else None
