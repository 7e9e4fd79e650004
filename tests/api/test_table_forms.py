"""Which form is asked for, and what a table is made of: by themselves."""

import csv
import io
import json
import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.schemas.base import Page
from api.tables.accept import prefers_csv
from api.tables.columns import Column, columns_of, harmless, item_of
from api.tables.download import lines
from documents.base import Document
from domain.money import Money

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine any example may be without a processor for a while."""

CSV = [
    "text/csv",
    "TEXT/CSV",
    "text/*",
    "text/csv, */*",
    "text/csv;q=0.5, application/json;q=0.4",
    "application/json;q=0.9,text/csv",
    "application/json;q=0, */*",
    "text/csv; charset=utf-8",
    'text/csv; header=present; charset="UTF-8"; q=0.2',
    "application/*;q=0.5, text/csv;q=0.501",
    "text/html, text/csv;q=0.1",
    "text/csv , ,",
    "nonsense, text/csv",
    'text/plain; a="text/html, ;q=0", text/csv',
]
JSON = [
    "",
    "*/*",
    "application/json",
    "application/json, text/csv",
    "text/csv, application/json",
    "text/csv;q=0",
    "text/csv;q=0, */*",
    "text/*, text/csv;q=0",
    "text/csv;q=0.5, application/json",
    "text/csv;q=0.5, */*",
    "text/csv;q=2",
    "text/csv;q=-1",
    "text/csv;q=",
    "text/csv;q=0.0001",
    "text/csv;q=nan",
    "text/csv; charset=latin1",
    "text/csv; header=absent",
    "text/csvs",
    "text",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "application/json, text/plain, */*",
    'text/plain; a="b, text/csv"',
    'text/plain; a="text/csv',
    "image/png",
]


@pytest.mark.parametrize("accept", CSV)
def test_csv_is_preferred(accept: str) -> None:
    assert prefers_csv([accept])


@pytest.mark.parametrize("accept", JSON)
def test_it_stays_json(accept: str) -> None:
    assert not prefers_csv([accept])


def test_headers_count_together() -> None:
    assert prefers_csv(["application/json;q=0.5", "text/csv"])
    assert not prefers_csv([])


@PATIENT
@given(st.lists(st.text(st.characters(max_codepoint=255)), max_size=3))
def test_nothing_that_is_sent_breaks_it(accept: list[str]) -> None:
    assert prefers_csv(accept) in (True, False)


def test_nothing_that_is_sent_takes_long() -> None:
    """As many characters as a head may have, of the kinds that make patterns try again."""
    for piece in ('"', "\\", ";a=", "a/", " ", ',"', ';"', 'text/csv;a="\\'):
        assert not prefers_csv([piece * (16_384 // len(piece))])


class _Person(Document):
    id: str
    role: str | None


class _Other(Document):
    size: int
    id: int


class _Row(Document):
    id: UUID
    amount: Money
    left: Money | None
    by: _Person | None
    of: _Person | _Other
    names: list[str]
    people: list[_Person]
    said: dict[str, Any]
    plain: str | _Person


NAMES = [
    *("id", "amount", "currency", "left_amount", "left_currency", "by_id", "by_role"),
    *("of_id", "of_role", "of_size", "names", "people", "said", "plain"),
]


def test_documents_are_taken_apart_into_columns() -> None:
    assert NAMES == [column.name for column in columns_of(_Row)]


def test_cells_are_as_in_json() -> None:
    one = _Row(
        id=UUID(int=0),
        amount=Money(amount=-5, currency="EUR"),
        left=None,
        by=None,
        of=_Other(size=3, id=4),
        names=["é", "b"],
        people=[],
        said={"a": None},
        plain="=1",
    )
    item = json.loads(one.model_dump_json())
    expected = [str(UUID(int=0)), -5, "EUR", "", "", "", "", 4, "", 3, '["é","b"]', "[]"]
    assert [*expected, '{"a":null}', "'=1"] == [one.cell(item) for one in columns_of(_Row)]


class _Twice(Document):
    by: _Person
    by_id: str


@pytest.mark.parametrize("item", [str, _Twice])
def test_what_would_make_no_table_is_found_when_it_is_declared(item: Any) -> None:
    with pytest.raises(ValueError, match="columns"):
        columns_of(item)


def test_what_has_items_and_a_place_to_go_on_is_a_list() -> None:
    class Own(Document):
        items: list[_Other]
        next_cursor: str | None
        more: bool

    assert item_of(Page[_Person]) is _Person
    assert item_of(Own) is _Other
    assert [None] * 3 == [item_of(_Person), item_of(None), item_of(list[str])]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_begins_like_a_formula(begin: str) -> None:
    assert f"'{begin}1+1" == harmless(f"{begin}1+1")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_no_part_begins_like_a_formula_where_semicolons_part_cells(sign: str) -> None:
    """As spreadsheets read this form where the comma is a decimal sign."""
    for apart in (";", "\t", "\n", "\r\n", "\r"):
        assert f"a{apart}'{sign}1;b" == harmless(f"a{apart}{sign}1;b")
        assert f'a{apart}\'"{sign}1"' == harmless(f'a{apart}"{sign}1"')
        assert f"'{sign}1{apart}'{sign}2" == harmless(f"{sign}1{apart}{sign}2")
    cell = Column("of", ("of",)).cell({"of": {"a;" + sign: "b;" + sign + "1"}})
    assert f";{sign}" not in str(cell)
    assert {"a;" + sign: "b;" + sign + "1"} == json.loads(str(cell))


@PATIENT
@given(st.text(alphabet="=-@;\t\r\n\"'a ,"))
def test_no_formula_is_found_by_who_parts_at_semicolons(text: str) -> None:
    cells = re.split(r"[;\t\r\n]", lines([["id", harmless(text), "b"]]))
    assert not [cell for cell in cells if cell.lstrip('"').startswith(("=", "-", "@"))]


@pytest.mark.parametrize(
    "text", ["", "a", "1-1", " ", "'=1", "é", "a@b", "2026-11-29", "a; -b", "a;b", "a\nb", 'a;"b"']
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert text == harmless(text)


@pytest.mark.parametrize("value", [-1, 0, -0.5, 10**18])
def test_numbers_stay_numbers(value: float) -> None:
    assert value == Column("of", ("of",)).cell({"of": value})


@PATIENT
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2)))
def test_rows_are_read_as_they_were_written(rows: list[list[str]]) -> None:
    text = lines(rows)
    assert rows == list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert text == "" or text.endswith("\r\n")
