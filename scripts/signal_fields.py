"""Writes what each signal takes into docs/operations.md, from `FIELDS` and `RULES`:
`python -m scripts.signal_fields`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain.actions import FIELDS, Fields
from domain.rules import RULES
from domain.vocabulary import Action

PAGE = Path(__file__).parent.parent / "docs" / "operations.md"
BEGINS = "<!-- Written by `make docs` from domain/actions.py and domain/rules.py. -->\n"
ENDS = "<!-- Up to here. -->\n"
HEAD = (
    "| signal | by | fields beside `actor`; those in *italics* may be left out |\n|---|---|---|\n"
)
LONGEST_ID = 100

Schema = dict[str, Any]


def table() -> str:
    """Return a row for each signal: who may send it, and what it says."""
    return HEAD + "".join(f"{_row(action, fields)}\n" for action, fields in FIELDS.items())


def put_into(page: str) -> str:
    """Return a page with today's table between its marks.

    Raises:
        ValueError: the marks are not there.
    """
    before, rest = page.split(BEGINS)
    _, after = rest.split(ENDS)
    return f"{before}{BEGINS}\n{table()}\n{ENDS}{after}"


def _row(action: Action, fields: type[Fields]) -> str:
    by = ", ".join(dict.fromkeys(rule.by for rule in RULES if rule.action is action))
    said = "; ".join(_fields(fields.model_json_schema()))
    return f"| `{action}` | {by} | {said or '–'} |"


def _fields(schema: Schema) -> Iterator[str]:
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        when = _only_with(schema, name)
        shown = f"`{name}`" if name in required or when else f"*`{name}`*"
        yield f"{shown}: {_in_words(_resolved(one, schema))}{when}"


def _only_with(schema: Schema, name: str) -> str:
    """Say with which value of another field this one has to be there, and with no other."""
    for one in schema.get("allOf", ()):
        if name in one["then"]["required"]:
            ((other, value),) = one["if"]["properties"].items()
            return f", with `{other}` `{value['const']}` alone"
    return ""


def _resolved(one: Schema, schema: Schema) -> Schema:
    """Return what a field is where it is something."""
    one = next((way for way in one.get("anyOf", ()) if way.get("type") != "null"), one)
    if "$ref" in one:
        found: Schema = schema["$defs"][one["$ref"].rpartition("/")[2]]
        return found
    return one


def _in_words(one: Schema) -> str:
    match one:
        case {"enum": values}:
            return " or ".join(f"`{value}`" for value in values)
        case {"type": "object"}:
            return '`{"amount": 2000, "currency": "EUR"}`'
        case {"type": "array", "maxItems": most}:
            return f"a list of up to {most} web addresses"
        case {"format": "duration"}:
            return "a duration, such as `P3D`"
        case {"maxLength": most} if most > LONGEST_ID:
            return f"a text of up to {most:,} characters"
    return "an id"


if __name__ == "__main__":
    PAGE.write_text(put_into(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
