"""The signals that an order has received and not yet answered."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.act import Act
    from domain.signals import Unreadable, read, request_id_of, unreadable
    from domain.vocabulary import Action

REMEMBERED = 200
"""Request ids kept to drop repetitions early; the database knows every one of them."""

LONGEST_NAME = 100

Item = Act | Unreadable


class Inbox:
    """Taken in the order in which the requests were received, not in which they arrived."""

    def __init__(self, order_id: str, seen: Iterable[str], by_hand: int) -> None:
        self._order_id = order_id
        self._items: list[Item] = []
        self.seen = deque(seen, maxlen=REMEMBERED)
        self.by_hand = by_hand
        """How many signals came without a usable request id: they are numbered instead, so that a
        replay or a reset gives each the same id again."""

    def __bool__(self) -> bool:
        return bool(self._items)

    def receive(self, name: str, message: Any, now: datetime) -> None:
        """Takes in a signal, once for each request id."""
        request_id = request_id_of(message)
        if request_id is None:
            self.by_hand += 1
            request_id = f"{self._order_id}-signal-{self.by_hand}"
        if request_id not in self.seen:
            self._append(name, message, request_id, now)

    def receive_again(self, requests: Iterable[dict[str, Any]], now: datetime) -> None:
        """Takes in requests that the database holds undecided, seen before or not. What it says of
        them counts, above all when they were received."""
        known = {request["request_id"]: request for request in requests}
        self._items = [item for item in self._items if item.request_id not in known]
        for request_id, request in known.items():
            self._append(request["action"], request, request_id, now)

    def earliest(self) -> datetime | None:
        """When the first of the waiting requests was received."""
        return min((item.received_at for item in self._items), default=None)

    def take(self) -> Item:
        """Takes out the request that was received first."""
        first = min(self._items, key=lambda item: item.received_at)
        self._items.remove(first)
        return first

    def put_back(self, item: Item) -> None:
        """A request that has to be decided again."""
        self._items.append(item)

    def _append(self, name: str, message: Any, request_id: str, now: datetime) -> None:
        self.seen.append(request_id)
        self._items.append(_read(name, message, request_id, now))


def _read(name: str, message: Any, request_id: str, now: datetime) -> Item:
    try:
        action = Action(name)
    except ValueError:
        why = f"There is no such action; there are: {', '.join(Action)}."
        return unreadable(name[:LONGEST_NAME], None, request_id, now, why)
    return read(action, message, request_id, now)
