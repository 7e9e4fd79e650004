"""The columns of a list, from what is declared of its items."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter

Json = dict[str, Any]
Cell = str | int | float

_SIGNS = "[=+\\-@＝＋－＠]"
"""How a text begins that a spreadsheet would carry out."""

# Where the comma is a decimal sign, spreadsheets part cells at semicolons, and quotes that are not
# around such a cell are none to them: what follows a semicolon or a line's end is a cell, too.
_FORMULA = re.compile(rf'\A(?={_SIGNS}|[\t\r\n])|(?<=[;\t\r\n])(?="*{_SIGNS})')
_IN_JSON = re.compile(rf"(?<=;){_SIGNS}")


@dataclass(frozen=True)
class Column:
    """A column, and where in an item its cells are."""

    name: str
    path: Sequence[str]

    def cell(self, item: Any) -> Cell:
        """Return the cell of an item, as it stands in JSON; empty where nothing is there."""
        for step in self.path:
            if not isinstance(item, Mapping):
                return ""
            item = item.get(step)
        return _cell(item)


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, int | float):
        return value
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _IN_JSON.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def harmless(text: str) -> str:
    """Return a text of which no spreadsheet takes anything for a formula: with an apostrophe
    wherever a cell could begin like one."""
    return _FORMULA.sub("'", text)


def item_of(response_model: Any) -> Any:
    """Return what the items of a list are; None of what is no list. A list is a document with
    `items` and `next_cursor`."""
    if not (isinstance(response_model, type) and issubclass(response_model, BaseModel)):
        return None
    fields = response_model.model_fields
    if not {"items", "next_cursor"} <= set(fields):
        return None
    return get_args(fields["items"].annotation)[0]


def columns_of(item: Any) -> tuple[Column, ...]:
    """Return a column for each value of an item of this type; documents within it are taken apart,
    lists and objects without fields of their own stay one cell of JSON.

    Raises:
        ValueError: it is no document, or two of its columns would have one name.
    """
    schema = TypeAdapter(item).json_schema(mode="serialization")
    fields = _fields(schema, schema.get("$defs", {}))
    if fields is None:
        raise ValueError(f"{item} has no fields to make columns of")
    columns = tuple(_columns(fields, schema.get("$defs", {}), "", ()))
    if len({column.name for column in columns}) != len(columns):
        raise ValueError(f"{item} would have two columns of one name")
    return columns


def _columns(fields: Json, defs: Json, prefix: str, path: Sequence[str]) -> Iterator[Column]:
    for name, schema in fields.items():
        here = (*path, name)
        inner = _fields(schema, defs)
        if inner is None:
            yield Column(prefix + name, here)
        else:
            # The amount of an `amount` is the amount, and its currency the currency.
            yield from _columns(inner, defs, prefix if name in inner else f"{prefix}{name}_", here)


def _fields(schema: Json, defs: Json) -> Json | None:
    """Return the fields of a document, of all that it can be; None of anything else."""
    if "$ref" in schema:
        return _fields(defs[schema["$ref"].rpartition("/")[2]], defs)
    either = schema.get("anyOf") or schema.get("oneOf") or ()
    choices = [one for one in either if one != _NULL]
    if not choices:
        return schema.get("properties")
    merged: Json = {}
    for one in choices:
        found = _fields(one, defs)
        if found is None:
            return None
        merged |= found
    return merged


_NULL = {"type": "null"}
