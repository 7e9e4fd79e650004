"""A Temporal server, a worker with recording activities, and orders that people act on."""

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker._workflow_instance import _WorkflowLogicFlag

from domain.actions import Fields, fields_of
from domain.clock import ClockReading
from domain.generation import GENERATION
from domain.ledger import wallet
from domain.order import Actor, CancellationRequest, Offer, Order, Outcome
from domain.vocabulary import Act, Action, CancellationStatus, Role
from tests.app_under_test import eventually
from tests.contract import body_saying, eur
from tests.domain.examples import BUYER, MEDIATOR, SELLER, pending
from tests.workflows.recording import Event, Json, Recording, RecordingSteps, Request
from workflows import attributes
from workflows.order import OrderWorkflow, workflow_id
from workflows.start import OrderStart

SINGLE_BATCH = _WorkflowLogicFlag.PROCESS_WORKFLOW_ACTIVATION_JOBS_AS_SINGLE_BATCH
"""With it a fired timer is seen before the signals of the same workflow task, without it after
them. It is off in SDK 1.35 and will be on in a later one. Private to the SDK, which has no other
way to ask for it."""

FORGETFUL: Json = {"max_cached_workflows": 0}
"""For a worker that goes away on the server that skips time, which would keep the next task for it
for ten seconds."""

MARK_OF_LOCAL = "core_local_activity"
"""The name of the mark by which the SDK keeps what came of an activity on the worker itself."""

_numbers = itertools.count(1)


def offer_until(lapses_at: datetime, remind_at: datetime | None = None) -> Offer:
    """A custom offer of 7.00 EUR."""
    return Offer(
        id="an-offer",
        price=700,
        delivery_time=timedelta(days=2),
        made_at=lapses_at - timedelta(days=7),
        lapses_at=lapses_at,
        remind_at=remind_at,
    )


def wish_until(answer_by: datetime, remind_at: datetime | None = None) -> CancellationRequest:
    """The buyer's wish to cancel, unanswered so far."""
    return CancellationRequest(
        id="a-wish",
        status=CancellationStatus.ASKED,
        asked_at=answer_by - timedelta(days=2),
        answer_by=answer_by,
        remind_at=remind_at,
    )


def fresh(order: Order, until: datetime | None = None) -> Order:
    """The example order as one of its own, with its deadline at another instant."""
    deadline = order.deadline
    if deadline is not None and until is not None:
        deadline = deadline.model_copy(update={"at": until})
    return order.model_copy(update={"id": str(uuid4()), "deadline": deadline})


@dataclass
class Case:
    """One order, as it runs on Temporal and as it stands in the recording."""

    stage: "Stage"
    handle: WorkflowHandle[OrderWorkflow, Outcome]
    id: str
    _requests: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def database(self) -> Recording:
        """Where the order is written down."""
        return self.stage.database

    @property
    def order(self) -> Order:
        """The order in the database."""
        return self.database.rows[self.id].order

    @property
    def journal(self) -> list[Event]:
        """What was done and tried."""
        return self.database.rows[self.id].journal

    @property
    def told(self) -> list[str]:
        """The journal in short: `accept` was done, `!complete` refused."""
        return [event.action if event.accepted else f"!{event.action}" for event in self.journal]

    @property
    def buyer_got(self) -> int:
        """The cents that the order has brought the buyer, below zero what it has cost since it was
        placed."""
        return self._gained(self.order.buyer_id)

    @property
    def seller_got(self) -> int:
        """The cents that the order has brought the seller."""
        return self._gained(self.order.seller_id)

    def _gained(self, user_id: str) -> int:
        return self.database.rows[self.id].gained[wallet(user_id)]

    def writes(
        self, action: Act, who: Actor, received_at: datetime, **fields: Any
    ) -> tuple[str, Request]:
        """What the API does first: the request is in the database, with its texts."""
        request_id = f"request-{next(self._requests)}-{action}"
        said: Fields = fields_of(action).model_validate(fields)
        signal = {**said.on_the_wire(), "actor": who.model_dump(mode="json")}
        texts = said.model_dump(mode="json", exclude_none=True)
        request = Request(action, signal, received_at, texts)
        self.database.write_request(self.id, request_id, request)
        return request_id, request

    async def asks(self, action: Act, who: Actor, received_at: datetime, **fields: Any) -> str:
        """What the API does: the request is written down, then signalled. Gives its id."""
        request_id, request = self.writes(action, who, received_at, **fields)
        stamp = {"request_id": request_id, "received_at": received_at.isoformat()}
        await self.handle.signal(action.value, {**request.signal, **stamp})
        return request_id

    async def does(self, action: Act, who: Actor, **fields: Any) -> Event:
        """A request that comes now, and what became of it."""
        return await self.answer_to(await self.asks(action, who, await self.stage.now(), **fields))

    async def by_hand(self, action: str, who: Actor | None, **message: Any) -> None:
        """A signal as an operator types it; `request_id` and the like only if given."""
        actor = {"actor": who.model_dump(mode="json")} if who else {}
        await self.handle.signal(action, {**actor, **message})

    async def answer_to(self, request_id: str) -> Event:
        """The entry of the journal on a request, once there is one."""
        await self.database.until(lambda: bool(self._entries(request_id)))
        return self._entries(request_id)[0]

    async def entries(self, number: int) -> list[Event]:
        """The journal, once it has so many entries."""
        await self.database.until(lambda: len(self.journal) >= number)
        return self.journal

    async def stands(self, holds: Callable[[Order], bool]) -> Order:
        """The order, once this can be said of it."""
        await self.database.until(lambda: holds(self.order))
        return self.order

    def _entries(self, request_id: str) -> list[Event]:
        return [event for event in self.journal if event.request_id == request_id]

    async def status(self) -> WorkflowExecutionStatus:
        """What Temporal says of the workflow. Asked for below the client, which cannot read an
        unset search attribute as the server that skips time has it."""
        client = self.handle._client
        found = await client.workflow_service.describe_workflow_execution(
            DescribeWorkflowExecutionRequest(
                namespace=client.namespace,
                execution=WorkflowExecution(workflow_id=self.handle.id),
            ),
            retry=True,
        )
        return WorkflowExecutionStatus(found.workflow_execution_info.status)

    async def found_by(self) -> Json:
        """The search attributes that the product gave the workflow."""
        described = await self.handle.describe()
        pairs = described.typed_search_attributes
        return {pair.key.name: pair.value for pair in pairs if pair.key.name in attributes.TYPES}

    async def history(self) -> list[HistoryEvent]:
        """The events of the current run."""
        return [event async for event in self.handle.fetch_history_events()]

    async def happened(self, kind: str, times: int = 1) -> list[HistoryEvent]:
        """The events of a kind (`TIMER_FIRED`), once there are so many."""

        async def look() -> list[HistoryEvent]:
            return of_kind(await self.history(), kind)

        return await eventually(look, lambda found: len(found) >= times)

    async def happened_so_far(self, kind: str) -> bool:
        """Whether there is an event of the kind."""
        return bool(of_kind(await self.history(), kind))

    def run(self, run_id: str | None) -> "Case":
        """The same order, seen through one of its runs."""
        handle = self.stage.client.get_workflow_handle(
            self.handle.id, run_id=run_id, result_type=Outcome
        )
        return Case(self.stage, handle, self.id)

    async def after(self, wait: timedelta, event: str, times: int = 1) -> Event:
        """Lets time pass until this has happened (so often); gives the last of them."""
        await self.stage.sleep(wait)
        await self.database.until(lambda: len(self.of_event(event)) >= times)
        return self.of_event(event)[-1]

    def of_event(self, event: str) -> list[Event]:
        """The steps that people were told of as this."""
        return [one for one in self.journal if one.event == event]

    @property
    def events(self) -> list[str | None]:
        """The journal by what people were told; None for a refusal."""
        return [one.event for one in self.journal]

    async def outage(self, length: timedelta) -> None:
        """Lets so much time pass in which nobody works. The server that skips time goes on at the
        pace of the world once it has a workflow task to give away: that is from the first timer."""
        await self.rests()
        await self.stage.sleep(length)
        await self.happened("TIMER_FIRED")

    async def rests(self) -> None:
        """Waits until the workflow has nothing under way: it waits for somebody or its deadline,
        or has ended."""
        await eventually(self.history, lambda history: kind_of(history[-1]) in AT_REST)

    async def is_idle(self) -> None:
        """Waits until no workflow task of it is to be done or under way."""
        await eventually(self.history, lambda history: kind_of(history[-1]) not in TASKED)

    async def is_well(self) -> None:
        """Asserts that the workflow runs and that none of its tasks ever failed."""
        assert [] == failures(await self.history())
        assert WorkflowExecutionStatus.RUNNING == await self.status()


def made_id(case: Case, number: int) -> str:
    """What the workflow calls the signal with this number that came without an id."""
    return f"~signal-{(case.handle.first_execution_run_id or '')[-12:]}-{number}"


AT_REST = (
    "WORKFLOW_TASK_COMPLETED",
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    "TIMER_STARTED",
    "TIMER_CANCELED",
    "MARKER_RECORDED",
    "WORKFLOW_EXECUTION_COMPLETED",
)
"""What a history ends with while nothing is under way."""

TASKED = (
    "WORKFLOW_EXECUTION_STARTED",
    "WORKFLOW_EXECUTION_SIGNALED",
    "WORKFLOW_TASK_SCHEDULED",
    "WORKFLOW_TASK_STARTED",
)
"""What a history ends with while a workflow task is to be done or under way."""


def kind_of(event: HistoryEvent) -> str:
    """`TIMER_FIRED` and the like."""
    return EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")


def of_kind(history: Sequence[HistoryEvent], kind: str) -> list[HistoryEvent]:
    """The events of that kind."""
    return [event for event in history if kind_of(event) == kind]


def written_here(history: Sequence[HistoryEvent]) -> list[HistoryEvent]:
    """The marks by which the SDK keeps what came of activities on the worker itself."""
    return [
        event
        for event in of_kind(history, "MARKER_RECORDED")
        if event.marker_recorded_event_attributes.marker_name == MARK_OF_LOCAL
    ]


def failures(history: Sequence[HistoryEvent]) -> list[str]:
    """Why workflow tasks of it failed, apart from those that the server had done again because
    something arrived while the order was ending or renewing itself."""
    failed = [
        e.workflow_task_failed_event_attributes for e in of_kind(history, "WORKFLOW_TASK_FAILED")
    ]
    return [one.failure.message for one in failed if "UnhandledCommand" not in one.failure.message]


@dataclass
class Stage:
    """Where orders run, on a task queue of the test's own."""

    server: WorkflowEnvironment
    database: Recording = field(default_factory=Recording)
    queue: str = field(default_factory=lambda: f"orders-{next(_numbers)}")
    options: Json = field(default_factory=dict)
    """For every worker."""
    generation: int = GENERATION
    """In which orders are begun."""
    steps: RecordingSteps = field(init=False)
    _cases: list[Case] = field(default_factory=list)
    _working: int = 0

    def __post_init__(self) -> None:
        self.steps = RecordingSteps(self.database, self.now)

    @property
    def client(self) -> Client:
        """The server's client, with the product's plugin."""
        return self.server.client

    async def now(self) -> datetime:
        """The instant by the server's clock."""
        return await self.server.get_current_time()

    async def sleep(self, length: timedelta) -> None:
        """Lets so much time pass. The server that skips time may refuse what a worker decides while
        time is let go on, and then never gives the order to a worker again."""
        if self._working:
            for case in self._cases:
                await case.is_idle()
        await self.server.sleep(length)

    def create_worker(self, *, single_batch: bool = False, **options: Any) -> Worker:
        """A worker with the real workflow and the recording activities."""
        steps = self.steps
        activities = [
            steps.hold_in_escrow,
            steps.credit_wallet,
            steps.refund_buyer,
            steps.split_escrow,
            steps.record_step,
            steps.record_refusal,
            steps.read_order,
        ]
        given = {"client": self.client, "workflows": [OrderWorkflow], "activities": activities}
        worker = Worker(task_queue=self.queue, **{**given, **options})
        if worker.config().get("workflows"):
            worker._set_default_workflow_logic_flag(SINGLE_BATCH, enabled=single_batch)
        return worker

    @asynccontextmanager
    async def working(self, **options: Any) -> AsyncIterator[None]:
        """While the block lasts, a worker works."""
        async with self.create_worker(**{**self.options, **options}):
            self._working += 1
            try:
                yield
            finally:
                self._working -= 1

    async def start(
        self,
        order: Order,
        *,
        in_wallet: int = 0,
        clock: ClockReading | None = None,
        task_timeout: timedelta | None = None,
        run_timeout: timedelta | None = None,
    ) -> Case:
        """Places the order in the database and starts its workflow, as the API does."""
        self.database.place(order, in_wallet)
        handle = await self.client.start_workflow(
            OrderWorkflow.run,
            OrderStart(order=order, generation=self.generation, clock=clock),
            id=workflow_id(order.id),
            task_queue=self.queue,
            search_attributes=attributes.of(order),
            task_timeout=task_timeout,
            run_timeout=run_timeout,
        )
        case = Case(self, handle, order.id)
        self._cases.append(case)
        return case

    async def order(
        self, example: Order | None = None, left: timedelta | None = None, **options: Any
    ) -> Case:
        """An example order (a pending one) that runs, with so much time left to its deadline."""
        until = await self.now() + (left or timedelta(days=2))
        return await self.start(fresh(example or pending(), until), **options)


TEXT = "Because."


async def brought_to(case: Case, *steps: tuple[Action, Actor]) -> Case:
    """The order after these steps, each of which must be done."""
    for action, who in steps:
        event = await case.does(action, who, **said(case.order, action, who))
        assert event.accepted, event
    return case


def said(order: Order, action: Action, who: Actor) -> Json:
    """Fields with which an action is complete on this order."""
    match action:
        case Action.ACCEPT_OFFER | Action.DECLINE_OFFER | Action.WITHDRAW_OFFER:
            return {"offer_id": order.offer.id if order.offer else "none"}
        case Action.ACCEPT_SETTLEMENT:
            theirs = [one.id for one in order.settlements if one.proposed_by != who]
            return {"settlement_id": theirs[0]}
        case Action.WITHDRAW_SETTLEMENT:
            own = [one.id for one in order.settlements if one.proposed_by == who]
            return {"settlement_id": own[0]}
        case Action.ASSIGN if who.role is Role.OPERATOR:
            return {"mediator_id": "milo"}
        case _:
            return SAID[action]


_OWN: dict[Action, Json] = {
    Action.BUY_EXTRA: {"extra_id": "express"},
    Action.MAKE_OFFER: {"price": eur(700)},
    Action.PROPOSE_SETTLEMENT: {"reason": TEXT},
    Action.RESOLVE: {"outcome": "pay_seller"},
}
"""What is said otherwise about the example order."""


SAID = {action: body_saying(TEXT, action, _OWN.get(action)) for action in Action}
"""Fields with which an action is complete, where they do not depend on the order."""

ACCEPT, DELIVER = (Action.ACCEPT, SELLER), (Action.DELIVER, SELLER)
COMPLETE, REVISE = (Action.COMPLETE, BUYER), (Action.REQUEST_REVISION, BUYER)
REFUSE, DISPUTE = (Action.REFUSE_REVISION, SELLER), (Action.OPEN_DISPUTE, BUYER)
RESOLVE = (Action.RESOLVE, MEDIATOR)
BUY, OFFER = (Action.BUY_EXTRA, BUYER), (Action.MAKE_OFFER, SELLER)
TAKE, DECLINE = (Action.ACCEPT_OFFER, BUYER), (Action.DECLINE_OFFER, BUYER)
WISH, NO = (Action.REQUEST_CANCELLATION, BUYER), (Action.REFUSE_CANCELLATION, SELLER)
STATEMENT = (Action.ADD_STATEMENT, SELLER)
PROPOSE, SIGN = (Action.PROPOSE_SETTLEMENT, SELLER), (Action.ACCEPT_SETTLEMENT, BUYER)
