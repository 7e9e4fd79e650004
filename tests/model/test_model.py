"""The whole product beside a small model of it, for days and days in seconds."""

import asyncio
import os
import sys
import time

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.figures import Figures
from tests.model.machine import Machine
from tests.model.timed_app import TimedApp

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "0"))
STEPS = int(os.environ.get("MODEL_STEPS", "12"))
AT_LENGTH = EXAMPLES > 0
DAILY_EXAMPLES = 3
PHASES = (Phase.generate,)
"""Nothing is made smaller that was seen to fail: each attempt at it takes a whole life of an order,
and the steps that are printed are few."""


@pytest.mark.timeout(900 + 60 * EXAMPLES)
def test_the_product_does_what_the_model_says(
    runner: asyncio.Runner, timed: TimedApp, capfd: pytest.CaptureFixture[str]
) -> None:
    figures, began = Figures(), time.monotonic()
    run_state_machine_as_test(
        lambda: Machine(runner, timed, figures),  # type: ignore[arg-type]  # whatever makes one
        settings=settings(
            max_examples=EXAMPLES or DAILY_EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=not AT_LENGTH,
            database=None,
            phases=PHASES,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    if AT_LENGTH:
        with capfd.disabled():
            sys.stdout.write(f"\n{figures.report(time.monotonic() - began)}")
