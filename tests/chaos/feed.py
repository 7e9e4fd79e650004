"""The feed as a backend follows it while everything breaks, and what it should hold in the end."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from tests.app_under_test import OPERATOR
from tests.chaos.clients import Clients
from tests.chaos.evidence import Evidence

PAUSE_SECONDS = 0.2


@dataclass
class Follower:
    """Goes on from the last event that it has, and never looks back."""

    clients: Clients
    read: list[str] = field(default_factory=list)
    _after: str | None = None

    async def follow(self) -> None:
        """Asks again and again, until cancelled."""
        while True:
            await self.to_the_end()
            await asyncio.sleep(PAUSE_SECONDS)

    async def to_the_end(self) -> list[str]:
        """Reads all there is, as far as it is answered; gives the ids of all that it has read."""
        more = True
        while more:
            after = f"&after={self._after}" if self._after else ""
            part = await self.clients.read(OPERATOR, f"/v1/events?limit=100{after}")
            if part is None:
                break
            # Together, or a reader that is cancelled would read a part again.
            self.read += [one["id"] for one in part["items"]]
            self._after, more = part["next_cursor"], part["more"]
        return self.read


def feed(evidence: Evidence) -> Iterator[str]:
    """Every step, every transfer and every word on a dispute once, those of an order in its order,
    and who followed has read what stands there."""
    if evidence.feed is None:
        return
    read, due = Counter(evidence.feed), set(_due(evidence))
    for event_id in due - read.keys():
        yield f"event {event_id} is not in the feed"
    for event_id in read.keys() - due:
        yield f"event {event_id} is in the feed and never happened"
    for event_id, times in read.items():
        if times > 1:
            yield f"event {event_id} is in the feed {times} times"
    for order, steps in _steps(evidence.feed).items():
        if steps != sorted(steps):
            yield f"order {order} is told in the order {steps}"
    followed = evidence.followed
    if followed is not None and followed != evidence.feed[: len(followed)]:
        yield "who followed the feed has not read what stands there"


def _due(evidence: Evidence) -> Iterator[str]:
    for order_id, events in evidence.events.items():
        for event in events:
            if event["accepted"]:
                yield f"evt_{UUID(order_id).hex}_{event['seq']}"
    for said in evidence.messages:
        yield f"evt_{UUID(said['order_id']).hex}_m{said['number']}"
    for posting in evidence.postings:
        if posting["order_id"] is None:
            yield f"evt_transfer_{posting['tx_id']}"
    for said in evidence.provider_events:
        if said["kind"].startswith("dispute_") and said["outcome"] == "applied":
            yield f"evt_dispute_{said['number']}"


def _steps(read: list[str]) -> dict[str, list[int]]:
    steps: dict[str, list[int]] = defaultdict(list)
    for event_id in read:
        _, order, seq = event_id.split("_")
        if order not in ("transfer", "dispute") and not seq.startswith("m"):
            steps[order].append(int(seq))
    return steps
