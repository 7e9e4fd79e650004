"""Where the product and the model differ."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.contract import WAITS_FOR, Json
from tests.model.reference import Reference, Wallets


def of_order(order: Reference, seen: Json) -> Iterator[str]:
    """The order as one of its people is shown it, but for what they may do."""
    ending, cancellation_request = order.end, order.cancellation_request
    yield from _other("state", order.state, seen["state"])
    yield from _other("total", order.total, seen["total"]["amount"])
    yield from _other("late", order.overdue and order.state == "in_progress", seen["late"])
    yield from _other("extras", set(order.extras), {one["id"] for one in seen["extras"]})
    yield from _other("offer", order.offer and order.offer.id, (seen["offer"] or {}).get("id"))
    yield from _other(
        "wish",
        cancellation_request and cancellation_request.status,
        (seen["cancellation_request"] or {}).get("status"),
    )
    revisions = {"included": order.included, "used": order.used}
    yield from _other("revisions", revisions, seen["revisions"])
    if order.state == "disputed":
        yield from _other("mediator", order.mediator, (seen["dispute"] or {}).get("mediator_id"))
    yield from _other("proposals", order.proposals, _proposals(seen))
    hold = seen["payment_hold"]
    yield from _other("frozen for", order.hold and order.hold.cents, hold and _cents(hold))
    yield from _other("end", vars(ending) if ending else None, _end(seen))
    for name, expected in _instants(order).items():
        yield from _at(name, expected, _seen(name, seen), order.slack)
    if seen["deadline"]:
        yield from _other("waits for", WAITS_FOR.get(order.state), seen["deadline"]["waits_for"])


def agreed(order: Reference, seen: Json) -> None:
    """The model's instants are from now on those that were seen and found possible."""
    order.due_at, order.deadline = _seen("due", seen), _seen("deadline", seen)
    if order.offer is not None:
        order.offer.lapses_at = _seen("offer lapses", seen) or order.offer.lapses_at
    if order.cancellation_request is not None:
        order.cancellation_request.answer_by = (
            _seen("answer to the wish", seen) or order.cancellation_request.answer_by
        )
    if order.ended and order.ended_at is None:
        order.ended_at = datetime.fromisoformat(seen["updated_at"])
    order.slack = timedelta()


def _instants(order: Reference) -> dict[str, datetime | None]:
    return {
        "due": order.due_at,
        "deadline": order.deadline,
        "offer lapses": order.offer.lapses_at if order.offer else None,
        "answer to the wish": order.cancellation_request.answer_by
        if order.cancellation_request
        else None,
    }


_PLACES = {
    "due": ("due_at", None),
    "deadline": ("deadline", "at"),
    "offer lapses": ("offer", "lapses_at"),
    "answer to the wish": ("cancellation_request", "answer_by"),
}


def _seen(name: str, seen: Json) -> datetime | None:
    whole, part = _PLACES[name]
    value = seen[whole]
    text = value[part] if value and part else value
    return datetime.fromisoformat(text) if text else None


def _at(
    name: str, expected: datetime | None, found: datetime | None, slack: timedelta
) -> Iterator[str]:
    possible = expected == found
    if expected is not None and found is not None:
        possible = expected <= found <= expected + slack
    if not possible:
        yield f"{name}: {expected} (+ {slack}) in the model, {found} in the product"


def of_actions(order: Reference, who: str, seen: Json) -> Iterator[str]:
    """What somebody may do."""
    yield from _other(f"{who} may", order.allowed(who), set(seen["actions"]))


def of_conversation(order: Reference, who: str, seen: Json) -> Iterator[str]:
    """What somebody has not read."""
    yield from _other(f"unread by {who}", order.unread(who), seen["unread_messages"])


def of_ledger(order: Reference, postings: list[Json]) -> Iterator[str]:
    """Every movement of the order's money: the escrow holds the total of an open order and nothing
    of an ended one, which ended once."""
    gained: Counter[str] = Counter()
    for one in postings:
        gained[one["credit"]["kind"]] += one["amount"]["amount"]
        gained[one["debit"]["kind"]] -= one["amount"]["amount"]
    ends = {one["id"].split("-")[0] for one in postings if one["kind"] != "hold"}
    ending = order.end
    yield from _other("escrow", order.escrow, gained["escrow"])
    yield from _other("commission", ending.commission if ending else 0, gained["commission"])
    yield from _other("bank's", ending.charged_back if ending else 0, gained["world"])
    yield from _other("ends", int(order.ended), len(ends))
    yield from _other("holds", len(order.items), sum(one["kind"] == "hold" for one in postings))


def of_wallet(wallets: Wallets, who: str, seen: Json) -> Iterator[str]:
    """What somebody has in their wallet, and what they owe."""
    yield from _other(f"{who}'s wallet", getattr(wallets, who), _euros(seen["balances"]))
    yield from _other(f"{who} owes", wallets.owed[who], _euros(seen["receivable"]))


def _other(what: str, expected: Any, found: Any) -> Iterator[str]:
    if expected != found:
        yield f"{what}: {expected} in the model, {found} in the product"


def _cents(one: Json) -> int:
    return int(one["amount"]["amount"])


def _euros(sums: list[Json]) -> int:
    return sum(one["amount"] for one in sums if one["currency"] == "EUR")


def _proposals(seen: Json) -> dict[str, tuple[str, int]]:
    return {one["by"]: (one["id"], one["refund"]["amount"]) for one in seen["settlements"]}


def _end(seen: Json) -> Json | None:
    end = seen["outcome"]
    if end is None:
        return None
    return {
        "kind": end["kind"],
        "by": end["by"],
        "cause": end["cause"],
        "refunded": end["refunded"]["amount"],
        "paid": end["paid_to_seller"]["amount"],
        "commission": end["commission"]["amount"],
        "charged_back": end["charged_back"]["amount"] if end["charged_back"] else 0,
    }
