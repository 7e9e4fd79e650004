"""What was said is there once, for everybody, and whoever it was for was told."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tests.chaos.evidence import Evidence, Rows


def conversations(evidence: Evidence) -> Iterator[str]:
    """Each message that somebody was told was taken is there once, in one order, and nothing else
    is but what nobody could be answered about."""
    told, unknown = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for intent in evidence.intents:
        if intent.action == "message" and intent.body and not intent.traceless:
            said = (str(intent.order_id), intent.who.id, intent.body["text"])
            taken = intent.answer is not None and intent.answer.status == 201
            told[said] += taken
            unknown[said] += intent.answer is None
    there = Counter((one["order_id"], one["author_id"], one["text"]) for one in evidence.messages)
    for said in told.keys() | there.keys():
        if not told[said] <= there[said] <= told[said] + unknown[said]:
            yield f"{said} was taken {told[said]} times and is there {there[said]} times"
    yield from _in_order(evidence)


def _in_order(evidence: Evidence) -> Iterator[str]:
    by_order: dict[str, Rows] = {}
    for one in evidence.messages:
        by_order.setdefault(one["order_id"], []).append(one)
    told: dict[tuple[str, int], list[str]] = {}
    for notice in evidence.notices:
        told.setdefault((notice["order_id"], notice["seq"]), []).append(str(notice["user_id"]))
    for order_id, rows in by_order.items():
        if [one["number"] for one in rows] != list(range(1, len(rows) + 1)):
            yield f"order {order_id}: its messages are numbered {[one['number'] for one in rows]}"
        if any(one["at"] > later["at"] for one, later in pairwise(rows)):
            yield f"order {order_id}: a message is older than the one before it"
        read = evidence.conversations.get(order_id)
        if read is not None and read != [one["text"] for one in rows]:
            yield f"order {order_id}: its seller reads other messages than there are: {read}"
        order = evidence.orders[order_id]
        for one in rows:
            others = {order["buyer_id"], order["seller_id"]} - {one["author_id"]}
            readers = told.get((order_id, -one["number"]), [])
            if not others <= set(readers) or len(set(readers)) != len(readers):
                yield f"order {order_id}: message {one['number']} was told to {readers}"
