"""The nightly reconciliation: everything is looked at, and what does not hold is said in words."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.beating import HEARTBEAT
    from activities.reconciliation import Reconciled, ReconciliationActivities
    from workflows import options
    from workflows.telling_operators import Round

TELLS_OPERATORS = "tells operators"
"""Nights of a release that did not are replayed as they were: when somebody looks at them."""


@workflow.defn(name="ReconciliationWorkflow")
class ReconciliationWorkflow:
    """One look at every posting, every row and every order's workflow."""

    @workflow.run
    async def run(self) -> Reconciled:
        """Gives what was found. Findings are not a failure: they are what it is for; nor are
        operators who cannot be told of them."""
        found: Reconciled = await workflow.execute_activity_method(
            ReconciliationActivities.check_everything, **options.looking(HEARTBEAT)
        )
        workflow.set_current_details(in_words(found))
        if found.first and workflow.patched(TELLS_OPERATORS):
            await Round(found, in_words(found)).tell()
        return found


def in_words(found: Reconciled) -> str:
    """The result in Markdown."""
    if not found.first:
        return f"**Nothing found** in {found.orders} orders: books and workflows agree."
    head = (
        f"**{found.books + found.differing} findings** in {found.orders} orders:"
        f" {found.books} about the books, {found.differing} between orders and workflows."
    )
    left = found.books + found.differing - len(found.first)
    more = [f"… and {left} more: `sequestre check` names them."] if left else []
    return "\n\n".join([head, *(f"- {one}" for one in found.first), *more])
