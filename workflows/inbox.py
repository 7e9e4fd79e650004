"""The signals that an order has received and not yet answered."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.base import Frozen
from domain.command import Command
from domain.signals import Unreadable, read, request_id_of, synthetic_id, unreadable
from domain.vocabulary import Action

REMEMBERED = 200
"""Request ids kept to drop repetitions early; the database knows every one of them."""

LONGEST_NAME = 100


class ReceivedSignal(Frozen):
    """A signal as it came, the id that it goes by, and the instant (UTC) at which it arrived."""

    name: str
    message: Any
    request_id: str
    arrived_at: datetime


@dataclass(frozen=True)
class Item:
    """A letter, what it says, and how many bytes it takes to carry it into the next run."""

    letter: ReceivedSignal
    says: Command | Unreadable
    size_bytes: int


class Inbox:
    """Taken in the order in which the requests were received, not in which they arrived."""

    def __init__(
        self, seen: Iterable[str], by_hand: int, letters: Iterable[ReceivedSignal], origin: str
    ) -> None:
        self._items = [_open(letter) for letter in letters]
        self.seen = deque(seen, maxlen=REMEMBERED)
        self.by_hand = by_hand
        """How many signals came without a usable request id: they are numbered instead, so that a
        replay or a reset gives each the same id again."""
        self._origin = origin
        """What tells the numbers of this workflow from those of one that the order had before: the
        database has decided those."""

    def __bool__(self) -> bool:
        return bool(self._items)

    @property
    def letters(self) -> tuple[ReceivedSignal, ...]:
        """What has not been answered."""
        return tuple(item.letter for item in self._items)

    @property
    def size_bytes(self) -> int:
        """How many bytes wait for an answer."""
        return sum(item.size_bytes for item in self._items)

    def receive(self, name: str, message: Any, now: datetime) -> None:
        """Takes in a signal, once for each request id."""
        request_id = request_id_of(message)
        if request_id is None:
            self.by_hand += 1
            request_id = synthetic_id(f"signal-{self._origin}-{self.by_hand}")
        if not isinstance(message, dict):
            message = None  # bytes, say, could not be carried into the next run
        if request_id not in self.seen:
            self.add(
                ReceivedSignal(
                    name=name[:LONGEST_NAME], message=message, request_id=request_id, arrived_at=now
                )
            )

    def receive_again(self, requests: Iterable[dict[str, Any]], now: datetime) -> None:
        """Takes in requests that the database holds undecided, seen before or not. What it says of
        them counts, above all when they were received."""
        known = {request["request_id"]: request for request in requests}
        self._items = [one for one in self._items if one.letter.request_id not in known]
        for request_id, request in known.items():
            name = request["action"]
            self.add(
                ReceivedSignal(name=name, message=request, request_id=request_id, arrived_at=now)
            )

    def add(self, letter: ReceivedSignal) -> None:
        """Takes in a letter, whatever was seen before."""
        self.seen.append(letter.request_id)
        self._items.append(_open(letter))

    def earliest(self) -> datetime | None:
        """When the first of the waiting requests was received."""
        return min((item.says.received_at for item in self._items), default=None)

    def take(self) -> Item:
        """Takes out the request that was received first."""
        first = min(self._items, key=lambda item: item.says.received_at)
        self._items.remove(first)
        return first

    def put_back(self, item: Item) -> None:
        """A request that has to be decided again."""
        self._items.append(item)


def _open(letter: ReceivedSignal) -> Item:
    return Item(letter, _read(letter), len(letter.model_dump_json().encode()))


def _read(letter: ReceivedSignal) -> Command | Unreadable:
    try:
        action = Action(letter.name)
    except ValueError:
        why = f"There is no such action; there are: {', '.join(Action)}."
        name = letter.name.replace("\x00", "") or "?"
        return unreadable(name, None, letter.request_id, letter.arrived_at, why)
    return read(action, letter.message, letter.request_id, letter.arrived_at)
