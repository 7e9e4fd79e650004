"""A round in words and figures."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.evidence import AtProvider, Evidence
from tests.chaos.round import Round
from tests.chaos.scraping import Seen
from tests.contract import PAIRS

OF_BANKS = {"reclaim": "ended an order", "chargeback": "owed", "recovery": "paid by what there was"}
SHOWN = 20
"""Sentences of one oracle."""


def report(done: Round) -> Iterator[str]:
    """Lines for people: what was tried, what was broken, and what does not hold."""
    placed = sum(life.seen is not None for life in done.lives)
    whole = sum(life.went_as_planned for life in done.lives)
    calm = "never" if done.calm is None else f"{done.calm:.1f} s after the last fault"
    yield f"seed        {done.plan.seed}"
    yield f"orders      {placed} placed of {len(done.lives)}, {whole} of them as planned"
    yield from _clients(done)
    yield from _journal(done)
    if done.evidence.at_provider is not None:
        yield from _payments(done.evidence, done.evidence.at_provider)
    yield from _faults(done)
    yield f"calm        {calm}"
    if done.seen is not None:
        yield from _scraped(done.seen)
    yield f"check       {len(done.check)} findings"
    yield from (f"            {line}" for line in done.check[:SHOWN])
    yield f"violations  {sum(map(len, done.violations.values()))}"
    for oracle, found in done.violations.items():
        yield from (f"            {oracle}: {line}" for line in found[:SHOWN])
        if len(found) > SHOWN:
            yield f"            {oracle}: and {len(found) - SHOWN} more"
    yield f"seconds     {done.seconds:.0f}"


def _scraped(seen: Seen) -> Iterator[str]:
    still = f"; still {', '.join(sorted(seen.fires_still))}" if seen.fires_still else ""
    yield f"prometheus  {seen.answered} of {seen.looks} looks answered"
    yield f"alerts      seconds of each, ten times as quick: {_counts(seen.fired)}{still}"


def _clients(done: Round) -> Iterator[str]:
    intents = done.clients.intents
    accepted = sum(bool(one.answer and one.answer.status < 300) for one in intents)
    recorded = sum(bool(one.recorded) for one in intents)
    repeated = sum(max(0, one.sent - 1) for one in intents)
    codes = Counter(one.answer.code for one in intents if one.answer and one.answer.code)
    yield f"requests    {done.clients.statuses.total()}: {_counts(done.clients.statuses)}"
    yield (
        f"intents     {len(intents)}: {accepted} accepted, {codes.total()} refused;"
        f" {repeated} times repeated, {recorded} told 202 at first"
    )
    yield f"refusals    {_counts(codes)}"


def _journal(done: Round) -> Iterator[str]:
    events = [event for events in done.evidence.events.values() for event in events]
    silence = Counter(str(event["action"]) for event in events if event["role"] == "deadline")
    acts = {(event["action"], event["role"]) for event in events if event["accepted"]}
    states = Counter(str(order["state"]) for order in done.evidence.orders.values())
    yield (
        f"journal     {len(events)} entries, {len(acts & PAIRS)} of {len(PAIRS)} pairs of"
        f" action and role accepted, {len(done.evidence.notices)} notices"
    )
    yield f"silence     {_counts(silence)}"
    yield f"ends        {_counts(states)}"


def _payments(evidence: Evidence, there: AtProvider) -> Iterator[str]:
    ins = Counter(str(one["state"]) for one in evidence.pay_ins)
    placed = sum(one["order_id"] is not None for one in evidence.pay_ins)
    refused = sum(one["order_refused"] is not None for one in evidence.pay_ins)
    outs = Counter(str(one["state"]) for one in evidence.payouts)
    told = Counter(str(one["outcome"]) for one in evidence.provider_events)
    yield f"pay-ins     {_counts(ins)}; {placed} placed an order, {refused} could not any more"
    yield f"payouts     {_counts(outs)}"
    yield f"disputes    {_counts(Counter(str(one['status']) for one in there.disputes))}"
    booked = {(one["kind"], one["key"].rpartition(":")[0]) for one in evidence.postings}
    yield f"of these    {_counts(Counter(OF_BANKS[k] for k, _ in booked if k in OF_BANKS))}"
    yield f"events      {_counts(told)}"
    yield f"compared    {len(there.findings)} differences, each of a payer who paid twice"


def _faults(done: Round) -> Iterator[str]:
    yield f"faults      {done.faults.done.total()}"
    places: dict[str, Counter[str]] = {}
    for name, count in done.faults.done.items():
        what, _, where = name.partition(": ")
        places.setdefault(what, Counter())[where] += count
    for what, hit in sorted(places.items()):
        yield f"            {hit.total():3} {what}: {_counts(hit)}"
    yield f"inside      {done.faults.inside} times frozen with a transaction open"
    yield f"lost        {_counts(done.lost)}"


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or "nothing"
