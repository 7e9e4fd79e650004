"""The signals that an order has received and not yet answered."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from domain.base import Frozen
from domain.command import Command
from domain.signals import Unreadable, read, request_id_of, synthetic_id, unreadable
from domain.vocabulary import Action, act_named

REMEMBERED = 200
"""Request ids kept to drop repetitions early; the database knows every one of them."""

LONGEST_NAME = 100


class ReceivedSignal(Frozen):
    """A signal as it came, the id that it goes by, and the instant (UTC) at which it arrived.

    It lies in recorded histories: a fresh run begins with those that wait.
    """

    name: str
    message: Any
    request_id: str
    arrived_at: datetime

    @cached_property
    def command(self) -> Command | Unreadable:
        """Return the command that the signal asks for, or why it makes none."""
        try:
            action = act_named(self.name)
        except ValueError:
            why = f"There is no such action; there are: {', '.join(Action)}."
            name = self.name.replace("\x00", "") or "?"
            return unreadable(name, None, self.request_id, self.arrived_at, why)
        return read(action, self.message, self.request_id, self.arrived_at)

    @cached_property
    def size_bytes(self) -> int:
        """Return the bytes that it takes to carry the signal into the next run."""
        return len(self.model_dump_json().encode())


class Inbox:
    """Signals that wait, taken in the order in which the requests were received, not in which they
    arrived."""

    def __init__(
        self,
        seen: Iterable[str],
        unnumbered_signals: int,
        waiting: Iterable[ReceivedSignal],
        lineage_id: str,
    ) -> None:
        self._waiting = list(waiting)
        self.seen = deque(seen, maxlen=REMEMBERED)
        self.unnumbered_signals = unnumbered_signals
        """How many signals came without a usable request id: they are numbered instead, so that a
        replay or a reset gives each the same id again."""
        self._lineage_id = lineage_id
        """What tells the numbers of this workflow from those of one that the order had before: the
        database has decided those."""

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def waiting(self) -> tuple[ReceivedSignal, ...]:
        """Return the signals that have not been answered."""
        return tuple(self._waiting)

    @property
    def size_bytes(self) -> int:
        """Return how many bytes wait for an answer."""
        return sum(signal.size_bytes for signal in self._waiting)

    def receive(self, name: str, message: Any, now: datetime) -> None:
        """Take in a signal, once for each request id."""
        request_id = request_id_of(message)
        if request_id is None:
            self.unnumbered_signals += 1
            request_id = synthetic_id(f"signal-{self._lineage_id}-{self.unnumbered_signals}")
        if not isinstance(message, dict):
            message = None  # bytes, say, could not be carried into the next run
        # The relay sends again what was not decided in time: each `signal` call is a new signal.
        if request_id not in self.seen:
            self.add(
                ReceivedSignal(
                    name=name[:LONGEST_NAME], message=message, request_id=request_id, arrived_at=now
                )
            )

    def receive_again(self, requests: Iterable[dict[str, Any]], now: datetime) -> None:
        """Take in requests that the database holds undecided, seen before or not. What it says of
        them counts, above all when they were received."""
        known = {request["request_id"]: request for request in requests}
        # A signal may bear any `received_at`; what counts is the one that the database stamped.
        self._waiting = [one for one in self._waiting if one.request_id not in known]
        for request_id, request in known.items():
            name = request["action"]
            self.add(
                ReceivedSignal(name=name, message=request, request_id=request_id, arrived_at=now)
            )

    def add(self, signal: ReceivedSignal) -> None:
        """Take in a signal, whatever was seen before."""
        self.seen.append(signal.request_id)
        self._waiting.append(signal)

    def earliest(self) -> datetime | None:
        """Return when the first of the waiting requests was received."""
        return min((signal.command.received_at for signal in self._waiting), default=None)

    def take(self) -> ReceivedSignal:
        """Take out the request that was received first."""
        # Signals overtake each other: the first to arrive need not be the first that was asked.
        first = min(self._waiting, key=lambda signal: signal.command.received_at)
        self._waiting.remove(first)
        return first

    def put_back(self, signal: ReceivedSignal) -> None:
        """Keep a request that has to be decided again."""
        self._waiting.append(signal)
