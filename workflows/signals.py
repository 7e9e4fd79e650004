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

    def receive_unknown(self, name: str, arguments: Sequence[RawValue]) -> None:
        """Take in a signal that is no action known here. Must not raise either."""
        raise NotImplementedError

    @workflow.signal(dynamic=True, description="Anything else is refused and kept in the journal.")
    def unknown(self, name: str, arguments: Sequence[RawValue]) -> None:
        """Take in a signal that is no action; it is refused in the order's journal, or left to a
        newer worker where a newer API has written it down."""
        self.receive_unknown(name, arguments)


def decoded(arguments: Sequence[RawValue]) -> Any:
    """Return a signal's first argument; None where there is none that can be read."""
    payloads = [argument.payload for argument in arguments[:1]]
    read = workflow.payload_converter().from_payloads(payloads)
    return read[0] if read else None


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
