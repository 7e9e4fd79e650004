"""How activities are tried: patiently. An outage costs an order time, never its life."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig, LocalActivityConfig

# No maximum of attempts: an activity that was given up would leave its order standing still.
PATIENTLY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=5),
)


def step(summary: str) -> ActivityConfig:
    """Return the options of an activity that writes a step; `summary` is its line in the Web UI."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(seconds=8),
        retry_policy=PATIENTLY,
        # A cancellation from the Web UI must not hide whether the money has moved.
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=summary,
    )


HERE = timedelta(seconds=2)
"""How long a step is tried on the worker that decided it, the wait for its turn included. Well
under the eight seconds after which the SDK asks Temporal for more time for a workflow's task."""


def step_here(summary: str) -> LocalActivityConfig:
    """Return the options of a step's first try, on the worker that decided it: Temporal is told of
    its result alone. Once: what does not work at once is for the patient way, which can be seen."""
    return LocalActivityConfig(
        schedule_to_close_timeout=HERE,
        retry_policy=RetryPolicy(maximum_attempts=1),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=summary,
    )


SENDING_QUEUE = "notifications"
"""What tells people has a task queue of its own, workflows and activities: it takes no place from
an order, and what waits for a worker on the orders' queue are orders."""

PERSISTENTLY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(minutes=1),
)


def sending(summary: str, heartbeat: timedelta) -> ActivityConfig:
    """Return the options of an activity that sends messages. The activity itself limits how long
    each may take; one not heard of for `heartbeat` is dead, and tried again."""
    return ActivityConfig(
        task_queue=SENDING_QUEUE,
        start_to_close_timeout=timedelta(minutes=15),
        heartbeat_timeout=heartbeat,
        retry_policy=PERSISTENTLY,
        summary=summary,
    )


def looking(heartbeat: timedelta) -> ActivityConfig:
    """Return the options of the reconciliation. It runs beside the messages, so that it takes no
    place from a step, and is given up after some hours, before the next one is due."""
    return ActivityConfig(
        task_queue=SENDING_QUEUE,
        schedule_to_close_timeout=timedelta(hours=12),
        start_to_close_timeout=timedelta(hours=6),
        heartbeat_timeout=heartbeat,
        retry_policy=PERSISTENTLY,
        summary="looks at every order",
    )


def pruning(heartbeat: timedelta) -> ActivityConfig:
    """Return the options of the pruning. It limits itself; given up after some hours, the next
    night goes on where this one came to."""
    return ActivityConfig(
        task_queue=SENDING_QUEUE,
        schedule_to_close_timeout=timedelta(hours=6),
        start_to_close_timeout=timedelta(hours=2),
        heartbeat_timeout=heartbeat,
        retry_policy=PERSISTENTLY,
        summary="removes what has been kept for long enough",
    )


def finding_operators() -> ActivityConfig:
    """Return the options of the activity that finds whom to tell of a reconciliation run."""
    return ActivityConfig(
        task_queue=SENDING_QUEUE,
        schedule_to_close_timeout=timedelta(hours=1),
        start_to_close_timeout=timedelta(seconds=30),
        retry_policy=PERSISTENTLY,
        summary="finds the operators",
    )


def telling_operator(summary: str) -> ActivityConfig:
    """Return the options of the activity that mails one operator. Given up after some hours, so
    that, with what comes before it, a run is over before the next whatever the mail server does."""
    return ActivityConfig(
        task_queue=SENDING_QUEUE,
        schedule_to_close_timeout=timedelta(hours=10),
        start_to_close_timeout=timedelta(minutes=1),
        retry_policy=PERSISTENTLY,
        summary=summary,
    )


PAYMENTS_QUEUE = "payments"
"""What waits for a payment provider has a task queue of its own, with a worker where there is a
provider: one that is slow or away takes no place from an order, nor from what tells people."""


def paying(summary: str) -> ActivityConfig:
    """Return the options of an activity that books what a provider has said."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(seconds=30),
        retry_policy=PERSISTENTLY,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=summary,
    )


ASKED_FOR, REHEARSED_FOR = timedelta(minutes=30), timedelta(seconds=5)
"""How long a provider that is away is asked; where the clock can be moved, it waits for that."""


def asking_provider(summary: str, *, rehearsed: bool) -> ActivityConfig:
    """Return the options of an activity that asks a provider what became of something. Given up
    after a while, a short one where this is `rehearsed`: it is asked again."""
    return ActivityConfig(
        schedule_to_close_timeout=REHEARSED_FOR if rehearsed else ASKED_FOR,
        start_to_close_timeout=timedelta(minutes=1),
        retry_policy=PERSISTENTLY,
        summary=summary,
    )
