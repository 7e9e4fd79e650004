"""The payment provider beside the books: the same money on both sides, each payment once."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.stack_connection import StackConnection
from db.pool import create_pool
from embedded.stripe_stand_in.process import StandIn
from infra.provider_settings import provider_of
from reconcile.provider_comparison import DIFFERS, SETTLES_IN, provider_findings
from tests.app_under_test import Json
from tests.chaos.disputed import disputes, held_back
from tests.chaos.evidence import AtProvider, Evidence

LATER = SETTLES_IN + timedelta(minutes=1)
"""What is younger the nightly comparison leaves to the next night."""

BACK = ("failed", "canceled")
CAME_BACK = ("failed", "returned", "cancelled")
STILL_OPEN = ("open", "requested", "pending")


async def seen_at(stand_in: StandIn, place: StackConnection) -> AtProvider:
    """What the provider has, and what the night's comparison would find of it."""
    assert place.payments is not None
    pool, provider = await create_pool(place.database_url, 2), provider_of(place.payments)
    try:
        found = await provider_findings(pool, provider, datetime.now(UTC) + LATER)
    finally:
        await provider.aclose()
        await pool.close()
    return AtProvider(
        books=await stand_in.books(),
        charges=await stand_in.every("charge"),
        transfers=await stand_in.every("transfer"),
        payouts=await stand_in.every("payout"),
        disputes=await stand_in.every("dispute"),
        findings=found,
    )


def came_in(there: AtProvider) -> int:
    """What payers paid, each payment once."""
    return sum({_pay_in(one): int(one["amount"]) for one in there.charges}.values())


def went_out(there: AtProvider) -> int:
    """What banks have of payouts."""
    return sum(one["amount"] for one in there.payouts if one["status"] not in BACK)


def provider(evidence: Evidence) -> Iterator[str]:
    """Everything that the provider has is in the books once, and nothing else is."""
    if evidence.at_provider is None:
        return
    yield from _paid_in(evidence, evidence.at_provider)
    yield from _paid_out(evidence, evidence.at_provider)
    yield from _held(evidence.at_provider)
    yield from disputes(evidence, evidence.at_provider)
    yield from _told(evidence)
    yield from _over(evidence)
    yield from _compared(evidence.at_provider)


def _pay_in(charge: Json) -> str:
    return str(charge["metadata"].get("sequestre_pay_in"))


def _payout(one: Json) -> str:
    return str(one["metadata"].get("sequestre_payout"))


def _booked(evidence: Evidence, kind: str) -> dict[str, list[int]]:
    """The amounts that were booked as a kind, by the payment's id, which stands in the key."""
    booked: dict[str, list[int]] = defaultdict(list)
    for one in evidence.postings:
        if one["of_provider"] and one["kind"] == kind:
            booked[one["key"].removeprefix("top_up:pay-in:").removeprefix(f"{kind}:")[:36]].append(
                one["amount"]
            )
    return booked


def _paid_in(evidence: Evidence, there: AtProvider) -> Iterator[str]:
    booked, rows = _booked(evidence, "top_up"), {one["id"]: one for one in evidence.pay_ins}
    paid = {_pay_in(one): one["amount"] for one in there.charges}
    for name in booked.keys() | paid.keys():
        due = [paid[name]] if name in paid else []
        if booked[name] != due:
            yield f"pay-in {name} is booked as {booked[name]}; its payer paid {due}"
    for name, row in rows.items():
        if (row["state"] == "paid") != (name in paid):
            yield f"pay-in {name} is {row['state']}; its payer paid {paid.get(name)}"
        if (row["order_id"] is not None or row["order_refused"] is not None) and name not in paid:
            yield f"pay-in {name} has an order without money"


def _paid_out(evidence: Evidence, there: AtProvider) -> Iterator[str]:
    held, done, back = (
        _booked(evidence, kind) for kind in ("payout_hold", "payout_done", "payout_return")
    )
    sent: dict[str, list[Json]] = defaultdict(list)
    for one in there.payouts:
        sent[_payout(one)].append(one)
    moved = Counter(_payout(one) for one in there.transfers)
    for row in evidence.payouts:
        name, amount = row["id"], row["amount"]
        said = f"payout {name} of {amount} is {row['state']}"
        if len(sent[name]) > 1 or moved[name] > 1:
            yield f"{said} and left {len(sent[name])} times, in {moved[name]} transfers"
        is_out = [one["amount"] for one in sent[name] if one["status"] not in BACK] == [amount]
        if (row["state"] == "paid") != is_out:
            yield f"{said}; at the provider: {[one['status'] for one in sent[name]]}"
        is_gone, is_back = row["state"] in ("paid", "returned"), row["state"] in CAME_BACK
        books = (held[name], done[name], back[name])
        if books != ([amount], [amount] * is_gone, [amount] * is_back):
            yield f"{said}; it left the wallet, the books and came back as {books}"
    for name in (sent.keys() | moved.keys()) - {one["id"] for one in evidence.payouts}:
        yield f"payout {name} is at the provider and not here"
    paid = {one["id"]: one["amount"] for one in evidence.payouts if one["state"] == "paid"}
    for one in there.transfers:
        left = one["amount"] - one["amount_reversed"]
        if left != paid.get(_payout(one), 0):
            due = paid.get(_payout(one), 0)
            yield f"payout {_payout(one)}: of its transfer {left} is away, and {due} was paid out"


def _held(there: AtProvider) -> Iterator[str]:
    for currency, books in there.books.items():
        if not books["balanced"]:
            yield f"the provider's own books of {currency} do not balance: {books}"
        if books["accounts"]:
            yield f"{books['accounts']} of {currency} are in accounts at the provider"
        net = sum(one["amount"] for one in there.charges) - went_out(there) - held_back(there)
        if books["platform"] + books["fees"] != net:
            yield f"the provider holds {books['platform']} {currency}; {net} came in and stayed"


def _told(evidence: Evidence) -> Iterator[str]:
    """Who was told that there is a payment has it, and nobody else has one."""
    for what, rows in (("pay-in", evidence.pay_ins), ("provider-payout", evidence.payouts)):
        told = Counter[str](
            intent.answer.document["id"]
            for intent in evidence.intents
            if intent.action == what and intent.answer and intent.answer.status == 201
        )
        unknown = any(one.action == what and one.answer is None for one in evidence.intents)
        there = Counter(str(one["id"]) for one in rows)
        if told - there or (there - told and not unknown):
            yield f"{what}: told {told - there} that are not there, {there - told} nobody was told"
    yield from _taken_back(evidence)


def _taken_back(evidence: Evidence) -> Iterator[str]:
    states = {one["id"]: one["state"] for one in evidence.payouts}
    for intent in evidence.intents:
        if intent.action == "take-back" and intent.answer is not None:
            name, was_told = intent.path.split("/")[3], intent.answer.status == 200
            if was_told != (states.get(name) == "cancelled"):
                yield f"payout {name} is {states.get(name)}; its owner was told {intent.answer}"


def _over(evidence: Evidence) -> Iterator[str]:
    rows: list[dict[str, Any]] = [*evidence.pay_ins, *evidence.payouts]
    for row in rows:
        if row["state"] in STILL_OPEN:
            yield f"payment {row['id']} is {row['state']} still"
        if row.get("is_wished"):
            yield f"payment {row['id']} is paid, and its order neither placed nor refused"
    for event in evidence.provider_events:
        if event["outcome"] is None:
            yield f"event {event['id']} ({event['kind']}) was never decided"


def _compared(there: AtProvider) -> Iterator[str]:
    """The nightly comparison finds who paid twice, and nothing else."""
    times = Counter(_pay_in(one) for one in there.charges)
    due = Counter((DIFFERS, f"payment {name}") for name, count in times.items() if count > 1)
    found = Counter((one.check, one.subject) for one in there.findings)
    for one in due.keys() | found.keys():
        if due[one] != found[one]:
            yield f"the nightly comparison found {one} {found[one]} times, and is to {due[one]}"
