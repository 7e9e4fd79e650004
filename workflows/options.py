"""How activities are tried: patiently. An outage costs an order time, never its life."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig

PATIENTLY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=5),
)


def step(summary: str) -> ActivityConfig:
    """For an activity that writes a step; `summary` is its line in the Web UI."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(seconds=8),
        retry_policy=PATIENTLY,
        # A cancellation from the Web UI must not hide whether the money has moved.
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=summary,
    )
