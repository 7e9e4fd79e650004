"""One request, one act: however often, and with or without an id, it is signalled."""

from domain.vocabulary import State
from tests.domain.examples import BUYER, OPERATOR, delivered
from tests.workflows.recording import Request
from tests.workflows.stage import ACCEPT, Case, Stage, made_id


async def told_by_now(case: Case) -> list[str]:
    """The journal once everything sent so far has been answered: an operator's unknown signal
    marks the end, and is left out."""
    await case.by_hand("that_is_all", OPERATOR)
    await case.database.until(lambda: "!that_is_all" in case.told)
    return case.told[:-1]


async def test_a_signal_by_hand_needs_neither_id_nor_stamp(stage: Stage) -> None:
    case = await stage.order()
    before = await stage.now()
    await case.by_hand(*ACCEPT)
    (event,) = await case.entries(1)
    assert (True, made_id(case, 1)) == (event.accepted, event.request_id)
    assert event.received_at is not None
    assert before <= event.received_at <= await stage.now()


async def test_two_signals_by_hand_are_two_requests(stage: Stage) -> None:
    case = await stage.order()
    await case.by_hand(*ACCEPT)
    await case.by_hand(*ACCEPT)
    assert ["accept", "!accept"] == await told_by_now(case)


async def test_the_same_request_twice_acts_once(stage: Stage) -> None:
    case = await stage.order()
    for _ in range(3):
        await case.by_hand(*ACCEPT, request_id="r-1")
    assert ["accept"] == await told_by_now(case)


async def test_the_same_refused_request_twice_is_refused_once(stage: Stage) -> None:
    case = await stage.order()
    for _ in range(3):
        await case.by_hand("complete", BUYER, request_id="r-1")
    assert ["!complete"] == await told_by_now(case)


async def test_the_same_request_twice_before_the_first_workflow_task_acts_once(
    unmanned: Stage,
) -> None:
    case = await unmanned.order()
    for _ in range(3):
        await case.by_hand(*ACCEPT, request_id="r-1")
    async with unmanned.working():
        assert ["accept"] == await told_by_now(case)


async def test_the_same_request_twice_around_a_change_of_workers_acts_once(
    unmanned: Stage,
) -> None:
    case = await unmanned.order()
    async with unmanned.working():
        await case.by_hand(*ACCEPT, request_id="r-1")
        await case.entries(1)
    async with unmanned.working():
        await case.by_hand(*ACCEPT, request_id="r-1")
        assert ["accept"] == await told_by_now(case)


async def test_an_id_with_spaces_around_it_is_not_taken_for_the_one_without(stage: Stage) -> None:
    case = await stage.order()
    await case.by_hand(*ACCEPT, request_id="r-1")
    await case.by_hand(*ACCEPT, request_id=" r-1 ")
    assert ["accept", "!accept"] == await told_by_now(case)


async def test_two_ids_are_two_requests(stage: Stage) -> None:
    case = await stage.order()
    await case.by_hand(*ACCEPT, request_id="r-1")
    await case.by_hand(*ACCEPT, request_id="R-1")
    assert ["accept", "!accept"] == await told_by_now(case)


async def test_a_request_that_was_decided_before_this_workflow_acts_no_more(stage: Stage) -> None:
    case = await stage.order(delivered())
    decided = Request("complete", {}, await stage.now(), outcome={"seq": 1, "accepted": True})
    stage.database.write_request(case.id, "r-1", decided)
    await case.by_hand("complete", BUYER, request_id="r-1")
    assert [] == await told_by_now(case)
    assert "decided" == stage.database.statuses[0]
    assert State.DELIVERED == case.order.state
    await case.is_well()


async def test_a_borrowed_id_does_not_swallow_a_later_signal_by_hand(stage: Stage) -> None:
    case = await stage.order()
    await case.by_hand("complete", BUYER, request_id=made_id(case, 1))
    await case.by_hand(*ACCEPT)
    assert ["!complete", "accept"] == await told_by_now(case)


async def test_a_borrowed_id_does_not_swallow_a_cancellation(stage: Stage) -> None:
    case = await stage.order()
    await case.by_hand("complete", BUYER, request_id="~cancellation")
    await case.entries(1)
    await case.rests()
    await case.handle.cancel()
    await stage.database.until(lambda: len(stage.database.statuses) == 2)
    assert ["!complete", "cancel"] == case.told
