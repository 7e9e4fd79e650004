"""The end of a reconciliation run that found something: every operator is told on their own."""

import asyncio
from collections import Counter

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.operators import OperatorActivities, Operators, ToOperator
    from activities.reconciliation import Reconciled
    from domain.operator_text import in_short_code
    from workflows import options


class Round:
    """A round of alerts to all operators at the same time; it shows below `head` how far it is.

    Nobody's silence keeps the others from being told, and none of it is a failure of the run:
    what was found stands in the details and the result all the same.
    """

    def __init__(self, found: Reconciled, head: str) -> None:
        self._found = found
        self._head = head
        self._told = 0
        self._problems: Counter[str] = Counter()

    async def tell(self) -> None:
        """Alert the operators, and return when each has been told or cannot be."""
        try:
            operators = await self._operators()
        except ActivityError as error:
            _unless_cancelled(error)
            self._show("Operators told: none; they could not be looked up.")
            return
        if not operators.user_ids:
            self._show("Operators told: none; nobody is known who has an address and wants mails.")
        elif not operators.has_mail_server:
            self._show("Operators told: none; no mail server is configured.")
        else:
            await self._tell_all(operators.user_ids)

    async def _operators(self) -> Operators:
        found: Operators = await workflow.execute_activity_method(
            OperatorActivities.operators_to_tell, **options.finding_operators()
        )
        return found

    async def _tell_all(self, user_ids: tuple[str, ...]) -> None:
        total = len(user_ids)
        self._show(in_words(self._told, total, self._problems))

        async def one(user_id: str) -> None:
            why = await self._tell_one(user_id)
            if why is None:
                self._told += 1
            else:
                self._problems[why] += 1
            self._show(in_words(self._told, total, self._problems))

        # In the order of a list from the history: a replay has to start them in the same one.
        await asyncio.gather(*(one(user_id) for user_id in user_ids))

    async def _tell_one(self, user_id: str) -> str | None:
        """Alert one operator; return why they were not told, or None."""
        try:
            why: str | None = await workflow.execute_activity_method(
                OperatorActivities.tell_operator,
                ToOperator(user_id=user_id, found=self._found),
                **options.telling_operator(f"tells {in_short_code(user_id)}"),
            )
        except ActivityError as error:
            _unless_cancelled(error)
            return "given up"
        return why

    def _show(self, sentence: str) -> None:
        workflow.set_current_details(f"{self._head}\n\n{sentence}")


def _unless_cancelled(error: ActivityError) -> None:
    """Raise the error where somebody has cancelled the run: nobody else is to be told then."""
    if is_cancelled_exception(error):
        raise error


def in_words(told: int, total: int, problems: Counter[str]) -> str:
    """Say how far it is: `Operators told: 1 of 2; given up (1).`"""
    why = [f"{problem} ({count})" for problem, count in sorted(problems.items())]
    return "; ".join((f"Operators told: {told} of {total}", *why)) + "."
