"""Reading a story file: every mistake is told with its line and with what is possible."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cli.stories.names import unknown_names
from cli.stories.story import OF_A_STEP, Story
from domain.text import validation_message

Place = tuple[str | int, ...]
"""The way to something in a document."""

_OF_TYPES = {
    "extra_forbidden": "is not known here",
    "missing": "is missing",
    "model_type": "must have parts, each in a line of its own: `name: value`",
    "dict_type": "must have parts, each in a line of its own: `name: value`",
    "list_type": "must be a list, each item in a line that begins with `-`",
    "string_type": "must be text",
}
DEPTH = 12
LARGEST = 1_000_000


class StoryError(Exception):
    """A story file cannot be played; its sentences name the lines."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def read_story(path: Path) -> Story:
    """Return the story of a file.

    Raises:
        StoryError: it cannot be read, or is no story.
    """
    lines: dict[Place, int] = {}
    try:
        document = _plain(_parsed(_text_of(path)), (), lines)
        story = Story.model_validate(_with_people(document, lines))
        wrong = list(unknown_names(story))
    except _Mistake as error:
        raise StoryError(f"{path}:{error.line}: {error}") from None
    except ValidationError as error:
        wrong = [_told(one) for one in error.errors(include_url=False)]
    if wrong:
        at = ((_line_of(place, lines), text) for place, text in wrong)
        raise StoryError(*(f"{path}:{line}: {text}" for line, text in sorted(set(at))))
    return story


class _Mistake(Exception):
    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise StoryError(f"{path}: is larger than {LARGEST:,} bytes.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise StoryError(f"{path}: cannot be read: {why}.") from None


def _parsed(text: str) -> yaml.Node:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _Mistake(line, f"no YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError):
        raise _Mistake(1, "no YAML that can be read") from None
    if node is None:
        raise _Mistake(1, "is empty; a story begins with `story:`")
    return node


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Any:
    """Return what a node says, and note at which line each part of it begins."""
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if len(place) > DEPTH:
        raise _Mistake(line, "is nested too deeply, or in itself")
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, place, lines))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, (*place, n), lines) for n, one in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    if node.tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int"):
        return yaml.safe_load(node.value)
    return node.value


def _pairs(
    node: yaml.MappingNode, place: Place, lines: dict[Place, int]
) -> Iterator[tuple[str, Any]]:
    seen = set()
    for key, value in node.value:
        line, name = key.start_mark.line + 1, str(key.value)
        if not isinstance(key, yaml.ScalarNode) or name in seen:
            raise _Mistake(line, f"`{name}` is there twice" if name in seen else "is no name")
        seen.add(name)
        lines[(*place, name)] = line
        yield name, _plain(value, (*place, name), lines)


def _with_people(document: Any, lines: Mapping[Place, int]) -> Any:
    """Return a document whose steps say who does what, where they were written `ana: accept`."""
    if not isinstance(document, Mapping) or not isinstance(document.get("people"), Mapping):
        return document
    for part, scene in enumerate(_listed(document.get("scenes"))):
        steps = _listed(scene.get("steps")) if isinstance(scene, Mapping) else []
        for number, step in enumerate(steps):
            if isinstance(step, Mapping):
                line = lines[("scenes", part, "steps", number)]
                steps[number] = _step(step, document["people"]) | {"line": line}
    return document


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _step(step: Mapping[str, Any], people: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: value for name, value in step.items() if name in OF_A_STEP}
    # Whoever is named first acts; a second person would be a field that no action has.
    who = next((name for name in step if name in people), None)
    rest = {name: value for name, value in step.items() if name not in OF_A_STEP and name != who}
    if who is not None:
        made |= {"who": who, "does": step[who]}
        return made | {"fields": rest}
    return made | rest


def _told(error: ErrorDetails) -> tuple[Place, str]:
    place = tuple(one for one in error["loc"] if one != "[key]")
    name = next((str(one) for one in reversed(place) if isinstance(one, str)), "the story")
    return place, f"{name}: {_words(error, place)}"


def _words(error: ErrorDetails, place: Place) -> str:
    if error["type"] == "extra_forbidden" and place[-3:-2] == ("steps",):
        return "is nobody of the story, and no word of a step"
    return _OF_TYPES.get(error["type"]) or validation_message(error)


def _line_of(place: Place, lines: Mapping[Place, int]) -> int:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)
