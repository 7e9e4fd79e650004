"""The last safe instant: by when an order must have left where it stands, so that its money is out
of escrow before the payment provider's limit for holding it.

The limit is the instant at which the order was placed, and its policy's `holding_limit` after it.

A *path* leads from where an order stands to its end, along what `RULES` let people do. In each
state on the way people take as long as they are given: they act at the end of the window, or its
deadline acts for them. A case is taken at the end of its assignment window and ruled on at the end
of its ruling window. What promises more work (an extra, an offer, a revision, a dispute that is
decided by going on) is on no path: it is looked at when somebody does it (`promise`), and refused
where its own paths would not end by the limit. So no path comes to a state twice, and one of them
is the longest.

- `ahead` is how long the longest path takes once the order has left where it stands.
- The *last safe instant* is the limit less `ahead`. An order that leaves by then ends in time
  whatever happens, if everybody keeps to their windows from there on.
- Work may be due until `latest due`: the limit less the longest path from a delivery that is due.

Where somebody does not keep to a window (late work, an answer that does not come, a case without
a ruling), an order may stay beyond it: operators are warned before, and at the limit it goes to a
person.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.deadlines import DEADLINES, window_length
from domain.effects.purchases import due_with
from domain.order import WARNINGS, Holding, Order
from domain.policy import Policy
from domain.standing import mediator_of
from domain.vocabulary import Action, State, TimerEffect

LEADS_TO: dict[Action, State] = {
    Action.ACCEPT: State.IN_PROGRESS,
    Action.DELIVER: State.DELIVERED,
    Action.REQUEST_REVISION: State.REVISION_REQUESTED,
    Action.REFUSE_REVISION: State.REVISION_REFUSED,
    Action.OPEN_DISPUTE: State.DISPUTED,
    Action.REFUSE_CANCELLATION: State.DISPUTED,
}
"""Where an action can lead that neither ends an order, nor leaves it in its state, nor promises
more work. In which states it is possible, `RULES` say."""

LEAVES = (TimerEffect.COMPLETE, TimerEffect.CANCEL, TimerEffect.OPEN_DISPUTE)
"""What a deadline brings after which the order is in another state, whoever does nothing."""

Ways = Mapping[State, tuple[Action, ...]]
"""By state, what leads on from it along a path."""


@dataclass(frozen=True)
class Promise:
    """Work that is promised: until when it could be `due` at worst, until when the `latest` may be,
    and the `limit` for holding the money (UTC)."""

    due: datetime
    latest: datetime
    limit: datetime

    @property
    def fits(self) -> bool:
        """Return whether every path from it ends by the limit."""
        return self.due <= self.latest


def ways(possible: Iterable[tuple[Action, Iterable[State]]]) -> Ways:
    """Return the ways along paths, of actions and the states in which each is possible."""
    found: dict[State, dict[Action, None]] = {state: {} for state in State}
    for action, states in possible:
        for state in states if action in LEADS_TO else ():
            found[state][action] = None
    return {state: tuple(actions) for state, actions in found.items()}


@dataclass(frozen=True)
class Paths:
    """The paths of orders under a policy, whose work takes so long, with revisions or without."""

    along: Ways
    policy: Policy
    work: timedelta = timedelta()
    has_revisions: bool = True

    def longest(self, state: State) -> timedelta:
        """Return how long the longest path takes once an order has left a state."""
        lengths = (self._stay(one) + self.longest(one) for one in self._following(state))
        return max(lengths, default=timedelta())

    @property
    def around_work(self) -> timedelta:
        """Return how long an order may take beside its work."""
        return self.policy.acceptance_window + self.longest(State.IN_PROGRESS)

    def _following(self, state: State) -> Iterator[State]:
        for action in self.along[state]:
            if action is not Action.REQUEST_REVISION or self.has_revisions:
                yield LEADS_TO[action]

    def _stay(self, state: State) -> timedelta:
        if state is State.IN_PROGRESS:
            return self.work
        window = window_length(self.policy, DEADLINES[state].window)
        ruling = self.policy.ruling_window if state is State.DISPUTED else None
        return window + (ruling or timedelta())


def ahead(order: Order, along: Ways) -> timedelta:
    """Return how long an order's longest path takes once it has left where it stands."""
    if order.state is State.DISPUTED and mediator_of(order) is None:
        return order.policy.ruling_window or timedelta()
    return _paths(order, along).longest(order.state)


def _paths(order: Order, along: Ways) -> Paths:
    return Paths(along, order.policy, order.delivery_time, order.revisions_left != 0)


def held(order: Order, now: datetime, along: Ways) -> Holding | None:
    """Return until when the money of an order may be held, as the order stands at `now` (UTC); None
    where there is no limit, or no money any more."""
    limit = order.policy.holding_limit
    if limit is None or order.state.is_final:
        return None
    limit_at, known = order.created_at + limit, order.holding
    found = Holding(
        limit_at=limit_at,
        last_safe_at=limit_at - ahead(order, along),
        warned_at=known.warned_at if known is not None else None,
        reached=known is not None and known.reached,
    )
    return found.model_copy(update={"warn_at": _next_warning(order, found, now)})


def _next_warning(order: Order, holding: Holding, now: datetime) -> datetime | None:
    """Return when operators are warned next: at once, where that should have been before. Of an
    order that its own deadline moves on in time, nobody has to be."""
    deadline = order.deadline
    moves_on = deadline is not None and deadline.on_expiry in LEAVES
    if moves_on and deadline is not None and deadline.at <= holding.last_safe_at:
        return None
    instants = (holding.last_safe_at - before for before in WARNINGS)
    given = holding.warned_at
    left = (max(at, now) for at in instants if given is None or at > given)
    return None if holding.reached else next(left, None)


def promise(before: Order | None, after: Order, now: datetime, along: Ways) -> Promise | None:
    """Return what work a step promises that was not promised before it; None of one that promises
    none, and where there is no limit. `before` is None of an order that is placed."""
    limit = after.policy.holding_limit
    due = None if limit is None else _newly_due(before, after, now)
    if limit is None or due is None:
        return None
    limit_at = after.created_at + limit
    return Promise(due, limit_at - _paths(after, along).longest(State.IN_PROGRESS), limit_at)


def _newly_due(before: Order | None, after: Order, now: datetime) -> datetime | None:
    if before is None or len(after.lines) > len(before.lines) or _is_resumed(before, after):
        return _due(after, now)
    if after.offer is not None and after.offer != before.offer:
        # As if it were accepted at once: an offer that cannot be is not made.
        return due_with(after, after.offer.delivery_time, now)
    return None


def _is_resumed(before: Order, after: Order) -> bool:
    """Return whether work goes on that was over. Work that is accepted was promised when the order
    was placed."""
    return after.state is State.IN_PROGRESS and before.state not in (
        State.PENDING,
        State.IN_PROGRESS,
    )


def _due(order: Order, now: datetime) -> datetime:
    """Return until when the work on an order can be due, if it is accepted as late as can be."""
    if order.due_at is not None:
        return max(now, order.due_at)
    accepted = order.deadline.at if order.deadline is not None else now
    return max(now, accepted) + order.delivery_time
