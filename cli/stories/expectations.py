"""What must hold after a step, held against what is."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cli.stories.cast import Cast, Money
from cli.stories.story import Expected
from cli.stories.world import Json
from domain.money import in_words


@dataclass(frozen=True)
class Look:
    """How it is at an instant."""

    money: Money
    notices: Mapping[str, int]


async def differences(
    cast: Cast, expected: Expected, order: Json | None, earlier: Look, money: Money
) -> list[str]:
    """Return in sentences what of a step's expectations does not hold of an order and the money as
    they are after it."""
    found = list(_of_order(expected, order)) if order is not None else []
    for name, state in expected.orders.items():
        seen = await cast.order(name)
        found += _differs(f"the order {name}", state, seen["state"])
    found += _of_money(expected, earlier.money, money)
    for name, events in expected.told.items():
        notices = await cast.world.notices(cast.who(name), earlier.notices[name])
        told = [one["event"] for one in notices]
        found += _differs(f"what {name} is told", ", ".join(events), ", ".join(told))
    return found


def _of_order(expected: Expected, order: Json) -> Iterator[str]:
    outcome, deadline = order["outcome"] or {}, order["deadline"] or {}
    seen = {
        "state": order["state"],
        "by": outcome.get("by"),
        "cause": outcome.get("cause"),
        "late": order["late"],
        "waits_for": deadline.get("waits_for"),
    }
    for name, value in seen.items():
        wanted = getattr(expected, name)
        if wanted is not None:
            yield from _differs(name, wanted, value)


def _of_money(expected: Expected, earlier: Money, now: Money) -> Iterator[str]:
    for name, amount in expected.money.items():
        change: Counter[str] = Counter(now.get(name, Counter()))
        change.subtract(earlier.get(name, Counter()))
        others = {code: moved for code, moved in change.items() if code != amount.currency}
        seen = {amount.currency: change[amount.currency], **others}
        words = " and ".join(in_words(moved, code) for code, moved in seen.items() if moved)
        nothing = in_words(0, amount.currency)
        yield from _differs(f"what {name} gains", str(amount), words or nothing)


def _differs(what: str, wanted: object, seen: object) -> Iterator[str]:
    if wanted != seen:
        yield f"{what} should be {_said(wanted)}, and is {_said(seen)}"


def _said(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "nothing" if value in (None, "") else str(value)
