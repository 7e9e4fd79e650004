"""The seven oracles: what the clients were told against the database, the books and Temporal.

Each gives a sentence for everything that does not hold. They know the contract and the tables, and
none of the product's own rules.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tests.chaos import at_the_till, disputed
from tests.chaos.agreement import agreement
from tests.chaos.effects import TRANSFERS, effects
from tests.chaos.evidence import Evidence
from tests.chaos.said import conversations
from tests.contract import FINAL

HELD = ("wallet", "escrow")
SUMMED = ("commission", "receivable")
"""Accounts without a balance of their own; what is owed is below zero."""


def ledger(evidence: Evidence) -> Iterator[str]:
    """Balances are what the postings left, and never below zero."""
    sums: Counter[tuple[str, str]] = Counter()
    for posting in evidence.postings:
        sums[posting["debit_kind"], posting["debit_owner"]] -= posting["amount"]
        sums[posting["credit_kind"], posting["credit_owner"]] += posting["amount"]
    balances = {(one["kind"], one["owner"]): one["balance"] for one in evidence.balances}
    for account in {*balances, *(one for one in sums if one[0] in HELD)}:
        balance = balances.get(account, 0)
        if balance != sums[account]:
            yield f"{' '.join(account)} holds {balance}, its postings say {sums[account]}"
        if balance < 0:
            yield f"{' '.join(account)} is below zero: {balance}"


def conservation(evidence: Evidence) -> Iterator[str]:
    """Nothing of an order's money is lost or made, nor of everybody's together."""
    into: Counter[str] = Counter()
    out: Counter[str] = Counter()
    for posting in evidence.postings:
        if posting["order_id"] is not None:
            way = into if posting["kind"] == "hold" else out
            way[posting["order_id"]] += posting["amount"]
    for order_id, order in evidence.orders.items():
        total = sum(line["price"] for line in order["doc"]["lines"])
        if into[order_id] != total:
            yield f"order {order_id} costs {total} and {into[order_id]} was paid in"
        paid_out = total if order["state"] in FINAL else 0
        if out[order_id] != paid_out:
            yield f"order {order_id} is {order['state']}; {out[order_id]} of {total} was paid out"
    yield from _together(evidence)


def _together(evidence: Evidence) -> Iterator[str]:
    made = {
        intent.answer.document["id"]: intent.answer.document
        for intent in evidence.intents
        if intent.action in TRANSFERS and intent.answer and intent.answer.status == 201
    }
    came = went = 0
    for one in made.values():
        first = made.get(one["reverses"], {}) if one["kind"] == "reversal" else one
        if (first.get("kind") == "top_up") is (first is one):
            came += one["amount"]["amount"]
        else:
            went += one["amount"]["amount"]
    if evidence.at_provider is not None:
        came += at_the_till.came_in(evidence.at_provider)
        went += at_the_till.went_out(evidence.at_provider) + disputed.lost(evidence.at_provider)
    there = sum(one["balance"] for one in evidence.balances)
    for one in evidence.postings:
        there += one["amount"] * (one["credit_kind"] in SUMMED)
        there -= one["amount"] * (one["debit_kind"] in SUMMED)
    if came - went != there:
        yield f"{came} came in, {went} went out, and {there} is there"


def liveness(evidence: Evidence) -> Iterator[str]:
    """Everybody was answered, nothing waits, and every order could be driven to its end."""
    for intent in evidence.intents:
        if intent.answer is None:
            yield f"intent {intent.number} ({intent.action}) was never answered for good"
    for request in evidence.requests:
        if request["outcome"] is None:
            yield f"request {request['request_id']} ({request['action']}) was never decided"
    for order_id in evidence.unfinished:
        yield f"order {order_id} cannot be driven to its end"
    for order_id, seen in (evidence.workflows or {}).items():
        order = evidence.orders.get(order_id)
        if order and order["state"] in FINAL and seen.status == "running":
            yield f"order {order_id} is {order['state']} and its workflow still runs"


ORACLES: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "ledger": ledger,
    "effects": effects,
    "conservation": conservation,
    "agreement": agreement,
    "liveness": liveness,
    "conversations": conversations,
    "provider": at_the_till.provider,
}


def violations(evidence: Evidence) -> dict[str, list[str]]:
    """Everything that does not hold, by oracle."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, oracle in ORACLES.items():
        found[name] += oracle(evidence)
    for finding in evidence.questions:
        name, _, sentence = finding.partition(": ")
        found[name].append(sentence)
    return {name: sentences for name, sentences in found.items() if sentences}
