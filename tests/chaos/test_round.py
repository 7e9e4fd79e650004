"""A short round of chaos, as part of every run of the tests."""

from pathlib import Path

import pytest

from tests.chaos.plan import plan
from tests.chaos.report import report
from tests.chaos.round import played

ORDERS, FAULTS, SEED = 20, 6, 3431
WINDOW = 2
LONGEST_FAULT = 0.5
CALM = 120.0
"""Seconds: a full machine catches up later than the one on which a whole round is played alone."""


async def test_a_short_round_leaves_no_violation(
    passable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.chaos.round.CALM", CALM)
    done = await played(
        plan(SEED, ORDERS, FAULTS, LONGEST_FAULT, provided=True), passable / "chaos", WINDOW
    )
    assert (done.violations, done.check) == ({}, []), "\n".join(report(done))
    assert done.faults.done.total() == FAULTS
