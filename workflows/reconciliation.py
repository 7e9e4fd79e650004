"""The nightly reconciliation: everything is looked at, and what does not hold is said in words."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.heartbeat import HEARTBEAT
    from activities.reconciliation import Reconciled, ReconciliationActivities
    from domain.operator_text import counted, in_code
    from workflows import options
    from workflows.operator_alerts import Round

TELLS_OPERATORS = "tells operators"
TELLS_OF_BLINDNESS = "tells operators that it could not look"
"""Nights of a release that did not are replayed as they were: when somebody looks at them."""


@workflow.defn(name="ReconciliationWorkflow")
class ReconciliationWorkflow:
    """A nightly look at every posting, row and workflow that is not proved yet."""

    @workflow.run
    async def run(self) -> Reconciled:
        """Return what was found. Findings are no failure, they are what it is for; nor are
        operators who cannot be told of them.

        Raises:
            ActivityError: nothing could be looked at, and operators have been told that.
        """
        try:
            found: Reconciled = await workflow.execute_activity_method(
                ReconciliationActivities.check_everything, **options.looking(HEARTBEAT)
            )
        except ActivityError as error:
            if not is_cancelled_exception(error) and workflow.patched(TELLS_OF_BLINDNESS):
                await _told(Reconciled(orders=0, books=0, differing=0, unchecked=_why(error)))
            raise
        workflow.set_current_details(in_words(found))
        if found.first and workflow.patched(TELLS_OPERATORS):
            await _told(found)
        return found


async def _told(found: Reconciled) -> None:
    await Round(found, in_words(found)).tell()


def _why(error: BaseException) -> str:
    """Return what went wrong first: a given-up activity has its last attempt's error as a cause."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error)


def in_words(found: Reconciled) -> str:
    """Say the result in Markdown."""
    if found.unchecked is not None:
        return f"**Nothing was looked at**, nobody knows what holds: {in_code(found.unchecked)}"
    if not found.first:
        return f"**Nothing found** in {counted(found.orders, 'order')}: books and workflows agree."
    total = found.books + found.differing + found.unproved
    head = (
        f"**{counted(total, 'finding')}** in {counted(found.orders, 'order')}:"
        f" {found.books} about the books, {found.differing} between orders and workflows"
    )
    head += f", {counted(found.unproved, 'check')} not proved." if found.unproved else "."
    left = total - len(found.first)
    more = [f"… and {left} more: `sequestre check` names them."] if left else []
    return "\n\n".join([head, *(f"- {in_code(one)}" for one in found.first), *more])
