"""One signal for each action, made from the list of actions so that none can be forgotten."""

from collections.abc import Callable, Sequence
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

from domain.rules import RULES
from domain.vocabulary import Action


class OrderSignals:
    """The signal handlers of an order. They cannot fail: whatever comes is handed to `receive`."""

    def receive(self, name: str, message: Any) -> None:
        """Take in a signal of this name. Must not raise: that would fail the order."""
        raise NotImplementedError

    @workflow.signal(dynamic=True, description="Anything else is refused and kept in the journal.")
    def unknown(self, name: str, _arguments: Sequence[RawValue]) -> None:
        """Take in a signal that is no action; it is refused in the order's journal."""
        self.receive(name, None)


def _handler(action: Action) -> Callable[..., None]:
    # Any number of arguments of any type: what does not fit, the SDK drops with a line in its log.
    def handle(self: OrderSignals, message: Any = None, *_more: Any) -> None:
        self.receive(action.value, message)

    handle.__name__ = action.value
    handle.__qualname__ = f"OrderSignals.{action.value}"
    by = " or ".join(dict.fromkeys(rule.by.value for rule in RULES if rule.action is action))
    return workflow.signal(name=action.value, description=f"By the {by}.")(handle)


# The SDK finds handlers as attributes of the class, when a workflow class is defined of it.
for _action in Action:
    setattr(OrderSignals, _action.value, _handler(_action))
