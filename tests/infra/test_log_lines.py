"""What is added to a line of a worker's log: which workflow, order and activity it belongs to."""

from dataclasses import replace

import pytest
from structlog.typing import EventDict
from temporalio.testing import ActivityEnvironment

from infra.log_lines import of_temporal

ORDER = "3f0c1a52-7d1e-4a6b-9b77-5f3b8f1d2c44"


def line_in(workflow_id: str, **line: str) -> EventDict:
    """A line that an activity of this workflow logs."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, workflow_id=workflow_id, activity_type="tells")
    return environment.run(of_temporal, None, "info", line)


@pytest.mark.parametrize("workflow", [f"order-{ORDER}", f"tell-{ORDER}-3", f"tell-{ORDER}-m1"])
def test_a_line_of_an_activity_names_its_workflow_and_order(workflow: str) -> None:
    assert line_in(workflow, event="step") == {
        "event": "step",
        "workflow": workflow,
        "order_id": ORDER,
        "activity": "tells",
        "attempt": 1,
    }


@pytest.mark.parametrize("workflow", ["nightly-proof", f"order-{ORDER}0", "order-x", ""])
def test_what_is_no_orders_names_none(workflow: str) -> None:
    assert "order_id" not in line_in(workflow)


def test_what_the_line_says_itself_counts() -> None:
    assert line_in(f"order-{ORDER}", order_id="another")["order_id"] == "another"


def test_outside_of_temporal_nothing_is_added() -> None:
    assert of_temporal(None, "info", {"event": "x"}) == {"event": "x"}
