"""Orders whose money can be held for 90 days, in every state and at any distance from the limit."""

from datetime import datetime, timedelta

from domain.holding import held
from domain.order import Holding, Order
from domain.policy import Policy
from domain.rules import WAYS
from tests.domain.examples import DAY, NOW, POLICY, MakeOrder

LIMIT = 90 * DAY
LIMITED = POLICY.model_copy(update={"holding_limit": LIMIT})
AHEAD = {
    "pending": 28 * DAY,
    "in_progress": 25 * DAY,
    "late": 25 * DAY,
    "delivered": 18 * DAY,
    "revision_requested": 16 * DAY,
    "answer_overdue": 16 * DAY,
    "revision_refused": 9 * DAY,
    "disputed_free": 7 * DAY,
    "disputed_monas": 0 * DAY,
    "disputed_milos": 0 * DAY,
    "dispute_by_lapse": 7 * DAY,
}
"""How long the longest path of each example takes once it has left where it stands: a case is ruled
on after 7 days and taken after 2, a decision takes 7, an answer 2, a check 7, the work 3."""


def held_until(limit_at: datetime, make: MakeOrder, policy: Policy = LIMITED) -> Order:
    """The example order, placed so that its money can be held until that instant."""
    limit = policy.holding_limit
    assert limit is not None
    order = make(policy=policy, created_at=limit_at - limit)
    return order.model_copy(update={"holding": held(order, NOW, WAYS)})


def held_for(left: timedelta, make: MakeOrder, policy: Policy = LIMITED) -> Order:
    """The same, with so much left from NOW on."""
    return held_until(NOW + left, make, policy)


def of(order: Order) -> Holding:
    """What is known of the limit, where there is one."""
    assert order.holding is not None
    return order.holding
