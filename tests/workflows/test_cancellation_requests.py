"""The buyer's wish to cancel: answered in time, left unanswered, refused once and twice."""

from datetime import datetime, timedelta

from domain.order import Order
from domain.policy import Policy
from domain.vocabulary import Action, CancellationStatus, Code, Role, State
from tests.domain.examples import DAY, HOUR, SELLER, in_progress
from tests.workflows.stage import (
    DELIVER,
    DISPUTE,
    NO,
    REVISE,
    TEXT,
    WISH,
    Case,
    Stage,
    brought_to,
)

UNANSWERED = "order.cancellation_unanswered"
MINUTE = timedelta(minutes=1)


async def wished(stage: Stage, example: Order | None = None) -> Case:
    """An order whose buyer wishes to cancel, with much time left to deliver."""
    return await brought_to(await stage.order(example or in_progress(), 60 * DAY), WISH)


def answer_by(case: Case) -> datetime:
    """Until when the seller has to answer."""
    assert case.order.cancellation_request is not None
    return case.order.cancellation_request.answer_by


def status(case: Case) -> CancellationStatus | None:
    """How the wish stands."""
    wish = case.order.cancellation_request
    return wish.status if wish else None


async def test_a_wish_is_left_unanswered_at_its_instant(skipping: Stage) -> None:
    case = await wished(skipping)
    due = answer_by(case)
    assert case.order.updated_at + 2 * DAY == due
    await skipping.sleep(2 * DAY - HOUR)
    assert CancellationStatus.ASKED == status(case)
    event = await case.after(HOUR + MINUTE, UNANSWERED)
    assert due < event.at < due + MINUTE
    assert (CancellationStatus.UNANSWERED, State.IN_PROGRESS) == (status(case), case.order.state)
    await case.rests()
    await case.is_well()


async def test_the_window_of_the_answer_is_the_policys(skipping: Stage) -> None:
    policy = Policy(cancellation_answer_window=3 * HOUR)
    case = await wished(skipping, in_progress(policy=policy))
    await skipping.sleep(2 * HOUR)
    assert UNANSWERED not in case.events
    await case.after(HOUR + MINUTE, UNANSWERED)


async def test_a_wish_that_was_left_unanswered_allows_a_dispute(skipping: Stage) -> None:
    case = await wished(skipping)
    early = await case.does(*DISPUTE, reason=TEXT)
    assert Code.ACTION_NOT_ALLOWED == early.code
    await case.after(2 * DAY + MINUTE, UNANSWERED)
    assert (await case.does(*DISPUTE, reason=TEXT)).accepted
    assert State.DISPUTED == case.order.state


async def test_a_refused_wish_allows_a_dispute(skipping: Stage) -> None:
    case = await brought_to(await wished(skipping), NO)
    assert (CancellationStatus.REFUSED, State.IN_PROGRESS) == (status(case), case.order.state)
    await brought_to(case, DISPUTE)
    assert State.DISPUTED == case.order.state


async def test_a_refused_wish_is_not_left_unanswered_as_well(skipping: Stage) -> None:
    case = await brought_to(await wished(skipping), NO)
    await skipping.sleep(10 * DAY)
    assert ["request_cancellation", "refuse_cancellation"] == case.told


async def test_the_second_refusal_opens_the_dispute_by_itself(skipping: Stage) -> None:
    case = await wished(skipping)
    await brought_to(case, NO, WISH)
    second = case.order.cancellation_request
    event = await case.does(*NO, reason=TEXT)
    assert (True, "order.dispute_opened") == (event.accepted, event.event)
    assert {"bea", "sam", None} == {notice.user_id for notice in event.notices}
    dispute = case.order.dispute
    assert dispute is not None
    assert (State.DISPUTED, "bea", second and second.id) == (
        case.order.state,
        dispute.opened_by.id,
        dispute.request_id,
    )
    await case.after(2 * DAY + MINUTE, "order.dispute_escalated")
    assert (0, 0) == (case.buyer_got, case.seller_got)


async def test_a_refusal_after_silence_counts_as_one(skipping: Stage) -> None:
    case = await wished(skipping)
    await case.after(2 * DAY + MINUTE, UNANSWERED)
    await brought_to(case, NO, WISH, NO)
    assert State.DISPUTED == case.order.state


async def test_after_a_delivery_no_refusal_opens_a_dispute(skipping: Stage) -> None:
    again = (Action.ACCEPT_REVISION, SELLER)
    case = await skipping.order(in_progress(), 60 * DAY)
    await brought_to(case, DELIVER, REVISE, again, WISH, NO, WISH, NO, WISH, NO)
    assert State.IN_PROGRESS == case.order.state


async def test_a_wish_is_granted_by_cancelling(skipping: Stage) -> None:
    case = await wished(skipping)
    await case.by_hand("cancel", SELLER)
    outcome = await case.handle.result()
    assert (State.CANCELLED, Role.SELLER, 2000) == (outcome.kind, outcome.by, case.buyer_got)
    assert None is case.order.cancellation_request


async def test_a_wish_goes_with_the_work_that_it_was_about(skipping: Stage) -> None:
    case = await brought_to(await wished(skipping), DELIVER)
    assert None is case.order.cancellation_request
    await skipping.sleep(3 * DAY)
    assert ["request_cancellation", "deliver"] == case.told


async def test_one_wish_at_a_time(skipping: Stage) -> None:
    case = await wished(skipping)
    refused = await case.does(*WISH, reason=TEXT)
    assert Code.ACTION_NOT_ALLOWED == refused.code
    await case.after(2 * DAY + MINUTE, UNANSWERED)
    assert (await case.does(*WISH, reason=TEXT)).accepted
    assert CancellationStatus.ASKED == status(case)
