"""A round in words and figures."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.round import Round

SHOWN = 20
"""Sentences of one oracle."""


def report(done: Round) -> Iterator[str]:
    """Lines for people: what was tried, what was broken, and what does not hold."""
    intents = done.clients.intents
    actions = Counter(intent.action for intent in intents)
    accepted = sum(bool(one.answer and one.answer.status < 300) for one in intents)
    codes = Counter(one.answer.code for one in intents if one.answer and one.answer.code)
    placed = sum(life.seen is not None for life in done.lives)
    whole = sum(life.went_as_planned for life in done.lives)
    repeated = sum(max(0, one.sent - 1) for one in intents)
    yield f"seed        {done.plan.seed}"
    yield f"orders      {placed} placed of {len(done.lives)}, {whole} of them as planned"
    yield f"requests    {done.clients.statuses.total()}: {_counts(done.clients.statuses)}"
    yield (
        f"intents     {len(intents)} ({len(actions)} kinds), {accepted} accepted,"
        f" {repeated} times repeated, {sum(bool(one.recorded) for one in intents)} told 202"
    )
    yield f"refusals    {_counts(codes) or 'none'}"
    yield f"faults      {done.faults.done.total()}"
    for name, count in sorted(done.faults.done.items()):
        yield f"            {count:4} {name}"
    yield f"lost        {_counts(done.lost) or 'nothing'}"
    calm = "never" if done.calm is None else f"{done.calm:.1f} s after the last fault"
    yield f"calm        {calm}"
    yield f"check       {len(done.check)} findings"
    yield from (f"            {line}" for line in done.check[:SHOWN])
    yield f"violations  {sum(map(len, done.violations.values()))}"
    for oracle, found in done.violations.items():
        yield from (f"            {oracle}: {line}" for line in found[:SHOWN])
        if len(found) > SHOWN:
            yield f"            {oracle}: and {len(found) - SHOWN} more"
    yield f"seconds     {done.seconds:.0f}"


def _counts(counted: Counter[str] | Counter[str | None]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common())
