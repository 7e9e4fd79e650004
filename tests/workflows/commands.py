"""The commands that a workflow gives Temporal: those that a history has, and those given now.

Not counted: a timer's cancellation, of which Temporal writes nothing where the timer has fired
meanwhile, that of an activity on the worker itself, of which it never hears, and the marks of
`workflow.patched`. Temporal's SDK itself compares them at each replay.
"""

import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from temporalio.api.history.v1 import HistoryEvent
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import WorkflowHistory
from temporalio.worker import Interceptor, Replayer, WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from infra.payloads import DATA_CONVERTER
from tests.workflows.stage import MARK_OF_LOCAL, SINGLE_BATCH, kind_of

Commands = tuple[str, ...]

ACTIVITY, HERE, TIMER = "activity", "local activity", "timer"
SEARCH = "search attributes"
CANCELLED, COMPLETED, CONTINUED = "activity cancelled", "completed", "continued as new"
OF_EVENT = {
    "ACTIVITY_TASK_SCHEDULED": ACTIVITY,
    "TIMER_STARTED": TIMER,
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": SEARCH,
    "ACTIVITY_TASK_CANCEL_REQUESTED": CANCELLED,
    "WORKFLOW_EXECUTION_COMPLETED": COMPLETED,
    "WORKFLOW_EXECUTION_CONTINUED_AS_NEW": CONTINUED,
}
OF_COMMAND = {
    "schedule_activity": ACTIVITY,
    "schedule_local_activity": HERE,
    "start_timer": TIMER,
    "upsert_workflow_search_attributes": SEARCH,
    "request_cancel_activity": CANCELLED,
    "complete_workflow_execution": COMPLETED,
    "continue_as_new_workflow_execution": CONTINUED,
}
UNCOUNTED = (
    "cancel_timer",
    "request_cancel_local_activity",
    "set_patch_marker",
    "respond_to_query",
)
PATCHES = "TemporalChangeVersion"
"""The search attribute that the SDK itself keeps beside the marks of `workflow.patched`."""


@dataclass(frozen=True)
class Given:
    """What a workflow gives when a history is replayed: in vain, up to where the SDK stopped it."""

    commands: Commands
    failure: str | None


def commands_in(history: WorkflowHistory) -> Commands:
    """The commands that led to a history: `timer`, `activity record_step` and the like."""
    return tuple(one for event in history.events for one in _of_event(event))


def _of_event(event: HistoryEvent) -> list[str]:
    marked = event.marker_recorded_event_attributes
    if marked.marker_name == MARK_OF_LOCAL:
        return [f"{HERE} {json.loads(marked.details['data'].payloads[0].data)['activity_type']}"]
    word = OF_EVENT.get(kind_of(event))
    shown = event.upsert_workflow_search_attributes_event_attributes.search_attributes
    if word is None or PATCHES in shown.indexed_fields:
        return []
    return [f"{word} {event.activity_task_scheduled_event_attributes.activity_type.name}".strip()]


def _of_command(command: WorkflowCommand) -> list[str]:
    kind = str(command.WhichOneof("variant"))
    if kind in UNCOUNTED:
        return []
    # What no order has given so far is called what the SDK calls it.
    word = OF_COMMAND.get(kind, kind)
    begun = command.schedule_activity.activity_type or command.schedule_local_activity.activity_type
    return [f"{word} {begun}".strip()]


async def given_by(
    workflow: type,
    histories: Mapping[str, WorkflowHistory],
    *,
    single_batch: bool = False,
    interceptors: Sequence[Interceptor] = (),
) -> dict[str, Given]:
    """What a workflow gives for each of these histories, under the names that they have here."""
    runner = _Listening()
    replayer = Replayer(
        workflows=[workflow],
        workflow_runner=runner,
        data_converter=DATA_CONVERTER,
        interceptors=interceptors,
    )
    replayer._set_default_workflow_logic_flag(SINGLE_BATCH, enabled=single_batch)

    async def all_of_them() -> AsyncIterator[WorkflowHistory]:
        for history in histories.values():
            yield history

    replay = await replayer.replay_workflows(all_of_them(), raise_on_replay_failure=False)
    return {
        name: Given(tuple(runner.heard[history.run_id]), _why(replay.replay_failures, history))
        for name, history in histories.items()
    }


def _why(failures: Mapping[str, Exception], history: WorkflowHistory) -> str | None:
    """The sentence in the middle of what the SDK says, without its nested structures."""
    if history.run_id not in failures:
        return None
    said = str(failures[history.run_id])
    sentence = re.search(r'message: "(.+?)", source', said)
    return sentence[1] if sentence else said


class _Listening(SandboxedWorkflowRunner):
    """The sandbox that workflows run in, and what they say there: commands by the run's id."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: defaultdict[str, list[str]] = defaultdict(list)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        activate, heard = instance.activate, self.heard[det.info.run_id]

        def listened(activation: WorkflowActivation) -> WorkflowActivationCompletion:
            completion = activate(activation)
            for command in completion.successful.commands:
                heard.extend(_of_command(command))
            return completion

        vars(instance)["activate"] = listened
        return instance
