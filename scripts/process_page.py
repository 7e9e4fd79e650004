"""Writes docs/process.md from the rules: `python -m scripts.process_page > docs/process.md`.

Where an action leads, and what money moves with it, is not told here again: it is found out by
carrying the action out on an example order.
"""

import sys
from collections.abc import Iterable
from datetime import timedelta

from domain.deadlines import DEADLINES
from domain.holding import ahead
from domain.money import in_words
from domain.operator_text import consequence
from domain.order import Order
from domain.policy import MOST_LINES, Policy
from domain.rules import RULES, WAYS, Rule
from domain.standing import mediator_of
from domain.step import Step
from domain.timers import Timer
from domain.vocabulary import OPEN_STATES, Role, State, TimerEffect, Window
from scripts.process_walk import DAY, EXTRA, NOW, TERMS, Transition, transitions

PEOPLE = (Role.BUYER, Role.SELLER, Role.MEDIATOR, Role.OPERATOR)

PAGE = """\
# The order process

A buyer orders a service and pays. The money does not go to the seller yet: it waits in **escrow**,
an account of the order's own, until the order ends in one of three ways:

- `completed`: the seller is paid, less the marketplace's commission.
- `cancelled`: the buyer gets everything back, from here or by their bank.
- `settled`: part of the money goes back to the buyer; the seller is paid the rest, less the
  commission on that rest.

Until then the order always waits for somebody, and what follows if they do nothing is known
beforehand. An action that is not allowed changes nothing: it is answered with the reason and with
what is allowed instead, and it is kept in the order's journal.

This page is written by `make docs`, which carries out every rule in `domain/rules.py` and every
timer in `domain/timers.py` on an example: a service of {price} with {commission} %
commission, three days to deliver and two for a revision, and one extra of {extra} that takes a day
more. To change the page, change the rules.

## The states

{diagram}

What leaves the state as it is stands in the tables below.

## Who may do what, state by state

{at_a_glance}

## What each action does

{actions}

Only the order's own buyer and seller act as such, and neither of them can act on the order as a
mediator or an operator. Each extra can be bought once, and an order has at most {most_lines} lines:
what comes after is another order. The refund of a split or a proposal is more than nothing and less
than the order's total. A proposal replaces one's own, stands beside the other side's, and closes
when the total changes: it spoke of another sum. An offer is open for one at a time; it and a wish
to cancel close when a dispute opens, and everything closes when the order ends.

## What happens by itself

{deadlines}

A deadline is exact: what was received at or before its instant counts, even if it is carried out a
day later; what was received after it does not. An order that is late, a request for a revision
whose answer is overdue run under no deadline: they wait. So does a dispute that a mediator has, on
an order that was placed before there was a target for rulings. Every length but the due date is
part of the policy; an order keeps the policy it was placed under. Who can still act is reminded a
day before a deadline, or halfway where the window is under two days. A dispute never decides
itself: one that waits for a mediator, or for the ruling of the mediator who has it, is told of
again after each further window.

## The last safe instant

A payment provider holds money for a limited time. Where the policy has a `holding_limit`, an order
that is placed under it has to end so long after it was placed. Its **last safe instant** is by when
it must have left where it stands, so that whatever follows ends by the limit, if everybody acts by
the end of their window. So much before the limit it is on the example, with the windows as they are
by default:

{ahead}

Operators see it on the order (`last_safe_at`), and are warned 14, 7 and 2 days before it, each
once; of an order that its own deadline moves on in time they are not. What promises more work
(`buy_extra`, `accept_offer`, `make_offer`, `accept_revision`, `resolve restart`) says in its
preview until when work may be due, and is refused where it could be due later; an order that could
not end in time even so is not placed. An order that has not ended at the limit goes into dispute by
itself, and nobody is paid for it; one that is in dispute stays there, and mediators and operators
are told.

## A payment that the payer's bank takes back

Of an order that was placed with a payment through the provider, the payer's bank may ask that
payment back. What follows is brought about by what the provider says; it acts as `provider`, and
nobody can ask for it.

- `payment_disputed`, in every open state: the state stays, and the order is **frozen**
  (`payment_hold`): nobody can do anything but `add_statement`, and no deadline runs.
- `payment_dispute_won`: it goes on, and each deadline has the time that it had left.
- `payment_dispute_lost`, in every open state: `cancelled`. What is in escrow goes to the bank, as
  much as it takes, and what is left of it to the buyer.

An order that has ended stays as it ended: whoever has its money owes it
([Payments](payments.md#payments-that-a-bank-takes-back)).
"""


# --- the diagram -----------------------------------------------------------------------------


def diagram(ways: Iterable[Transition]) -> str:
    """The states and the ways between them, in Mermaid."""
    arrows: dict[tuple[State, State], dict[tuple[str, str], list[Role]]] = {}
    for way in ways:
        if way.ends[0] is way.ends[1]:
            continue
        people = arrows.setdefault(way.ends, {}).setdefault((way.label, _only(way.rule)), [])
        if way.rule is not None:
            people.append(way.rule.by)
    lines = [
        f"    {source} --> {target} : {'<br/>'.join(map(_on_arrow, deeds, deeds.values()))}"
        for (source, target), deeds in arrows.items()
    ]
    ended = [f"    {state} --> [*]" for state in State if state.is_final]
    placed = f"    [*] --> {State.PENDING} : the buyer pays"
    return "\n".join(["```mermaid", "stateDiagram-v2", placed, *lines, *ended, "```"])


def _on_arrow(deed: tuple[str, str], people: list[Role]) -> str:
    label, only = deed
    if not people:
        return label
    return f"{label} ({' or '.join(people)}{', ' if only else ''}{only})"


# --- the tables ------------------------------------------------------------------------------


def at_a_glance(ways: Iterable[Transition]) -> str:
    """For each state, what each person may do in it."""
    cells: dict[tuple[State, Role], dict[str, None]] = {}
    for way in sorted(ways, key=_place_in_rules):
        if way.rule is not None:
            cell = cells.setdefault((way.before.state, way.rule.by), {})
            cell[f"`{way.rule.action}` {_only(way.rule)}".strip()] = None
    rows = (
        (f"`{state}`", *("<br/>".join(cells.get((state, role), ())) for role in PEOPLE))
        for state in OPEN_STATES
    )
    return _table(("in", *PEOPLE), rows)


def actions(ways: Iterable[Transition]) -> str:
    """For each action who may do it, in which states, on what condition, and what follows."""
    rows: dict[tuple[str, ...], list[State]] = {}
    for way in sorted(ways, key=_place_in_rules):
        if way.rule is not None:
            row = (f"`{way.label}`", way.rule.by, _only(way.rule), _then(way))
            rows.setdefault(row, []).append(way.before.state)
    return _table(
        ("action", "who", "in", "only", "then"),
        (
            (action, who, ", ".join(f"`{state}`" for state in states), only, then)
            for (action, who, only, then), states in rows.items()
        ),
    )


def deadlines(ways: Iterable[Transition]) -> str:
    """For each window whom it waits for, in which states, how long, and what silence does."""
    rows: dict[tuple[str, ...], list[State]] = {}
    for way in ways:
        if way.timer is not None:
            rows.setdefault(_window(way.before, way.timer), []).append(way.before.state)
    return _table(
        ("window", "in", "waits for", "by default", "when it runs out"),
        (
            (window, ", ".join(f"`{state}`" for state in dict.fromkeys(states)), *rest)
            for (window, *rest), states in rows.items()
        ),
    )


def _window(order: Order, timer: Timer) -> tuple[str, ...]:
    length = _length(timer.at - NOW)
    if timer.window is Window.DELIVERY:
        length = "until the order is due"
    if timer.window is Window.HOLDING:
        length = "no limit"
    return timer.window.replace("_", " "), timer.waits_for, length, _consequence(order, timer)


def _consequence(order: Order, timer: Timer) -> str:
    if timer.window is Window.HOLDING:
        return AT_THE_LIMIT[timer.effect]
    if timer.effect is TimerEffect.LAPSE_OFFER:
        return "the offer lapses; nothing was paid for it"
    if timer.effect is TimerEffect.LEAVE_CANCELLATION_UNANSWERED or order.deadline is None:
        return "the buyer may open a dispute"
    usual = order.deadline.on_expiry is DEADLINES[order.state].on_expiry
    policy = "" if usual else f"where the policy says `decision_expiry={timer.effect}`: "
    return policy + consequence(order, order.deadline)


AT_THE_LIMIT = {
    TimerEffect.OPEN_DISPUTE: "where there is a limit: a dispute opens and a mediator decides",
    TimerEffect.ESCALATE: "where there is a limit: mediators and operators are told",
}


def _place_in_rules(way: Transition) -> int:
    return RULES.index(way.rule) if way.rule else len(RULES)


def _only(rule: Rule | None) -> str:
    return rule.only.words if rule and rule.only else ""


def _then(way: Transition) -> str:
    start, end = way.ends
    state = "the state stays" if start is end else f"`{end}`"
    parts = (state, _money(way.step), _due(way.before, way.step.order))
    return "; ".join(part for part in parts if part)


def _money(step: Step) -> str:
    end = step.order.outcome
    if end is None:
        held = sum(leg.amount for posting in step.postings for leg in posting.legs)
        return f"{in_words(held, step.order.currency)} into escrow" if held else ""
    parts = (
        (end.refunded, "back to the buyer"),
        (end.paid_to_seller, "to the seller"),
        (end.commission, "commission"),
    )
    return ", ".join(f"{in_words(n, step.order.currency)} {where}" for n, where in parts if n)


def _due(before: Order, after: Order) -> str:
    if after.due_at is None or after.due_at == before.due_at:
        return ""
    if before.state is State.IN_PROGRESS and before.due_at is not None:
        return f"due {_length(after.due_at - before.due_at)} later"
    return f"due in {_length(after.due_at - NOW)}"


def _length(time: timedelta) -> str:
    days, hours = time // DAY, time // timedelta(hours=1)
    return f"{days} days" if days > 2 else f"{hours} hours"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ahead_of_each(ways: Iterable[Transition]) -> str:
    """For each state, how long the longest path takes once the order has left it."""
    longest = {_standing(way.before): ahead(way.before, WAYS) for way in ways}
    ordered = sorted(longest, key=lambda one: (OPEN_STATES.index(one[0]), one[1]))
    rows = ((_place(*one), _length(longest[one])) for one in ordered)
    return _table(("in", "before the limit"), rows)


def _standing(order: Order) -> tuple[State, bool]:
    return order.state, mediator_of(order) is not None


def _place(state: State, has_mediator: bool) -> str:
    who = ", with a mediator" if has_mediator else ", with nobody"
    return f"`{state}`{who if state is State.DISPUTED else ''}"


# --- the page --------------------------------------------------------------------------------


def page() -> str:
    """docs/process.md."""
    ways = transitions()
    return PAGE.format(
        price=in_words(TERMS.price, TERMS.currency),
        extra=in_words(EXTRA.price, TERMS.currency),
        commission=Policy().commission_bps // 100,
        most_lines=MOST_LINES,
        diagram=diagram(ways),
        at_a_glance=at_a_glance(ways),
        actions=actions(ways),
        deadlines=deadlines(ways),
        ahead=ahead_of_each(ways),
    )


if __name__ == "__main__":
    sys.stdout.write(page())
