"""Each intent has the effect that its sender was told, once.

What happened is counted by person and action, not by key: whoever changes the key between two
attempts is caught as well.
"""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from tests.chaos.clients import Intent
from tests.chaos.evidence import Evidence
from tests.contract import FINAL

TRANSFERS = {
    "top-ups": "top_up",
    "payouts": "payout",
    "commission": "commission_payout",
    "reverse": "reversal",
}
"""What moves money between the books and the outside world, and the kind of its posting."""

AT_THE_TILL = ("pay-in", "payout-account", "provider-payout", "take-back")
ELSEWHERE = ("place", "offer", "archive", "message", *TRANSFERS, *AT_THE_TILL)
"""What is no action on an order."""


def effects(evidence: Evidence) -> Iterator[str]:
    """Every intent against its traces, and the traces against the intents."""
    keys = {(one["caller"], one["key"]): one["request_id"] for one in evidence.keys}
    requests = {(one["order_id"], one["request_id"]): one for one in evidence.requests}
    for intent in evidence.intents:
        yield from (f"{_name(intent)} {wrong}" for wrong in _told(intent))
        if intent.action not in ELSEWHERE and intent.answer:
            request_id = keys.get((intent.who.id, intent.key))
            request = requests.get((str(intent.order_id), str(request_id)))
            wrongs = _done(evidence, intent, request)
            yield from (f"{_name(intent)} {wrong}" for wrong in wrongs)
    yield from _counted(evidence)
    by_payment = {one["order_id"] for one in evidence.pay_ins}
    yield from _made(evidence, "place", evidence.orders.keys() - by_payment)
    yield from _made(evidence, "offer", {one["id"] for one in evidence.services})
    yield from _noted(evidence)
    yield from _shelved(evidence)
    yield from _moved(evidence)
    yield from _paid(evidence)


def _name(intent: Intent) -> str:
    return f"intent {intent.number} ({intent.action} by {intent.who.id} on {intent.order_id})"


def _told(intent: Intent) -> Iterator[str]:
    """Everything that one intent was told is the same, and in the product's own words."""
    if len({(answer.status, answer.body) for answer in intent.answers}) > 1:
        yield f"was answered in several ways: {intent.answers}"
    if len(set(intent.recorded)) > 1:
        yield f"was written down as several requests: {set(intent.recorded)}"
    for outrage in intent.outrages:
        yield f"was answered with {outrage}"
    for answer in intent.answers:
        if answer.status >= 400 and not answer.code:
            yield f"was refused without a code: {answer.body[:200]}"
        for outcome in intent.outcomes:
            if (outcome["accepted"], outcome["code"]) != (answer.status == 200, answer.code):
                yield f"was told {answer.status} {answer.code}, and elsewhere {outcome}"


def _done(evidence: Evidence, intent: Intent, request: dict[str, Any] | None) -> Iterator[str]:
    """An action was decided as its sender was told."""
    answer = intent.answer
    assert answer is not None
    if intent.traceless or request is None:
        if intent.traceless != (request is None):
            yield f"was told {answer.status}, and its request is {request}"
        return
    if intent.recorded and intent.recorded[0] != request["request_id"]:
        yield f"was written down as {intent.recorded[0]} and kept as {request['request_id']}"
    outcome = request["outcome"] or {}
    if (outcome.get("accepted"), outcome.get("code")) != (answer.status == 200, answer.code):
        yield f"was told {answer.status} {answer.code}, and its outcome is {outcome}"
    if answer.status == 200:
        states = {
            event["version"]: event["state"]
            for event in evidence.events[str(intent.order_id)]
            if event["accepted"] and event["seq"] >= outcome.get("seq", 0)
        }
        told = answer.document
        if states.get(told["version"]) != told["state"]:
            yield f"was told {told['state']} v{told['version']}; the journal has {states}"


def _counted(evidence: Evidence) -> Iterator[str]:
    wanted: Counter[tuple[str, str, str, bool]] = Counter()
    unknown = set()
    for intent in evidence.intents:
        if intent.action in ELSEWHERE or intent.traceless:
            continue
        subject = (str(intent.order_id), intent.who.id, intent.action)
        if intent.answer is None:
            unknown.add(subject)
        else:
            wanted[*subject, intent.answer.status == 200] += 1
    happened = Counter(
        (order_id, str(event["actor_id"]), str(event["action"]), bool(event["accepted"]))
        for order_id, events in evidence.events.items()
        for event in events
        if event["role"] not in ("deadline", "provider") and event["action"] != "place"
    )
    for what in wanted.keys() | happened.keys():
        if wanted[what] != happened[what] and what[:3] not in unknown:
            order_id, who, action, accepted = what
            word = "accepted" if accepted else "refused"
            yield (
                f"order {order_id}: {action} of {who} was {word} {happened[what]} times, and"
                f" they were told so {wanted[what]} times"
            )


def _made(evidence: Evidence, action: str, there: AbstractSet[str]) -> Iterator[str]:
    """What somebody was told they made is there once, and nothing else is."""
    told = Counter(
        intent.answer.document["id"]
        for intent in evidence.intents
        if intent.action == action and intent.answer and intent.answer.status == 201
    )
    for name in told.keys() ^ there:
        word = "is there, and nobody was told so" if name in there else "is gone"
        yield f"{action} {name} {word}"
    for name, times in told.items():
        if times > 1:
            yield f"{action} {name} was made by {times} intents"


def _noted(evidence: Evidence) -> Iterator[str]:
    """An order is called and noted what was said when it was placed."""
    for intent in evidence.intents:
        if intent.action == "place" and intent.answer and intent.answer.status == 201:
            order = evidence.orders.get(intent.answer.document["id"], {})
            for name in ("external_id", "metadata"):
                if order.get(name) != intent.body[name]:  # type: ignore[index]
                    yield f"{_name(intent)} left {order.get(name)!r} as {name}"


def _shelved(evidence: Evidence) -> Iterator[str]:
    """What was told to be archived is, and nothing else."""
    told = {
        intent.answer.document["id"]
        for intent in evidence.intents
        if intent.action == "archive" and intent.answer and intent.answer.status == 200
    }
    unknown = {
        intent.path.split("/")[3]
        for intent in evidence.intents
        if intent.action == "archive" and intent.answer is None
    }
    there = {one["id"] for one in evidence.services if one["archived_at"] is not None}
    yield from (
        f"service {one} is archived or not, against what was told"
        for one in (told ^ there) - unknown
    )


def _moved(evidence: Evidence) -> Iterator[str]:
    told: Counter[tuple[str, str, int]] = Counter()
    for intent in evidence.intents:
        answer = intent.answer
        if intent.action in TRANSFERS and answer and answer.status == 201:
            made = answer.document
            whose = made["user_id"] or "platform"
            told[TRANSFERS[intent.action], whose, made["amount"]["amount"]] += 1
    happened: Counter[tuple[str, str, int]] = Counter()
    for one in evidence.postings:
        if one["order_id"] is None and not one["of_provider"]:
            side = "credit_owner" if one["debit_kind"] == "world" else "debit_owner"
            happened[one["kind"], one[side], one["amount"]] += 1
    for what in told.keys() | happened.keys():
        if told[what] != happened[what]:
            yield f"{what} happened {happened[what]} times and was told {told[what]} times"


def _paid(evidence: Evidence) -> Iterator[str]:
    """One hold for each line that somebody was told they bought, and one end of a final order."""
    bought = _bought(evidence)
    holds: Counter[str] = Counter()
    ends: dict[str, set[str]] = {}
    for one in evidence.postings:
        if one["kind"] == "hold":
            holds[one["order_id"]] += 1
        elif one["order_id"] is not None:
            ends.setdefault(one["order_id"], set()).add(one["key"])
    for order_id, order in evidence.orders.items():
        if holds[order_id] != bought[order_id]:
            yield f"order {order_id}: {holds[order_id]} holds for {bought[order_id]} lines bought"
        times = len(ends.get(order_id, ()))
        if times != (order["state"] in FINAL):
            yield f"order {order_id} is {order['state']} and ended {times} times"


def _bought(evidence: Evidence) -> Counter[str | None]:
    """How many lines of each order somebody was told they bought, or paid for beforehand."""
    bought: Counter[str | None] = Counter()
    for intent in evidence.intents:
        if intent.answer and intent.answer.status == 201 and intent.action == "place":
            bought[intent.answer.document["id"]] += len(intent.answer.document["lines"])
        if intent.answer and intent.answer.status == 200:
            bought[intent.order_id] += intent.action in ("buy_extra", "accept_offer")
    for one in evidence.pay_ins:
        if one["order_id"] is not None:
            placed = evidence.events[one["order_id"]][0]
            bought[one["order_id"]] += len(placed["doc"]["lines"])
    return bought
