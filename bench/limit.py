"""The limit: a bare workflow on the same server, driven by the Temporal client alone."""

import asyncio
import itertools
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from bench.bare_workflow import NOTHING, BareWorkflow
from bench.closed_loop import PLACE, Took
from bench.life import ACTS, Act
from embedded.stack_file import StackInfo
from workflows.attributes import ORDER_STATE

QUEUE = "bench-limit"


class Effects:
    """Wakes whoever waits for the effect of a step, once its activity runs."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def of(self, step: str) -> "asyncio.Future[None]":
        """Return what is done when the step has taken effect."""
        return self._waiting.setdefault(step, asyncio.get_running_loop().create_future())

    @activity.defn(name=NOTHING)
    async def happened(self, step: str) -> None:
        """Wake who waits for the step; that is all the activity there is."""
        waiting = self._waiting.pop(step, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


class Limit:
    """Bare lives on a Temporal server, their worker in this process."""

    def __init__(self, client: Client, effects: Effects, *, local: bool, shown: bool) -> None:
        self._client = client
        self._effects = effects
        self._local, self._shown = local, shown
        self._run = secrets.token_hex(4)
        self._numbers = itertools.count()

    async def live(self, _client: int, took: Took) -> None:
        """Play one life."""
        began = time.perf_counter()
        handle = await self.begin()
        took(PLACE, time.perf_counter() - began)
        for act in ACTS:
            began = time.perf_counter()
            await self.act(handle, act)
            took(act.name, time.perf_counter() - began)

    async def begin(self) -> WorkflowHandle[Any, Any]:
        """Begin a bare workflow."""
        found = TypedSearchAttributes([SearchAttributePair(ORDER_STATE, "pending")])
        return await self._client.start_workflow(
            BareWorkflow.run,
            args=[self._local, self._shown],
            id=f"bare-{self._run}-{next(self._numbers)}",
            task_queue=QUEUE,
            search_attributes=found if self._shown else TypedSearchAttributes.empty,
        )

    async def act(self, handle: WorkflowHandle[Any, Any], act: Act) -> None:
        """Signal a step and wait for its effect."""
        step = f"{act.name} {handle.id}"
        effect = self._effects.of(step)
        await handle.signal(BareWorkflow.act, step)
        await effect


@asynccontextmanager
async def bare_worker(stack: StackInfo) -> AsyncIterator[tuple[Client, Effects]]:
    """Run a worker of bare lives in this process, as fast as the SDK can: without its sandbox."""
    effects = Effects()
    client = await Client.connect(stack.temporal_address, namespace=stack.temporal_namespace)
    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=[BareWorkflow],
        activities=[effects.happened],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        yield client, effects
