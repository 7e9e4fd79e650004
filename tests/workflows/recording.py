"""A database in memory: it answers as `record_step` in SQL does, and remembers what it was told.

`test_recording.py` holds it against the real one.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity

from activities.steps import StepActivities
from db import steps
from domain.command import Refusal
from domain.ledger import Account, AccountKind, Posting, PostingKind, escrow, wallet
from domain.operator_text import WHAT_MONEY_DOES
from domain.order import Actor, Order
from domain.step import Notice, Recorded, Step, Stored, ToRecord
from domain.vocabulary import Code, State

PATIENCE_SECONDS = 60.0
ENDS = (PostingKind.RELEASE, PostingKind.REFUND, PostingKind.SPLIT)
KEYS = range(8, 301)
"""How long the key of a posting may be."""

Json = dict[str, Any]
Clock = Callable[[], Awaitable[datetime]]


class Broken(Exception):
    """The database refuses what no correct program writes: money that is not there, text that
    PostgreSQL cannot keep."""


@dataclass(frozen=True)
class Event:
    """An entry of an order's journal."""

    action: str
    actor: Actor | None
    request_id: str | None
    received_at: datetime | None
    accepted: bool
    code: Code | None
    reason: str | None
    event: str | None
    state: State
    version: int
    does: str
    """What money does in it."""
    at: datetime
    notices: tuple[Notice, ...]


@dataclass
class Request:
    """A request as the API writes it down, with the texts that never leave the database."""

    action: str
    signal: Json
    received_at: datetime
    fields: Json = field(default_factory=dict)
    outcome: Json | None = None


@dataclass
class Row:
    """An order with all that hangs on it."""

    order: Order
    journal: list[Event] = field(default_factory=list)
    requests: dict[str, Request] = field(default_factory=dict)
    written: int = 1
    """Entries of the journal, with the one of the placing."""
    gained: Counter[Account] = field(default_factory=Counter)
    """What each account gained or, below zero, lost by the order's postings."""


_began: ContextVar[datetime] = ContextVar("began")
"""When the running activity began, by the Temporal server's clock, which may skip: what is tried on
the worker that decided it is told the worker's own time by the SDK."""


class Recording:
    """Orders, journal, requests and ledger. `slow_by` is how far its clock is behind Temporal's."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.postings: dict[str, Posting] = {}
        self.balances: Counter[Account] = Counter()
        self.statuses: list[str] = []
        """How each call was answered."""
        self.broken: list[str] = []
        """What could not be written; it would be tried again for ever."""
        self.slow_by = timedelta()
        self._changed = asyncio.Condition()

    def now(self) -> datetime:
        """The instant by this database's clock."""
        return (_began.get(None) or datetime.now(UTC)) - self.slow_by

    def place(self, order: Order, in_wallet: int = 0) -> None:
        """An order with its money in escrow, of a buyer with that many cents left."""
        self.rows[order.id] = Row(order)
        self.balances[escrow(order.id)] = order.total
        self.balances[wallet(order.buyer_id)] += in_wallet

    def write_request(self, order_id: str, request_id: str, request: Request) -> None:
        """What the API does before it signals."""
        self.rows[order_id].requests[request_id] = request

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until something is so.

        Raises:
            TimeoutError: it did not become so within the patience of a test.
        """
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(holds)

    async def tell(self) -> None:
        """Wakes those who wait."""
        async with self._changed:
            self._changed.notify_all()

    def record(self, record: ToRecord, does: str = "") -> Recorded:
        """Writes a step or a refusal once.

        Raises:
            Broken: it cannot be written, now or ever.
        """
        row = self.rows[record.order_id]
        try:
            if "\\u0000" in record.model_dump_json():
                raise Broken("unsupported Unicode escape sequence")
            recorded = self._barrier(row, record) or self._write(row, record, does)
        except Broken as broken:
            self.broken.append(str(broken))
            raise
        self.statuses.append(recorded.status)
        return recorded

    def stored(self, order_id: str) -> Stored:
        """The order, and what nobody has decided."""
        row = self.rows[order_id]
        undecided = [(key, one) for key, one in row.requests.items() if one.outcome is None]
        undecided.sort(key=lambda pair: (pair[1].received_at, pair[0]))
        return Stored(order=row.order, requests=tuple(_signal(*pair) for pair in undecided))

    def _barrier(self, row: Row, record: ToRecord) -> Recorded | None:
        request = row.requests.get(record.entry.request_id or "")
        if request is not None and request.outcome is not None:
            return Recorded(status="decided", order=row.order, outcome=request.outcome)
        asked_in = request.signal.get("generation", 0) if request else 0
        if asked_in > record.generation:
            return Recorded(status="newer", order=row.order, generation=asked_in)
        if row.order.version != record.expected_version:
            return Recorded(status="superseded", order=row.order)
        return self._silence(row, record.deadline_at) if record.deadline_at else None

    def _silence(self, row: Row, until: datetime) -> Recorded | None:
        wait = until - self.now()
        if wait >= timedelta():
            return Recorded(status="too_early", order=row.order, wait=wait)
        first = sorted(
            (request.received_at, request_id)
            for request_id, request in row.requests.items()
            if request.outcome is None and request.received_at <= until
        )
        if not first:
            return None
        requests = tuple(_signal(request_id, row.requests[request_id]) for _, request_id in first)
        return Recorded(status="deferred", order=row.order, requests=requests)

    def _write(self, row: Row, record: ToRecord, does: str) -> Recorded:
        verdict = record.verdict
        if isinstance(verdict, Step) and self._is_short(verdict):
            short = steps._if_short(verdict)
            verdict = Refusal(code=Code.INSUFFICIENT_FUNDS, detail=short["reason"] if short else "")
        if isinstance(verdict, Step):
            for posting in verdict.postings:
                self._post(row, posting)
            row.order = verdict.order
        row.written += 1
        row.journal.append(_event(row.order, record, verdict, does, self.now()))
        outcome = _outcome(row.written, verdict)
        if record.entry.request_id is not None:
            self._keep_outcome(row, record, outcome)
        return Recorded(status="recorded", order=row.order, outcome=outcome)

    def _keep_outcome(self, row: Row, record: ToRecord, outcome: Json) -> None:
        entry = record.entry
        received_at = entry.received_at or self.now()
        by_hand = Request(entry.action, {}, received_at, entry.fields)
        row.requests.setdefault(entry.request_id or "", by_hand).outcome = outcome

    def _is_short(self, step: Step) -> bool:
        legs = [leg for p in step.postings if p.key not in self.postings for leg in p.legs]
        taken = Counter[Account]()
        for leg in legs:
            taken[leg.debit] += leg.amount
        return any(
            self.balances[account] < amount
            for account, amount in taken.items()
            if account.kind is AccountKind.WALLET
        )

    def _post(self, row: Row, posting: Posting) -> None:
        if len(posting.key) not in KEYS:
            raise Broken(f"{posting.key} is no key")
        known = self.postings.setdefault(posting.key, posting)
        if known is not posting:
            if known != posting:
                raise Broken(f"{posting.key} with other contents")
            return
        for leg in posting.legs:
            for account, gain in ((leg.debit, -leg.amount), (leg.credit, leg.amount)):
                self.balances[account] += gain
                row.gained[account] += gain
        left = self.balances[escrow(row.order.id)]
        if left < 0 or (posting.kind in ENDS and left):
            raise Broken(f"{left} in the escrow of {row.order.id} after {posting.key}")


def _signal(request_id: str, request: Request) -> Json:
    return {
        **request.signal,
        "request_id": request_id,
        "action": request.action,
        "received_at": request.received_at.isoformat(),
    }


def _event(
    order: Order, record: ToRecord, verdict: Step | Refusal, does: str, at: datetime
) -> Event:
    refusal = verdict if isinstance(verdict, Refusal) else None
    return Event(
        action=record.entry.action,
        actor=record.entry.actor,
        request_id=record.entry.request_id,
        received_at=record.entry.received_at,
        accepted=refusal is None,
        code=refusal.code if refusal else None,
        reason=refusal.detail if refusal else None,
        event=verdict.event if isinstance(verdict, Step) else None,
        state=order.state,
        version=order.version,
        does=does,
        at=at,
        notices=verdict.notices if isinstance(verdict, Step) else (),
    )


def _outcome(seq: int, verdict: Step | Refusal) -> Json:
    if isinstance(verdict, Step):
        return {"seq": seq, "accepted": True, "code": None, "detail": None}
    refused = {"seq": seq, "accepted": False, "code": verdict.code, "detail": verdict.detail}
    return refused if verdict.field is None else {**refused, "field": verdict.field}


def what_money_does(record: ToRecord) -> str:
    """As runs of before generation 1 name their activities."""
    if isinstance(record.verdict, Refusal):
        return "record_refusal"
    kinds = [posting.kind for posting in record.verdict.postings]
    return WHAT_MONEY_DOES[kinds[0]] if kinds else "record_step"


class RecordingSteps(StepActivities):
    """The activities of `OrderWorkflow` under their real names, over a recording."""

    def __init__(self, database: Recording, clock: Clock) -> None:
        self.database = database
        self._clock = clock
        self.fails_here = False
        """Whether what is tried on the worker that decided it comes to nothing."""
        self.fails_before: deque[Exception] = deque()
        """Raised one after the other, instead of writing anything."""
        self.fails_after: deque[Exception] = deque()
        """Raised after the writing, instead of the answer."""
        self.attempts: Counter[str] = Counter()
        """How often each was tried, by what money does."""
        self.open = asyncio.Event()
        """While it is not set, activities are under way and do not come to writing."""
        self.open.set()
        self.answers = asyncio.Event()
        """While it is not set, activities have written and do not come to saying so."""
        self.answers.set()

    @activity.defn(name="read_order")
    async def read_order(self, order_id: str) -> Stored:
        """What the recording has."""
        await self._begun("read_order")
        return self.database.stored(order_id)

    async def _begun(self, does: str) -> None:
        if self.fails_here and activity.info().is_local:
            raise ConnectionError("not here")
        _began.set(await self._clock())
        self.attempts[does] += 1
        await self.database.tell()
        await self.open.wait()
        if self.fails_before:
            raise self.fails_before.popleft()

    async def _record(self, step: ToRecord) -> Recorded:
        does = what_money_does(step)
        await self._begun(does)
        recorded = self.database.record(step, does)
        await self.database.tell()
        await self.answers.wait()
        if self.fails_after:
            raise self.fails_after.popleft()
        return recorded
