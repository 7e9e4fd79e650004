"""What an order whose payment is disputed is found by in Temporal's Web UI, under a deadline or
not."""

import pytest

from domain.vocabulary import Action
from tests.domain.examples import BUYER, MakeOrder, answer_overdue, delivered, disputed, late
from tests.workflows.provider_acts import DISPUTED, LOST, WON, told
from tests.workflows.stage import Case, Stage, of_kind

UNDER_A_DEADLINE: list[MakeOrder] = [delivered, disputed]
UNDER_NONE: list[MakeOrder] = [late, answer_overdue]


@pytest.mark.parametrize("make", UNDER_A_DEADLINE + UNDER_NONE)
async def test_it_is_found_as_waiting_for_the_provider_until_that_has_decided(
    make: MakeOrder, stage: Stage
) -> None:
    case = await stage.order(make())
    waited_for = (await case.found_by())["OrderWaitsFor"]
    await told(case, DISPUTED)
    frozen = await shown(case)
    hold = case.order.payment_hold
    assert hold is not None
    assert ("provider", hold.since.replace(microsecond=0)) == frozen[:2]
    assert frozen[2] is None
    await told(case, WON)
    waits, since, _ = await shown(case)
    assert (waited_for, case.order.updated_at.replace(microsecond=0)) == (waits, since)
    await case.is_well()


async def shown(case: Case) -> tuple[object, object, object]:
    """Whom it waits for, since when and until when, by what it is found by once it rests."""
    await case.rests()
    found = await case.found_by()
    return found["OrderWaitsFor"], found["OrderSince"], found.get("OrderDeadline")


async def test_what_is_lost_waits_for_nobody(stage: Stage) -> None:
    case = await stage.order(late())
    for act in (DISPUTED, LOST):
        await told(case, act)
    await case.handle.result()
    assert "nobody" == (await case.found_by())["OrderWaitsFor"]


async def test_a_statement_while_it_is_frozen_is_told_to_nobody(stage: Stage) -> None:
    case = await stage.order(disputed())
    await told(case, DISPUTED)
    before = await shown(case)
    events = of_kind(await case.history(), "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")
    event = await case.does(Action.ADD_STATEMENT, BUYER, statement="My bank is wrong.")
    assert event.accepted
    assert before == await shown(case)
    assert events == of_kind(await case.history(), "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")
