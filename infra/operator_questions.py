"""What operators ask of Temporal, as queries of its visibility store: the Web UI takes them too."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.vocabulary import State
from workflows.order import workflow_id

ORDERS = "WorkflowType = 'OrderWorkflow'"
MESSAGES = "WorkflowType IN ('NotificationWorkflow', 'EndpointTestWorkflow')"
RUNNING = "ExecutionStatus = 'Running'"
NO_DEADLINE = "OrderDeadline IS NULL"
FROZEN = "OrderWaitsFor = 'provider'"
OF_SELLER, OF_MEDIATOR = "OrderWaitsFor = 'seller'", "OrderWaitsFor = 'mediator'"
"""Of a frozen order nobody can do what it would wait for: it is not among these."""
ENDED = ", ".join(f"'{state}'" for state in State if state.is_final)

STOPPED = (
    f"{ORDERS} AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')"
    f" AND OrderState NOT IN ({ENDED})"
)
"""Runs that came to an end before their order did. One that was reset or repaired since has a
later run, which no query can tell: see `infra.stopped_orders`."""

STOPPED_RUNS = (
    "Which runs of open orders were stopped, or failed, also of orders that went on since?"
)

FAILING = (
    f"{ORDERS} AND {RUNNING} AND TemporalReportedProblems IN"
    " ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')"
)
"""Temporal marks a workflow so after five tasks in a row that failed, and unmarks it itself."""

BARELY_PASSED = timedelta(minutes=5)
"""A deadline that passed so lately may still be carried out."""

RULING = timedelta(days=7)
"""For how long a mediator has had a case that was taken long ago, unless it is said otherwise."""

ON_ITS_WAY = timedelta(minutes=10)
"""What is gathered for the next mail of an order waits for five."""


@dataclass(frozen=True)
class Question:
    """What somebody asks, the name that programs know it by, and the query that answers it."""

    name: str
    words: str
    query: str


def questions(
    now: datetime, stack_now: datetime, longer_than: timedelta | None = None
) -> list[Question]:
    """Return what the page for operators asks. Both instants in UTC: Temporal's, and what the clock
    of the orders shows. Of what orders wait for, only what has lasted `longer_than` that."""
    long = f" AND OrderSince < '{_at(stack_now - longer_than)}'" if longer_than else ""
    of_orders = [
        Question("open", "Which orders are open?", f"{ORDERS} AND {RUNNING}"),
        *_of_waits(),
        Question("in-dispute", "What is in dispute?", _runs("OrderState = 'disputed'")),
        Question(
            "untaken",
            "Which disputes has nobody taken?",
            _runs(f"OrderState = 'disputed' AND {OF_MEDIATOR} AND MediatorId IS NULL"),
        ),
    ]
    asked = [Question(one.name, one.words, one.query + long) for one in of_orders]
    return [*asked, _taken_long(stack_now, longer_than or RULING), *_of_what_fails(now, stack_now)]


def of_person(user_id: str) -> Question:
    """Return the question for the orders of which somebody is buyer, seller or mediator."""
    name = user_id.replace("\\", "\\\\").replace("'", "\\'")
    roles = " OR ".join(f"{role} = '{name}'" for role in ("BuyerId", "SellerId", "MediatorId"))
    return Question("person", "Whose orders are these?", f"{ORDERS} AND ({roles})")


def of_order(order_id: str) -> list[Question]:
    """Return what is asked about one order."""
    told = f"{MESSAGES} AND WorkflowId STARTS_WITH 'tell-{order_id}-'"
    return [
        Question("runs", "Which runs has it had?", f"WorkflowId = '{workflow_id(order_id)}'"),
        Question("told", "What were its people told, and what stands in the way?", told),
    ]


def _of_waits() -> list[Question]:
    waits = [
        Question(
            f"waits-for-{role}", f"What waits for {role}s?", _runs(f"OrderWaitsFor = '{role}'")
        )
        for role in ("seller", "buyer", "mediator")
    ]
    late = _runs(f"OrderState = 'in_progress' AND {OF_SELLER} AND {NO_DEADLINE}")
    overdue = _runs(f"OrderState = 'revision_requested' AND {OF_SELLER} AND {NO_DEADLINE}")
    return [
        *waits,
        Question("frozen", "What is frozen, since its payment is disputed?", _runs(FROZEN)),
        Question("late", "Which deliveries are late?", late),
        Question("answer-overdue", "Which answers to a wished revision are overdue?", overdue),
    ]


def _taken_long(stack_now: datetime, longer_than: timedelta) -> Question:
    long = f"OrderSince < '{_at(stack_now - longer_than)}'"
    query = _runs(f"{OF_MEDIATOR} AND MediatorId IS NOT NULL AND {long}")
    return Question("taken-long", "Which disputes were taken long ago?", query)


def _of_what_fails(now: datetime, stack_now: datetime) -> list[Question]:
    passed = _runs(f"OrderDeadline < '{_at(stack_now - BARELY_PASSED)}'")
    stuck = f"{MESSAGES} AND {RUNNING} AND StartTime < '{_at(now - ON_ITS_WAY)}'"
    nights = "WorkflowType = 'ReconciliationWorkflow'"
    return [
        Question("deadline-passed", "Which deadlines passed, and nothing followed?", passed),
        Question("failing", "Of which orders does the workflow's task fail?", FAILING),
        Question("stopped", STOPPED_RUNS, STOPPED),
        Question("messages-stuck", "Which messages do not arrive?", stuck),
        Question("nights", "What did the nights find?", nights),
    ]


def _runs(condition: str) -> str:
    return f"{ORDERS} AND {RUNNING} AND {condition}"


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
