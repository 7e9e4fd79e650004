"""What operators ask of Temporal: its server takes each question, and finds just what it is of."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from domain.order import Order, PaymentHold
from domain.vocabulary import State
from infra.operator_questions import FAILING, Question, of_order, of_person, questions
from infra.stopped_orders import stopped_orders
from tests.app_under_test import PATIENCE_SECONDS, eventually
from tests.domain.examples import (
    DAY,
    HOUR,
    answer_overdue,
    delivered,
    disputed,
    ended,
    in_progress,
    late,
    pending,
)
from tests.temporal_server import local_server
from tests.workflows.stage import Case, Stage, fresh

FLAGGED_AT = {"system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "1"}
"""Otherwise the server waits for five failures in a row, which take it a while."""

NOW = datetime.now(UTC)
ODD = "o'malley"
TELLING = {"told": "NotificationWorkflow", "test": "EndpointTestWorkflow"}


def waiting(order: Order, since: timedelta = HOUR, left: timedelta = DAY) -> Order:
    """The order that has waited for so long, with so much left to its deadline, if it has one."""
    return fresh(order, NOW + left).model_copy(update={"standing_since": NOW - since})


def frozen(order: Order, since: timedelta = HOUR) -> Order:
    """The order whose payment has been disputed for so long."""
    hold = PaymentHold(chargeback_id="dispute-1", amount=2_000, since=NOW - since)
    standing = {"payment_hold": hold, "deadline": None, "standing_since": hold.since}
    return fresh(order).model_copy(update=standing)


ORDERS: dict[str, Callable[[], Order]] = {
    "pending": lambda: waiting(pending()),
    "in progress": lambda: waiting(in_progress(), 3 * DAY),
    "late": lambda: waiting(late(), 3 * DAY),
    "late lately": lambda: waiting(late()),
    "delivered": lambda: waiting(delivered()),
    "overdue": lambda: waiting(answer_overdue()),
    "disputed": lambda: waiting(disputed()),
    "taken": lambda: waiting(disputed("mona")),
    "taken long ago": lambda: waiting(disputed(ODD), 8 * DAY),
    "passed": lambda: waiting(pending(), left=-HOUR),
    "passed just now": lambda: waiting(pending(), left=timedelta(seconds=-5)),
    "ended": lambda: waiting(ended(State.COMPLETED, 0)),
    "frozen": lambda: frozen(in_progress()),
    "frozen, late": lambda: frozen(late()),
    "frozen, overdue": lambda: frozen(answer_overdue()),
    "frozen, disputed": lambda: frozen(disputed()),
    "frozen, taken long ago": lambda: frozen(disputed("mona"), 8 * DAY),
}
FROZEN = {name for name in ORDERS if name.startswith("frozen")}
AT_SELLERS = {"pending", "in progress", "late", "late lately", "overdue"}
AT_SELLERS |= {"passed", "passed just now"}
AT_MEDIATORS = {"disputed", "taken", "taken long ago"}
IN_DISPUTE = {*AT_MEDIATORS, "frozen, disputed", "frozen, taken long ago"}
FOUND = {
    "open": {*ORDERS},
    "waits-for-seller": AT_SELLERS,
    "waits-for-buyer": {"delivered"},
    "waits-for-mediator": AT_MEDIATORS,
    "frozen": FROZEN,
    "late": {"late", "late lately"},
    "answer-overdue": {"overdue"},
    "in-dispute": IN_DISPUTE,
    "untaken": {"disputed"},
    "taken-long": {"taken long ago"},
    "deadline-passed": {"passed"},
    "failing": set[str](),
    "stopped": {"terminated", "timed out", "failed"},
    "messages-stuck": {"told", "test"},
    "nights": {"a night"},
}
LONG = {
    "waits-for-seller": {"in progress", "late"},
    "late": {"late"},
    "taken-long": {"taken long ago"},
    "frozen": {"frozen, taken long ago"},
    "in-dispute": {"taken long ago", "frozen, taken long ago"},
}
"""What has waited for two days."""


@workflow.defn(name="OrderWorkflow", sandboxed=False)
class Fails:
    """A workflow of that type that fails for good, as one without an order would."""

    @workflow.run
    async def run(self, _: object) -> None:
        raise ApplicationError("no order", non_retryable=True)


class Market:
    """What runs on a server, by the names that the tests give it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.ids: dict[str, str] = {}

    async def found(self, query: str) -> set[str]:
        """The names of what a query finds."""
        names = {one: name for name, one in self.ids.items()}
        listed = [one.id async for one in self.client.list_workflows(query)]
        return {names[one] for one in listed if one in names}

    async def begin(self, stage: Stage) -> None:
        """Starts everything; no worker takes anything of it, but for what is to fail."""
        for name, order in ORDERS.items():
            self.ids[name] = (await stage.start(order())).handle.id
        for name, kind in {**TELLING, "a night": "ReconciliationWorkflow"}.items():
            self.ids[name] = f"tell-{uuid4()}-{name}"
            await self.client.start_workflow(kind, id=self.ids[name], task_queue="nobody")
        await self._stopped(stage)

    async def _stopped(self, stage: Stage) -> None:
        for name, order in (("terminated", in_progress()), ("terminated at its end", None)):
            case = await stage.start(waiting(order or ended(State.CANCELLED, 2000)))
            await case.handle.terminate("by mistake")
            self.ids[name] = case.handle.id
        short = await stage.start(waiting(pending()), run_timeout=timedelta(seconds=1))
        self.ids["timed out"] = short.handle.id
        failing = Stage(stage.server)
        case = await failing.start(waiting(pending()))
        async with failing.create_worker(workflows=[Fails]):
            with pytest.raises(WorkflowFailureError):
                await case.handle.result()
        self.ids["failed"] = case.handle.id


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    """A server of the module's own, which marks failing tasks at once."""
    async with await local_server(**FLAGGED_AT) as server:
        yield Stage(server)


@pytest.fixture(scope="module")
async def market(stage: Stage) -> Market:
    """Everything, once the server lists it as it is."""
    found = Market(stage.client)
    await found.begin(stage)
    every = ", ".join(f"'{one}'" for one in found.ids.values())

    async def listed() -> set[str]:
        return await found.found(f"WorkflowId IN ({every})")

    async def stopped() -> set[str]:
        return await found.found("ExecutionStatus IN ('Terminated', 'TimedOut', 'Failed')")

    await eventually(listed, lambda names: names == set(found.ids))
    await eventually(stopped, lambda names: len(names) == 4)
    return found


def query_of(name: str, longer_than: timedelta | None = None) -> str:
    """The query of a question, half an hour after everything began by Temporal's own clock."""
    (query,) = (one.query for one in asked(longer_than) if one.name == name)
    return query


def asked(longer_than: timedelta | None = None) -> list[Question]:
    """What is asked."""
    return questions(datetime.now(UTC) + HOUR / 2, NOW, longer_than)


def test_every_question_is_asked_here() -> None:
    assert [*FOUND] == [one.name for one in asked()]


@pytest.mark.parametrize("name", FOUND)
async def test_a_question_finds_what_it_is_of_and_nothing_else(name: str, market: Market) -> None:
    assert FOUND[name] == await market.found(query_of(name))


@pytest.mark.parametrize("name", LONG)
async def test_what_has_not_waited_for_long_is_left_out(name: str, market: Market) -> None:
    assert LONG[name] == await market.found(query_of(name, 2 * DAY))


async def test_a_person_is_found_in_each_part_whatever_their_name(market: Market) -> None:
    assert {"taken long ago"} == await market.found(of_person(ODD).query)
    assert {*ORDERS} <= await market.found(of_person("sam").query)
    for nobody in ("x' OR BuyerId = 'bea", "x\\' OR BuyerId = 'bea", "x\\"):
        assert set() == await market.found(of_person(nobody).query)


async def test_of_an_order_its_runs_are_found_and_what_tells_of_it(market: Market) -> None:
    order_id = market.ids["late"].removeprefix("order-")
    telling = f"tell-{order_id}-3"
    await market.client.start_workflow("NotificationWorkflow", id=telling, task_queue="nobody")
    market.ids["of it"] = telling
    runs, told = of_order(order_id)

    async def found() -> list[set[str]]:
        return [await market.found(one.query) for one in (runs, told)]

    await eventually(found, lambda names: names == [{"late"}, {"of it"}])


async def test_an_order_whose_task_fails_is_found_until_it_goes_on(stage: Stage) -> None:
    own = Stage(stage.server)
    case = await own.start(waiting(pending()))
    async with own.create_worker(workflows=[Other]):
        await eventually(lambda: ids_of(own.client, FAILING), lambda ids: case.handle.id in ids)
    async with own.working():
        await eventually(
            lambda: ids_of(own.client, FAILING),
            lambda ids: case.handle.id not in ids,
            patience=2 * PATIENCE_SECONDS,  # a task that failed often is tried less often
        )


@workflow.defn(sandboxed=False)
class Other:
    """Something else: a worker that has only this fails the task of each order."""

    @workflow.run
    async def run(self) -> None: ...


async def ids_of(client: Client, query: str) -> list[str]:
    """The ids of what a query lists."""
    return [one.id async for one in client.list_workflows(query)]


# --- what stands still now -----------------------------------------------------------------------


async def test_a_stopped_order_stands_still_until_another_run_carries_it_on(stage: Stage) -> None:
    own = Stage(stage.server)
    left, mended = [await own.start(waiting(pending())) for _ in range(2)]
    for case in (left, mended):
        await case.handle.terminate("by mistake")
    await eventually(lambda: still(own, left, mended), lambda found: found == [True, True])
    await again(own, mended)
    await eventually(lambda: still(own, left, mended), lambda found: found == [True, False])


async def still(stage: Stage, *cases: Case) -> list[bool]:
    """Whether each of the orders is told to stand still."""
    found = await stopped_orders(stage.client)
    return [case.handle.id in found for case in cases]


async def again(stage: Stage, case: Case) -> None:
    """Starts the order's workflow anew, as a repair does."""
    await stage.client.start_workflow("OrderWorkflow", id=case.handle.id, task_queue="nobody")
