"""The least that a durable life can be: it waits for a signal, does nothing, and waits again."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.attributes import ORDER_STATE

NOTHING = "nothing"
"""The activity that does nothing, and is only seen to have run."""

SIGNALS = 5
WINDOW = timedelta(days=7)
LIMIT = timedelta(seconds=8)


@workflow.defn
class BareWorkflow:
    """As many signals and activities as a life has.

    `local` makes the activities local ones. `shown` waits beside a timer and tells one search
    attribute anew a step, as whatever has deadlines and is to be found must.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []

    @workflow.run
    async def run(self, local: bool, shown: bool) -> None:
        """Run until the last signal has had its effect."""
        for _ in range(SIGNALS):
            window = WINDOW if shown else None
            await workflow.wait_condition(lambda: bool(self._waiting), timeout=window)
            step = self._waiting.pop(0)
            if local:
                await workflow.execute_local_activity(NOTHING, step, start_to_close_timeout=LIMIT)
            else:
                await workflow.execute_activity(NOTHING, step, start_to_close_timeout=LIMIT)
            if shown:
                state, _, _ = step.partition(" ")
                workflow.upsert_search_attributes([ORDER_STATE.value_set(state)])

    @workflow.signal
    def act(self, step: str) -> None:
        """Take in a step."""
        self._waiting.append(step)
