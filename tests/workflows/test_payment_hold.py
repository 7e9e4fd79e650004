"""An order whose payment is disputed, on a server that skips time."""

from typing import Any

import pytest

from domain.vocabulary import Action, Code, State
from tests.domain.examples import BUYER, DAY, HOUR, MEDIATOR, OPERATOR, delivered, disputed
from tests.workflows.provider_acts import DISPUTED, LOST, WON, told
from tests.workflows.stage import ACCEPT, Case, Stage, brought_to, fresh


async def test_no_deadline_acts_and_afterwards_it_has_the_time_that_it_had_left(
    skipping: Stage,
) -> None:
    case = await skipping.start(fresh(delivered(), await skipping.now() + 2 * DAY))
    await skipping.sleep(DAY)
    await told(case, DISPUTED)
    await skipping.sleep(30 * DAY)
    assert State.DELIVERED is case.order.state
    assert {} == await _deadline(case)
    refused = await case.does(Action.COMPLETE, BUYER)
    assert Code.ACTION_NOT_ALLOWED == refused.code
    assert (0, 0) == (case.buyer_got, case.seller_got)
    await told(case, WON)
    left = case.order.deadline
    assert left is not None
    assert DAY - HOUR < left.at - await skipping.now() < DAY + HOUR
    await case.after(2 * DAY, "order.completed")
    assert 1_600 == case.seller_got


async def _deadline(case: Case) -> dict[str, Any]:
    deadline = case.order.deadline
    return {} if deadline is None else deadline.model_dump()


@pytest.mark.parametrize("is_frozen", [True, False])
async def test_what_is_lost_ends_it_once(is_frozen: bool, skipping: Stage) -> None:
    case = await skipping.start(fresh(delivered(), await skipping.now() + 2 * DAY))
    if is_frozen:
        await told(case, DISPUTED)
    await told(case, LOST)
    outcome = await case.handle.result()
    assert (State.CANCELLED, 2_000) == (outcome.kind, outcome.charged_back)
    assert (0, 0) == (case.buyer_got, case.seller_got)


async def test_a_case_goes_on_where_it_was(skipping: Stage) -> None:
    case = await skipping.start(fresh(disputed("mona"), await skipping.now() + 2 * DAY))
    await told(case, DISPUTED)
    for action, who in ((Action.CANCEL, OPERATOR), (Action.RESOLVE, MEDIATOR)):
        fields = {} if action is Action.CANCEL else {"outcome": "refund", "reasons": "No."}
        assert Code.ACTION_NOT_ALLOWED == (await case.does(action, who, **fields)).code
    spoken = await case.does(Action.ADD_STATEMENT, BUYER, statement="My bank is wrong.")
    assert spoken.accepted
    await told(case, WON)
    assert State.DISPUTED is case.order.state
    ruled = await case.does(Action.RESOLVE, MEDIATOR, outcome="pay_seller", reasons="Done.")
    assert ruled.accepted


async def test_one_that_is_disputed_before_it_is_accepted_can_be_accepted_later(
    skipping: Stage,
) -> None:
    case = await skipping.order()
    await told(case, DISPUTED)
    await skipping.sleep(100 * DAY)
    await told(case, WON)
    await brought_to(case, ACCEPT)
    await case.is_well()
