"""What operators see in Temporal's Web UI: the order in words, and attributes to find it by."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from domain.operator_text import ONLY_WHILE_IT_RUNS, instant
from domain.order import Actor, Order, Settlement
from domain.standing import since
from domain.vocabulary import Action, Role, State
from tests.domain.examples import (
    BUYER,
    DAY,
    MEDIATOR,
    OPERATOR,
    SELLER,
    delivered,
    disputed,
    in_progress,
    pending,
    revision_refused,
    revision_requested,
    runs_out,
    taken_before_targets,
)
from tests.workflows.commands import commands_in
from tests.workflows.stage import (
    ACCEPT,
    COMPLETE,
    SAID,
    Case,
    Stage,
    brought_to,
    fresh,
    of_kind,
    offer_until,
    wish_until,
    written_here,
)

UNTIL = datetime(2126, 11, 30, 10, 0, 0, tzinfo=UTC)
SOON = UNTIL - 30 * DAY
"""Before `UNTIL`."""


@pytest.fixture(scope="module")
async def stage(temporal_server: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """One stage for all of them; a worker works."""
    stage = Stage(temporal_server)
    async with stage.working():
        yield stage


def summary(event: HistoryEvent) -> str:
    """What the Web UI shows of an event in a word."""
    payload = event.user_metadata.summary
    return str(pydantic_data_converter.payload_converter.from_payload(payload))


async def summaries(case: Case, kind: str) -> list[str]:
    """Of all events of a kind, in the order in which they happened."""
    return [summary(event) for event in of_kind(await case.history(), kind)]


async def steps_in_words(case: Case) -> list[str]:
    """The lines of what was tried on the worker that decided it."""
    return [summary(event) for event in written_here(await case.history())]


async def details(case: Case) -> str:
    """The *current details* that the Web UI asks for."""
    metadata = await case.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


# --- what it is found by -------------------------------------------------------------------------


async def test_an_order_can_be_found_from_the_start(unmanned: Stage) -> None:
    case = await unmanned.order()
    assert {
        "OrderState": "pending",
        "OrderWaitsFor": "seller",
        "OrderDeadline": runs_out(case.order),
        "OrderSince": since(case.order),
        "BuyerId": "bea",
        "SellerId": "sam",
    } == await case.found_by()


async def test_an_order_can_be_found_by_where_it_stands_after_each_step(stage: Stage) -> None:
    case = await stage.order()
    found = []
    for step in (
        ACCEPT,
        (Action.DELIVER, SELLER),
        (Action.REQUEST_REVISION, BUYER),
        (Action.REFUSE_REVISION, SELLER),
        (Action.OPEN_DISPUTE, BUYER),
        (Action.ASSIGN, MEDIATOR),
    ):
        await brought_to(case, step)
        await case.rests()
        by = await case.found_by()
        assert runs_out(case.order) == by.get("OrderDeadline")
        assert case.order.updated_at.replace(microsecond=0) == by["OrderSince"]
        found.append((by["OrderState"], by["OrderWaitsFor"], by.get("MediatorId")))
    assert [
        ("in_progress", "seller", None),
        ("delivered", "buyer", None),
        ("revision_requested", "seller", None),
        ("revision_refused", "buyer", None),
        ("disputed", "mediator", None),
        ("disputed", "mediator", "mona"),
    ] == found


async def test_who_gives_a_case_back_has_it_no_more(stage: Stage) -> None:
    case = await brought_to(await stage.order(disputed("mona")), (Action.RELEASE, MEDIATOR))
    await case.rests()
    assert "MediatorId" not in await case.found_by()


async def test_who_is_handed_a_case_under_no_deadline_has_it(stage: Stage) -> None:
    case = await brought_to(await stage.order(taken_before_targets()), (Action.ASSIGN, OPERATOR))
    await case.rests()
    by, since_then = await case.found_by(), case.order.updated_at.replace(microsecond=0)
    assert ("milo", since_then) == (by["MediatorId"], by["OrderSince"])
    await case.is_well()


async def test_what_changes_nothing_of_the_wait_leaves_since_when_as_it_is(stage: Stage) -> None:
    case = await stage.order(disputed("mona"))
    began = (await case.found_by())["OrderSince"]
    await brought_to(case, (Action.ADD_STATEMENT, SELLER))
    await case.rests()
    assert began == (await case.found_by())["OrderSince"]


async def test_an_order_is_late_since_its_deadline(skipping: Stage) -> None:
    case = await skipping.order(in_progress(), DAY)
    due = runs_out(case.order)
    assert due is not None
    late = await case.after(3 * DAY, "order.late")
    await case.rests()
    assert (due.replace(microsecond=0), True) == (await shown_since(case), due < late.at)


async def shown_since(case: Case) -> datetime:
    """What the last search attributes that were told say; the server that skips time cannot be
    asked for them."""
    events = of_kind(await case.history(), "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")
    told = events[-1].upsert_workflow_search_attributes_event_attributes.search_attributes
    return datetime.fromisoformat(json.loads(told.indexed_fields["OrderSince"].data))


async def test_an_order_that_has_ended_waits_for_nobody(stage: Stage) -> None:
    case = await stage.order(delivered())
    await case.by_hand(*COMPLETE)
    await case.handle.result()
    at = case.order.updated_at.replace(microsecond=0)
    ended = {"OrderState": "completed", "OrderWaitsFor": "nobody", "OrderSince": at}
    assert {**ended, "BuyerId": "bea", "SellerId": "sam"} == await case.found_by()


async def test_a_refusal_changes_no_attribute(stage: Stage) -> None:
    case = await stage.order()
    await case.does(*COMPLETE)
    await case.rests()
    assert [] == of_kind(await case.history(), "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")


# --- where it stands -----------------------------------------------------------------------------


async def test_the_query_gives_the_order_as_it_stands(stage: Stage) -> None:
    case = await stage.order()
    assert case.order == await case.handle.query("order", result_type=Order)
    await case.does(*ACCEPT)
    await case.rests()
    assert case.order == await case.handle.query("order", result_type=Order)
    assert State.IN_PROGRESS == case.order.state


async def test_the_query_answers_after_the_end(stage: Stage) -> None:
    case = await stage.order(delivered())
    await case.by_hand(*COMPLETE)
    outcome = await case.handle.result()
    assert outcome == (await case.handle.query("order", result_type=Order)).outcome


AT = "At 2126-11-30 10:00:00 UTC: "
WAITS = "Waits since 2026-11-22 10:00:00 UTC"
STANDINGS: dict[str, tuple[Order, list[str]]] = {
    "pending": (
        pending(),
        [
            "**pending** · 20.00 EUR",
            f"{WAITS} for the seller.",
            f"{AT}the order is cancelled and 20.00 EUR goes back to the buyer.",
        ],
    ),
    "in progress": (
        in_progress(),
        [
            "**in progress** · 20.00 EUR",
            f"{WAITS} for the seller.",
            f"{AT}the order is late and the buyer may cancel it alone.",
        ],
    ),
    "delivered": (
        delivered(),
        [
            "**delivered** · 20.00 EUR",
            f"{WAITS} for the buyer.",
            f"{AT}the order completes and 16.00 EUR goes to the seller.",
        ],
    ),
    "revision requested": (
        revision_requested(),
        [
            "**revision requested** · 20.00 EUR",
            f"{WAITS} for the seller.",
            f"{AT}the buyer may open a dispute.",
        ],
    ),
    "revision refused": (
        revision_refused(),
        [
            "**revision refused** · 20.00 EUR",
            f"{WAITS} for the buyer.",
            f"{AT}the order completes and 16.00 EUR goes to the seller.",
        ],
    ),
    "disputed": (
        disputed(),
        [
            "**disputed** · 20.00 EUR",
            f"{WAITS} for the mediator.",
            f"{AT}mediators and operators are told again; a dispute never ends by itself.",
        ],
    ),
}


@pytest.mark.parametrize(("order", "expected"), STANDINGS.values(), ids=STANDINGS)
async def test_the_details_say_where_an_order_stands_and_what_follows(
    order: Order, expected: list[str], stage: Stage
) -> None:
    case = await stage.start(fresh(order, UNTIL))
    people = "Buyer `bea`, seller `sam`, step 7."
    assert [*expected, ONLY_WHILE_IT_RUNS, people] == (await details(case)).split("\n\n")


async def test_the_details_follow_each_step(stage: Stage) -> None:
    case = await stage.order()
    await case.does(*ACCEPT)
    await case.rests()
    assert "**in progress** · 20.00 EUR" == (await details(case)).split("\n\n")[0]
    await case.by_hand("cancel", SELLER)
    await case.handle.result()
    ended = instant(case.order.updated_at)
    assert [
        "**cancelled** · 20.00 EUR",
        f"Ended by seller (cancel) at {ended}: 20.00 EUR back to the buyer.",
        "Buyer `bea`, seller `sam`, step 9.",
    ] == (await details(case)).split("\n\n")


async def test_every_action_is_listed_among_the_signals_and_says_whose_it_is(
    stage: Stage,
) -> None:
    case = await stage.order()
    metadata = await case.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    signals = {one.name: one.description for one in metadata.definition.signal_definitions}
    assert {*Action, "catch_up"} == {name for name in signals if name}
    assert "By the seller." == signals["accept"]
    assert "By the seller or buyer or operator." == signals["cancel"]


# --- what happened -------------------------------------------------------------------------------

STEPS: dict[str, tuple[Order, Action, Actor, dict[str, Any], str, str]] = {
    "accept": (pending(), *ACCEPT, {}, "record_step", "seller: accept → in progress"),
    "deliver": (
        in_progress(),
        *(Action.DELIVER, SELLER, {}),
        "record_step",
        "seller: deliver → delivered",
    ),
    "refuse": (
        revision_requested(),
        *(Action.REFUSE_REVISION, SELLER, {}),
        "record_step",
        "seller: refuse revision → revision refused",
    ),
    "buy": (
        in_progress(),
        *(Action.BUY_EXTRA, BUYER, {}),
        "hold_in_escrow",
        "buyer: buy extra → in progress · hold_in_escrow 5.00 EUR",
    ),
    "complete": (
        delivered(),
        *(Action.COMPLETE, BUYER, {}),
        "credit_wallet",
        "buyer: complete → completed · credit_wallet 20.00 EUR",
    ),
    "cancel": (
        pending(),
        *(Action.CANCEL, OPERATOR, {}),
        "refund_buyer",
        "operator: cancel → cancelled · refund_buyer 20.00 EUR",
    ),
    "split": (
        disputed(),
        *(Action.RESOLVE, MEDIATOR),
        {"outcome": "split", "refund": {"amount": 500, "currency": "EUR"}},
        "split_escrow",
        "mediator: resolve → settled · split_escrow 20.00 EUR",
    ),
    "refund": (
        disputed(),
        *(Action.RESOLVE, MEDIATOR, {"outcome": "refund"}),
        "refund_buyer",
        "mediator: resolve → cancelled · refund_buyer 20.00 EUR",
    ),
    "offer": (
        delivered(),
        *(Action.MAKE_OFFER, SELLER, {}),
        "record_step",
        "seller: make offer → delivered",
    ),
    "accept an offer": (
        delivered(offer=offer_until(UNTIL)),
        *(Action.ACCEPT_OFFER, BUYER, {"offer_id": "an-offer"}),
        "hold_in_escrow",
        "buyer: accept offer → in progress · hold_in_escrow 7.00 EUR",
    ),
    "refuse to cancel": (
        in_progress(cancellation_request=wish_until(UNTIL), cancellation_refusals=1),
        *(Action.REFUSE_CANCELLATION, SELLER, {}),
        "record_step",
        "seller: refuse cancellation → disputed",
    ),
    "settle": (
        delivered(
            settlements=(Settlement(id="half", proposed_by=SELLER, proposed_at=UNTIL, refund=1000),)
        ),
        *(Action.ACCEPT_SETTLEMENT, BUYER, {"settlement_id": "half"}),
        "split_escrow",
        "buyer: accept settlement → settled · split_escrow 20.00 EUR",
    ),
    "refusal": (
        pending(),
        *(Action.COMPLETE, BUYER, {}),
        "record_refusal",
        "refused · buyer: complete · action-not-allowed",
    ),
}


@pytest.mark.parametrize("is_quick", [True, False], ids=["here", "by any worker"])
@pytest.mark.parametrize(
    ("order", "action", "who", "fields", "does", "words"), STEPS.values(), ids=STEPS
)
async def test_a_step_says_in_words_what_was_done_and_what_money_does(
    is_quick: bool,
    order: Order,
    action: Action,
    who: Actor,
    fields: dict[str, Any],
    does: str,
    words: str,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stage.steps, "fails_here", not is_quick)
    case = await stage.order(order, in_wallet=700)
    event = await case.does(action, who, **{**SAID[action], **fields})
    assert does == event.does
    await case.rests()
    here, elsewhere = await steps_in_words(case), await summaries(case, "ACTIVITY_TASK_SCHEDULED")
    assert (words, is_quick) == (here[0], elsewhere == [])
    assert elsewhere in ([], here)


async def test_an_unreadable_signal_is_said_to_be_one(stage: Stage) -> None:
    case = await stage.order()
    await case.handle.signal("explode")
    await case.entries(1)
    await case.rests()
    assert ["refused · unreadable `explode`"] == await steps_in_words(case)


async def test_what_a_deadline_did_is_said_in_words(skipping: Stage) -> None:
    case = await skipping.order(delivered(), DAY)
    assert Role.DEADLINE == (await case.handle.result()).by
    assert ("local activity record_step",) == commands_in(await case.handle.fetch_history())[1:2]
    assert ["review ran out: complete · credit_wallet 20.00 EUR"] == await steps_in_words(case)


async def test_what_else_passes_is_said_in_words(skipping: Stage) -> None:
    now = await skipping.now()
    offer = offer_until(now + 2 * DAY, remind_at=now + DAY)
    case = await skipping.start(fresh(delivered(offer=offer), now + 9 * DAY))
    await case.after(DAY, "order.offer_reminder")
    await case.after(DAY, "order.offer_lapsed")
    await case.rests()
    assert [
        "reminder: the offer window ends soon",
        "offer ran out: lapse offer",
    ] == await steps_in_words(case)


TIMERS: dict[str, tuple[Order, str]] = {
    "pending": (pending(), "acceptance window: then cancel"),
    "in progress": (in_progress(), "delivery window: then late"),
    "delivered": (delivered(), "review window: then complete"),
    "revision refused": (revision_refused(), "decision window: then complete"),
    "disputed": (disputed(), "assignment window: then escalate"),
    "disputed, with a mediator": (disputed("mona"), "ruling window: then escalate"),
    "an offer": (
        revision_refused(offer=offer_until(SOON)),
        "offer window: then lapse offer",
    ),
    "a reminder of an offer": (
        revision_refused(offer=offer_until(UNTIL, remind_at=SOON)),
        "offer window: then remind",
    ),
    "a wish": (
        in_progress(cancellation_request=wish_until(SOON)),
        "cancellation answer window: then leave cancellation unanswered",
    ),
    "a reminder of a wish": (
        in_progress(cancellation_request=wish_until(UNTIL, remind_at=SOON)),
        "cancellation answer window: then remind",
    ),
}


@pytest.mark.parametrize(("order", "words"), TIMERS.values(), ids=TIMERS)
async def test_a_timer_says_what_it_waits_for_and_what_follows(
    order: Order, words: str, stage: Stage
) -> None:
    case = await stage.start(fresh(order, UNTIL))
    await case.happened("TIMER_STARTED")
    assert [words] == await summaries(case, "TIMER_STARTED")


async def test_the_summary_of_a_timer_is_in_words(stage: Stage) -> None:
    case = await stage.order(revision_requested())
    await case.happened("TIMER_STARTED")
    assert ["_" in text for text in await summaries(case, "TIMER_STARTED")] == [False]
