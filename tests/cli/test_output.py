"""What commands say of themselves: numbers, the version, what they wait for."""

import asyncio
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

import cli.check
import cli.main
import cli.waiting
from cli.main import app
from cli.stack_connection import StackConnection
from cli.waiting import waiting
from db.audit import Finding, Proof
from domain.operator_text import counted
from tests.app_under_test import KEYRING, eventually

A_STACK = StackConnection("", {}, keyring=KEYRING)
WRONG = Finding("a-check", "order 1", "is wrong")


@pytest.mark.parametrize(
    ("orders", "books", "expected"),
    [
        (1, [WRONG], "1 finding in 1 order."),
        (2, [WRONG, WRONG], "2 findings in 2 orders."),
        (1, [], "✓ 1 order: "),
        (0, [], "✓ 0 orders: "),
    ],
)
def test_one_is_one(
    orders: int, books: Sequence[Finding], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def proof_of(*_: object) -> Proof:
        return Proof(orders, list(books), [], None)

    monkeypatch.setattr(cli.check, "stack_connection", lambda _: A_STACK)
    monkeypatch.setattr(cli.check, "proof_of", proof_of)
    assert expected in CliRunner().invoke(app, ["check"]).output


BLIND = Finding("not-proved", "check a-check", "was not proved: it took too long")


@pytest.mark.parametrize(
    ("books", "unproved", "code"),
    [([], [], 0), ([], [BLIND], 2), ([WRONG], [BLIND], 1), ([WRONG], [], 1)],
)
def test_what_was_not_proved_is_told_in_words_in_json_and_by_the_exit_code(
    books: list[Finding],
    unproved: list[Finding],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def proof_of(*_: object) -> Proof:
        return Proof(1, books, [], None, unproved)

    monkeypatch.setattr(cli.check, "stack_connection", lambda _: A_STACK)
    monkeypatch.setattr(cli.check, "proof_of", proof_of)
    told = CliRunner().invoke(app, ["check"])
    read = CliRunner().invoke(app, ["check", "--json"])
    assert (told.exit_code, read.exit_code) == (code, code)
    assert ("✗ check a-check: was not proved" in told.output) is bool(unproved)
    printed = told.output.count("✗ ")
    assert (f"{counted(printed, 'finding')} in 1 order." in told.output) is bool(printed)
    document = json.loads(read.output)
    assert document["holds"] is (code == 0)
    assert [one["check"] for one in document["not_proved"]] == [one.check for one in unproved]
    assert [one["subject"] for one in document["books"]] == [one.subject for one in books]


def test_the_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"sequestre {version('sequestre')}\n")


async def test_what_lasts_is_told_once_and_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.waiting, "MOMENT_SECONDS", 0.01)
    told: list[str] = []

    async def is_told() -> bool:
        told.append(capsys.readouterr().err)
        return "".join(told) == "… the second\n"

    with waiting() as begins:
        begins("the first, which lasts no moment")
        begins("the second")
        await eventually(is_told)
        begins("the third, after which nothing lasts")
    await asyncio.sleep(0.05)
    assert capsys.readouterr() == ("", "")


def test_an_old_terminal_shows_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.BytesIO()
    ended: list[int] = []
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="ascii"))
    monkeypatch.setattr(sys, "argv", ["sequestre", "--help"])
    monkeypatch.setattr(os, "_exit", ended.append)
    show: Callable[[], object] = cli.main.main
    show()
    assert ended == [0]
    assert b"S?questre" in shown.getvalue()
