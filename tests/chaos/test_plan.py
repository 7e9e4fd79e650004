"""A seed fixes the plan."""

from collections import Counter

from tests.chaos.dispute_kinds import DISPUTES
from tests.chaos.kinds import KINDS
from tests.chaos.payment_kinds import PAY_INS, PAYOUTS
from tests.chaos.plan import LINKS, OF_PROVIDER, PROCESSES, plan
from tests.contract import PAIRS


def test_a_seed_gives_the_same_plan_and_another_another() -> None:
    assert plan(7, 60, 20, 5.0) == plan(7, 60, 20, 5.0)
    assert plan(7, 60, 20, 5.0) != plan(8, 60, 20, 5.0)


def test_every_kind_of_order_and_every_place_has_its_turn() -> None:
    whole = plan(1, 2_000, 200, 5.0)
    assert {order.kind for order in whole.orders} == set(KINDS)
    assert {fault.where for fault in whole.faults} == {*PROCESSES, *LINKS}
    assert sorted(whole.faults, key=lambda fault: fault.moves) == list(whole.faults)


def test_with_a_provider_every_way_of_paying_and_all_of_its_trouble_has_its_turn() -> None:
    whole = plan(1, 2_000, 200, 5.0, provided=True)
    assert {one.kind for one in whole.payments} == {*PAY_INS, *PAYOUTS}
    assert {order.payment for order in whole.orders} == {"", "first", "with", "late"}
    assert {order.dispute.kind for order in whole.orders if order.dispute} == set(DISPUTES)
    assert {(one.what, one.where) for one in whole.faults} >= set(OF_PROVIDER)


def test_every_action_of_the_contract_is_done_by_everybody_who_may() -> None:
    done = {(move.action, move.by) for steps in KINDS.values() for step in steps for move in step}
    assert done >= PAIRS


def test_every_buyer_has_less_than_their_orders_cost() -> None:
    costs: Counter[str] = Counter()
    whole = plan(1, 200, 0, 5.0)
    for order in whole.orders:
        costs[order.buyer] += order.price
    assert all(amount < costs[buyer] for buyer, amount in whole.funds.items())
