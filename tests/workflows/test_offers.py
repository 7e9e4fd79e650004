"""Custom offers: taken until the very instant at which they lapse, and paid for once."""

from datetime import datetime, timedelta

import pytest

from domain.order import Order
from domain.policy import Policy
from domain.vocabulary import Action, Code, LineKind, State
from tests.domain.examples import BUYER, DAY, HOUR, SELLER, delivered, in_progress, revision_refused
from tests.workflows.stage import COMPLETE, OFFER, TAKE, Case, Stage, brought_to

PRICE = 700
LAPSED = "order.offer_lapsed"
MINUTE = timedelta(minutes=1)


async def offered(stage: Stage, example: Order | None = None, money: int = PRICE) -> Case:
    """An order with an offer of 7.00 EUR open, and time to think."""
    case = await stage.order(example or delivered(), 60 * DAY, in_wallet=money)
    return await brought_to(case, OFFER)


def lapses_at(case: Case) -> datetime:
    """When the open offer lapses."""
    assert case.order.offer is not None
    return case.order.offer.lapses_at


async def test_an_offer_lapses_by_itself_at_its_instant(skipping: Stage) -> None:
    case = await offered(skipping)
    due = lapses_at(case)
    assert case.order.updated_at + 7 * DAY == due
    await skipping.sleep(7 * DAY - HOUR)
    assert LAPSED not in case.events
    event = await case.after(HOUR + MINUTE, LAPSED)
    assert due < event.at < due + MINUTE
    assert case.order.offer is None
    assert (State.DELIVERED, 0) == (case.order.state, case.buyer_got)
    await case.rests()
    await case.is_well()


async def test_the_window_of_an_offer_is_the_policys(skipping: Stage) -> None:
    case = await offered(skipping, delivered(policy=Policy(offer_window=3 * HOUR)))
    await skipping.sleep(2 * HOUR)
    assert LAPSED not in case.events
    await case.after(HOUR + MINUTE, LAPSED)


@pytest.mark.parametrize(
    "example", [in_progress(), delivered(), revision_refused()], ids=lambda order: order.state
)
async def test_an_accepted_offer_is_held_and_worked_on(example: Order, skipping: Stage) -> None:
    case = await offered(skipping, example)
    offer = case.order.offer
    assert offer is not None
    event = await case.does(*TAKE, offer_id=offer.id)
    assert (True, "hold_in_escrow") == (event.accepted, event.does)
    order = case.order
    assert (State.IN_PROGRESS, None, -PRICE) == (order.state, order.offer, case.buyer_got)
    assert (offer.id, LineKind.OFFER, PRICE) == (
        (line := order.lines[-1]).id,
        line.kind,
        line.price,
    )
    await skipping.sleep(8 * DAY)
    assert LAPSED not in case.events


async def test_an_offer_that_the_wallet_cannot_pay_stays_open_and_lapses(skipping: Stage) -> None:
    case = await offered(skipping, money=PRICE - 1)
    due = lapses_at(case)
    refused = await case.does(*TAKE, offer_id=case.order.offer.id)  # type: ignore[union-attr]
    assert Code.INSUFFICIENT_FUNDS == refused.code
    assert due == lapses_at(case)
    await case.after(7 * DAY + MINUTE, LAPSED)


async def test_an_offer_is_accepted_once(skipping: Stage) -> None:
    case = await offered(skipping, money=10 * PRICE)
    offer_id = case.order.offer.id  # type: ignore[union-attr]
    for _ in range(3):
        await case.by_hand(*TAKE, offer_id=offer_id)
    await case.entries(4)
    assert ["make_offer", "accept_offer", "!accept_offer", "!accept_offer"] == case.told
    assert -PRICE == case.buyer_got


async def test_the_id_of_an_earlier_offer_takes_no_later_one(skipping: Stage) -> None:
    case = await offered(skipping)
    first = case.order.offer.id  # type: ignore[union-attr]
    await brought_to(case, (Action.WITHDRAW_OFFER, SELLER), OFFER)
    refused = await case.does(*TAKE, offer_id=first)
    assert Code.ACTION_NOT_ALLOWED == refused.code
    assert case.order.offer is not None
    assert 0 == case.buyer_got


async def test_of_two_who_answer_an_offer_the_first_wins(unmanned: Stage) -> None:
    async with unmanned.working():
        case = await offered(unmanned)
        await case.rests()
    offer_id = case.order.offer.id  # type: ignore[union-attr]
    now = await unmanned.now()
    late = timedelta(milliseconds=1)
    await case.asks(Action.WITHDRAW_OFFER, SELLER, now + late, offer_id=offer_id)
    await case.asks(*TAKE, received_at=now, offer_id=offer_id)
    async with unmanned.working():
        await case.entries(3)
    assert ["make_offer", "accept_offer", "!withdraw_offer"] == case.told
    assert -PRICE == case.buyer_got


async def test_the_end_of_an_order_ends_its_offer(skipping: Stage) -> None:
    case = await offered(skipping)
    await case.by_hand(*COMPLETE)
    assert State.COMPLETED == (await case.handle.result()).kind
    assert case.order.offer is None
    assert ["make_offer", "complete"] == case.told
    assert 1600 == case.seller_got


async def test_an_accepted_offer_is_given_back_and_paid_out_with_the_rest(skipping: Stage) -> None:
    case = await brought_to(await offered(skipping), TAKE)
    await case.by_hand("cancel", SELLER)
    assert (State.CANCELLED, 2000 + PRICE) == (
        (outcome := await case.handle.result()).kind,
        outcome.refunded,
    )
    assert 2000 == case.buyer_got  # what the offer took came back too


async def test_the_buyer_asks_for_an_offer_and_nothing_else_happens(skipping: Stage) -> None:
    case = await skipping.order(delivered(), 7 * DAY)
    before = case.order
    event = await case.does(Action.REQUEST_OFFER, BUYER, description="More.")
    assert (True, "order.offer_requested") == (event.accepted, event.event)
    changed = {"version": before.version + 1, "updated_at": case.order.updated_at}
    assert before.model_copy(update=changed) == case.order
