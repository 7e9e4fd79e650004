"""Row, journal, workflow, readings, notices and feed say the same, and what the contract says."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.chaos.evidence import Evidence, Rows, Seen
from tests.chaos.feed import feed
from tests.contract import ENDS_BY_SILENCE, FINAL, MAY, UNCONDITIONAL

ESCALATED = ("order.dispute_escalated", "order.ruling_overdue")


def agreement(evidence: Evidence) -> Iterator[str]:
    """Everything that is known of an order, against everything else."""
    told: dict[tuple[str, int], list[tuple[str, str | None]]] = {}
    for notice in evidence.notices:
        step = (notice["order_id"], notice["seq"])
        told.setdefault(step, []).append((notice["role"], notice["user_id"]))
    for order_id, order in evidence.orders.items():
        for wrong in _of_order(evidence, order):
            yield f"order {order_id} {wrong}"
        for wrong in _journal(evidence.events[order_id], order, told):
            yield f"order {order_id} {wrong}"
    if evidence.workflows is not None:
        for order_id in evidence.orders.keys() - evidence.workflows.keys():
            yield f"order {order_id} has no workflow"
    yield from _inboxes(evidence)
    yield from _wallets(evidence)
    yield from feed(evidence)


def _of_order(evidence: Evidence, order: dict[str, Any]) -> Iterator[str]:
    row = (order["state"], order["version"])
    steps = [event for event in evidence.events[order["id"]] if event["accepted"]]
    last = (steps[-1]["state"], steps[-1]["version"]) if steps else None
    if last != row or len(steps) != order["version"]:
        yield f"is {row}; its journal has {len(steps)} steps and ends at {last}"
    reading = evidence.readings.get(order["id"])
    if reading is not None and (reading.get("state"), reading.get("version")) != row:
        yield f"is {row}; its seller reads {reading.get('state')} v{reading.get('version')}"
        if _shares(reading.get("outcome")) != _shares(order["doc"]["outcome"]):
            yield f"ended with {order['doc']['outcome']}; its seller reads {reading.get('outcome')}"
    seen = (evidence.workflows or {}).get(order["id"])
    if seen is not None:
        yield from _workflow(order, seen)


def _workflow(order: dict[str, Any], seen: Seen) -> Iterator[str]:
    expected = "completed" if order["state"] in FINAL else "running"
    if seen.status != expected:
        yield f"is {order['state']} and its workflow is {seen.status}"
    if seen.shown != order["state"]:
        yield f"is {order['state']} and its workflow shows {seen.shown}"
    answered = seen.order or {}
    if (answered.get("state"), answered.get("version")) != (order["state"], order["version"]):
        yield (
            f"is {order['state']} v{order['version']} and its workflow answers"
            f" {answered.get('state')} v{answered.get('version')}"
        )


def _journal(
    events: Rows,
    order: dict[str, Any],
    told: dict[tuple[str, int], list[tuple[str, str | None]]],
) -> Iterator[str]:
    before: dict[str, Any] | None = None
    for event in events:
        who = sorted(told.get((event["order_id"], event["seq"]), ()), key=str)
        expected = sorted(_concerned(before, event, order), key=str) if event["accepted"] else []
        if event["event"] and event["event"].endswith("_reminder"):
            if len(who) != 1 or who[0] not in expected:
                yield f"event {event['seq']}: {event['event']} was told to {who}"
        elif who != expected:
            yield f"event {event['seq']}: {event['event']} was told to {who}, not {expected}"
        if before is not None and event["role"] not in ("deadline", "provider"):
            lawful = _while_frozen if before.get("payment_hold") else _lawful
            yield from (f"event {event['seq']}: {wrong}" for wrong in lawful(before, event))
        before = event["doc"] or before


def _concerned(
    before: dict[str, Any] | None, event: dict[str, Any], order: dict[str, Any]
) -> list[tuple[str, str | None]]:
    """Both parties, and operators of what the payment provider does; with an open dispute, or one
    that this step ends, its mediator, or all of them as long as it has none, and who had a case
    that another has now."""
    if event["event"] in ESCALATED:
        return [("mediator", None), ("operator", None)]
    people: list[tuple[str, str | None]] = [
        ("buyer", order["buyer_id"]),
        ("seller", order["seller_id"]),
    ]
    if event["role"] == "provider":
        people.append(("operator", None))
    was_disputed = before is not None and before["state"] == "disputed"
    mediator, earlier = _mediator(event["doc"]), _mediator(before)
    if event["state"] == "disputed" or (was_disputed and mediator):
        people.append(("mediator", mediator))
    if was_disputed and mediator and earlier not in (None, mediator):
        people.append(("mediator", earlier))
    return people


def _mediator(doc: dict[str, Any] | None) -> str | None:
    """Who has the case of an order."""
    dispute = (doc or {}).get("dispute") or {}
    return None if dispute.get("mediator_id") is None else str(dispute["mediator_id"])


def _lawful(before: dict[str, Any], event: dict[str, Any]) -> Iterator[str]:
    """What was accepted is in the contract's table and came in time; what was refused is not."""
    subject = (event["action"], event["role"])
    possible = before["state"] in MAY.get(event["action"], {}).get(event["role"], ())
    if event["action"] == "request_revision":
        yield from _as_included(before, event, possible)
    if event["accepted"]:
        if not possible:
            yield f"{subject} was accepted in {before['state']}"
        deadline = before["deadline"]
        if deadline and deadline["on_expiry"] in ENDS_BY_SILENCE:
            received = event["received_at"]
            if received > datetime.fromisoformat(deadline["at"]):
                yield f"{subject} was received at {received}, after {deadline['at']}"
    elif event["code"] == "action-not-allowed" and possible and subject in UNCONDITIONAL:
        yield f"{subject} was refused in {before['state']}"


def _while_frozen(before: dict[str, Any], event: dict[str, Any]) -> Iterator[str]:
    """While the payment is disputed nothing is accepted but a statement in a case."""
    if event["accepted"] and event["action"] != "add_statement":
        yield f"{event['action']} was accepted in {before['state']}, which was frozen"


def _as_included(before: dict[str, Any], event: dict[str, Any], possible: bool) -> Iterator[str]:
    """A revision is asked for while one is left of those that the service includes."""
    included, used = before["revisions_included"], before["revisions_used"]
    is_left = included is None or used < included
    if event["accepted"] and not is_left:
        yield f"a revision was asked for after {used} of {included}"
    if event["code"] == "action-not-allowed" and possible and is_left and event["role"] == "buyer":
        yield f"a revision was refused after {used} of {included}"


def _shares(outcome: dict[str, Any] | None) -> list[int] | None:
    """Who got how much, from a document of either kind."""
    if outcome is None:
        return None
    found = [outcome[name] for name in ("refunded", "paid_to_seller", "commission")]
    return [one["amount"] if isinstance(one, dict) else one for one in found]


def _wallets(evidence: Evidence) -> Iterator[str]:
    there = {one["owner"]: one["balance"] for one in evidence.balances if one["kind"] == "wallet"}
    for user_id, wallet in evidence.wallets.items():
        held = sum(one["amount"] for one in wallet.get("balances", ()))
        if held != there.get(user_id, 0):
            yield f"{user_id} reads {held} in their wallet; it holds {there.get(user_id, 0)}"


def _inboxes(evidence: Evidence) -> Iterator[str]:
    written: dict[str, set[tuple[str, int]]] = {}
    for one in evidence.notices:
        written.setdefault(str(one["user_id"]), set()).add((one["order_id"], one["seq"]))
    for user_id, inbox in evidence.inboxes.items():
        read = Counter(inbox)
        for order_id, seq in written.get(user_id, set()) ^ read.keys():
            yield f"order {order_id}: {user_id}'s inbox and notices differ about event {seq}"
        for (order_id, seq), times in read.items():
            if times > 1:
                yield f"order {order_id}: {user_id} reads of event {seq} {times} times"
