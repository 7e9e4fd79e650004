"""`sequestre play`: story files on a stack with a clock that can be moved."""

from pathlib import Path

import pytest

from tests.e2e.test_commands import run

SHORT = """\
story: Nobody accepts
people: {ana: {}, ben: {}}
wallets: {ana: 20.00 EUR}
services:
  logo: {seller: ben, title: A logo, price: 20.00 EUR, delivery_time: 3 days}
policy: {acceptance_window: P1D}
scenes:
  - scene: One
    steps:
      - {ana: place, service: logo}
      - after: 24 hours
        expect: {state: STATE, by: deadline, money: {ana: 20.00 EUR}}
"""


async def test_twelve_orders_end_in_every_way(repository: Path) -> None:
    code, printed = await run("play", str(repository / "docs/stories/twelve-orders.yaml"))
    assert code == 0, printed
    assert "0 differences; sequestre check: 12 orders, 0 findings." in printed


@pytest.mark.parametrize(("state", "expected"), [("cancelled", 0), ("completed", 1)])
async def test_the_exit_code_says_whether_it_came_as_it_was_told(
    tmp_path: Path, state: str, expected: int
) -> None:
    file = tmp_path / "short.yaml"
    file.write_text(SHORT.replace("STATE", state), encoding="utf-8")
    code, printed = await run("play", str(file))
    assert expected == code, printed
    if expected:
        assert f"{file}:11: One: state should be completed, and is cancelled" in printed


async def test_what_is_no_story_starts_no_stack(tmp_path: Path) -> None:
    file = tmp_path / "none.yaml"
    file.write_text("story: x\n", encoding="utf-8")
    code, printed = await run("play", str(file))
    assert code == 2
    assert f"{file}:1: people: is missing" in printed
    assert f"{file}:1: scenes: is missing" in printed


async def test_a_policy_that_no_stack_takes_is_told(tmp_path: Path) -> None:
    file = tmp_path / "short.yaml"
    file.write_text(SHORT.replace("P1D", "soon").replace("STATE", "cancelled"), encoding="utf-8")
    code, printed = await run("play", str(file))
    assert code == 2
    assert "SEQUESTRE_ACCEPTANCE_WINDOW" in printed


async def test_where_no_stack_runs_it_says_how_to_start_one(tmp_path: Path) -> None:
    file = tmp_path / "short.yaml"
    file.write_text(
        SHORT.replace("STATE", "cancelled").replace("policy: {acceptance_window: P1D}\n", ""),
        encoding="utf-8",
    )
    code, printed = await run("play", str(file), "--data-dir", str(tmp_path / "nowhere"))
    assert code == 2
    assert "No stack runs" in printed
