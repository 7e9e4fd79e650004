"""What must hold after a restore. Each oracle gives a sentence for everything that does not; they
know the contract, the tables and what was there before, and none of the product's own rules."""

from collections import Counter
from collections.abc import Callable, Iterator
from uuid import UUID

import httpx

from tests.drill.after import Outcome
from tests.drill.first_stack import Rescued
from tests.drill.restoring import Source


def money(rescued: Rescued, outcome: Outcome) -> Iterator[str]:
    """The books hold, nothing was paid twice, and no cent came or went but what was asked for."""
    yield from outcome.ended.wrong
    yield from (str(one) for one in outcome.ended.proof.document["books"])
    yield from (f"{path} cannot be read" for path in outcome.ended.unreadable)
    back, end = outcome.back.books, outcome.ended.books
    asked = sum(amount for _, amount in _new_money(outcome))
    if end.inside != back.inside + asked:
        yield f"{back.inside} came back, {asked} came in, and {end.inside} is there"
    for order_id in back.orders.keys() - end.orders.keys():
        yield f"order {order_id} came back and is gone"
    for order_id in end.open:
        yield f"order {order_id} was not brought to its end"


def workflows(rescued: Rescued, outcome: Outcome) -> Iterator[str]:
    """Every open order has a workflow that runs, and none acts for an order that is not there."""
    mended, proof = outcome.mended, outcome.ended.proof
    for order_id in mended.open - mended.running:
        yield f"order {order_id} is open and nothing runs for it after the repair"
    for order_id in (mended.running & mended.orphans) | (outcome.ended.running & mended.orphans):
        yield f"order {order_id} is not there and its workflow still runs"
    for order_id in mended.orphans & outcome.ended.books.orders.keys():
        yield f"order {order_id} was not there and was written by its workflow"
    for order_id in outcome.ended.running:
        yield f"order {order_id} has ended and its workflow still runs"
    if mended.repaired_again.code or "Nothing to repair" not in mended.repaired_again.output:
        yield f"a second repair has something to do: {mended.repaired_again.output}"
    yield from (str(one) for one in [*proof.document["workflows"], *proof.document["not_proved"]])


def losses(rescued: Rescued, outcome: Outcome) -> Iterator[str]:
    """`lost` names what there was and is not, and to the cent whose it was."""
    before, back, told = rescued.books, outcome.back.books, outcome.back.lost.document
    orders = {UUID(one["id"]) for one in told["orders"] if one["now"] is None}
    yield from _same("orders", orders, before.orders.keys() - back.orders.keys())
    transfers = {UUID(one["id"]) for one in told["transfers"]}
    yield from _same("transfers", transfers, before.transfers - back.transfers)
    gone = before.steps - back.steps
    steps = sum(one["steps"] for one in told["orders"])
    if steps != len(gone):
        yield f"{steps} steps are said to be lost, and {len(gone)} are"
    messages = sum(one["messages"] for one in told["orders"])
    if messages != len(before.messages - back.messages):
        yield f"{messages} messages are said to be lost"
    said = Counter({one["user_id"]: one["amount"] for one in told["people"] if one["user_id"]})
    held = Counter(before.wallets)
    held.subtract(back.wallets)
    yield from _same("amounts", set(said.items()), {one for one in held.items() if one[1]})
    if outcome.back.lost.code != bool(told["unknown"]):
        yield f"`lost` ends with {outcome.back.lost.code}"


def ids(rescued: Rescued, outcome: Outcome) -> Iterator[str]:
    """No id tells two things, whoever was told; and who follows the feed is told where to go on."""
    for message_id, told in outcome.sent.items():
        if len(told) > 1:
            yield f"{message_id} was sent as {sorted(told)}"
    if "restored" not in outcome.back.noted.output:
        yield f"the restore was not noted: {outcome.back.noted.output}"
    statuses = [one.status_code for one in outcome.ended.feed]
    lost = rescued.books.steps - outcome.back.books.steps
    if statuses != ([422, 200] if lost else [200]):
        yield f"who followed the feed was answered {statuses}"
    known = {one["id"] for one in rescued.events}
    for event in _gone_on(outcome.ended.feed[-1]):
        if event["id"] in known:
            yield f"{event['id']} was told before, and comes again"


def instants(rescued: Rescued, outcome: Outcome) -> Iterator[str]:
    """A recovery to an instant has what was before it, and not what came after."""
    if outcome.way.database is not Source.IN_TIME:
        return
    there = outcome.back.books.transfers
    if UUID(rescued.before["id"]) not in there:
        yield "the transfer before the instant is missing"
    if UUID(rescued.after["id"]) in there:
        yield "the transfer after the instant is there"


Oracle = Callable[[Rescued, Outcome], Iterator[str]]
ORACLES: dict[str, Oracle] = {
    one.__name__: one for one in (money, workflows, losses, ids, instants)
}


def violations(rescued: Rescued, outcome: Outcome) -> list[str]:
    """Everything that does not hold, with the oracle that says so."""
    return [
        f"{name}: {sentence}"
        for name, oracle in ORACLES.items()
        for sentence in oracle(rescued, outcome)
    ]


def _same(what: str, said: object, true: object) -> Iterator[str]:
    if said != true:
        yield f"{what} are said to be lost: {said}; lost are {true}"


def _new_money(outcome: Outcome) -> Iterator[tuple[UUID, int]]:
    for transfer_id in outcome.ended.books.transfers - outcome.back.books.transfers:
        yield transfer_id, FRESH


def _gone_on(answer: httpx.Response) -> list[dict[str, str]]:
    items: list[dict[str, str]] = answer.json().get("items", [])
    return items


FRESH = 10_000
"""Cents that the buyer of an order after the restore has put in."""
