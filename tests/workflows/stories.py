"""Lives of orders, one for each way of the process and each surprise, for recorded histories.

Each is played on a stage of its own on the real server; `tests/record_histories.py` writes down
what comes of it.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.exceptions import ApplicationError

from domain.order import Actor, Order
from domain.policy import Policy
from domain.vocabulary import Action, State, TimerEffect
from tests.domain.examples import (
    BUYER,
    DAY,
    MEDIATOR,
    OPERATOR,
    OTHER_MEDIATOR,
    SELLER,
    delivered,
    disputed,
    in_progress,
    late,
    pending,
    revision_refused,
    revision_requested,
    taken_before_targets,
)
from tests.domain.held import held_until, of
from tests.workflows.provider_acts import DISPUTED, LOST, WON, told
from tests.workflows.stage import (
    ACCEPT,
    BUY,
    COMPLETE,
    DECLINE,
    DELIVER,
    DISPUTE,
    NO,
    OFFER,
    PROPOSE,
    REFUSE,
    RESOLVE,
    REVISE,
    SIGN,
    STATEMENT,
    TAKE,
    WISH,
    Case,
    Stage,
    brought_to,
    fresh,
    offer_until,
    wish_until,
)

SOON = timedelta(seconds=1)

Story = Callable[[Stage], Awaitable[Case]]
STORIES: dict[str, Story] = {}


def unmanned(story: Story) -> Story:
    """A story that calls for its workers itself."""
    STORIES[story.__name__] = story
    return story


def worked(story: Story, name: str = "") -> Story:
    """A story through which a worker works, up to the end or until the order waits again."""

    async def play(stage: Stage) -> Case:
        async with stage.working():
            case = await story(stage)
            await (case.handle.result() if case.order.state.is_final else case.rests())
        return case

    STORIES[name or story.__name__] = play
    return story


async def slowly(case: Case, *way: tuple[Action, Actor]) -> Case:
    """The order after these steps, before each of which it waits."""
    for step in way:
        await case.rests()
        await brought_to(case, step)
    return case


def steps(example: Order, *way: tuple[Action, Actor]) -> Story:
    """The order goes this way."""

    async def story(stage: Stage) -> Case:
        return await slowly(await stage.order(example, in_wallet=10_000), *way)

    return story


def silence(example: Order, event: str, *way: tuple[Action, Actor]) -> Story:
    """The deadline passes, and after it the order goes this way."""

    async def story(stage: Stage) -> Case:
        case = await stage.order(example, SOON)
        await case.database.until(lambda: event in [one.event for one in case.journal])
        return await slowly(case, *way)

    return story


def ruling(**fields: Any) -> Story:
    """A dispute is opened, taken and ruled."""

    async def story(stage: Stage) -> Case:
        way = (REVISE, REFUSE, DISPUTE, (Action.ASSIGN, MEDIATOR))
        case = await slowly(await stage.order(delivered()), *way)
        await case.rests()
        await case.does(Action.RESOLVE, MEDIATOR, reasons="Because.", **fields)
        return case

    return story


def opens_dispute(order: Order) -> Order:
    """The order under the policy that the buyer's silence opens a dispute."""
    strict = order.deadline and order.deadline.model_copy(
        update={"on_expiry": TimerEffect.OPEN_DISPUTE}
    )
    return order.model_copy(update={"deadline": strict})


def lapsing(**parts: Any) -> Story:
    """Something of an order passes by itself, after a reminder if it has one."""

    async def story(stage: Stage) -> Case:
        now = await stage.now()
        made = {name: make(now + 2 * SOON, remind_at=now + SOON) for name, make in parts.items()}
        case = await stage.order(in_progress(**made), 300 * DAY)
        await case.entries(2)
        return case

    return story


AGAIN = (Action.ACCEPT_REVISION, SELLER)
CANCEL, WITHDRAW = Action.CANCEL, Action.WITHDRAW_OFFER
SHORT = disputed(policy=Policy(assignment_window=SOON))
SHORTLY_HERS = disputed("mona", policy=Policy(ruling_window=SOON))
HERS, TO_MILO = (Action.ASSIGN, MEDIATOR), (Action.ASSIGN, OPERATOR)
BY_MILO = (Action.RESOLVE, OTHER_MEDIATOR)

worked(steps(pending(), ACCEPT, DELIVER, REVISE, AGAIN, DELIVER, COMPLETE), "complete")
worked(steps(delivered(), REVISE, REFUSE, COMPLETE), "complete_after_a_refusal")
worked(steps(delivered(), REVISE, REFUSE), "waiting_for_a_decision")
worked(steps(delivered(), BUY, DELIVER, COMPLETE), "extra")
worked(steps(pending(), (CANCEL, BUYER)), "cancel_by_buyer")
worked(steps(delivered(), (CANCEL, SELLER)), "cancel_by_seller")
worked(steps(disputed(), (CANCEL, OPERATOR)), "cancel_by_operator")
worked(ruling(outcome="refund"), "dispute_refund")
worked(ruling(outcome="pay_seller"), "dispute_pay_seller")
worked(ruling(outcome="split", refund={"amount": 500, "currency": "EUR"}), "dispute_split")
worked(ruling(outcome="restart", delivery_time="P5D"), "dispute_restart")
worked(silence(pending(), "order.cancelled"), "expiry_acceptance")
worked(silence(in_progress(), "order.late", (CANCEL, BUYER)), "expiry_delivery")
worked(silence(delivered(), "order.completed"), "expiry_review")
worked(silence(revision_requested(), "order.answer_overdue", DISPUTE), "expiry_answer")
worked(silence(revision_refused(), "order.completed"), "expiry_decision")
worked(silence(opens_dispute(revision_refused()), "order.dispute_opened"), "expiry_disputes")
worked(silence(SHORT, "order.dispute_escalated", RESOLVE), "expiry_escalates")
worked(silence(SHORTLY_HERS, "order.ruling_overdue", TO_MILO, BY_MILO), "expiry_of_a_ruling")
worked(
    steps(disputed(), HERS, TO_MILO, (Action.RELEASE, OTHER_MEDIATOR), TO_MILO, BY_MILO),
    "handed_over",
)
worked(steps(taken_before_targets(), TO_MILO, BY_MILO), "handed_over_without_a_target")

LIFE = (ACCEPT, DELIVER, REVISE, REFUSE, COMPLETE)
HURRIED = Policy(offer_window=2 * SOON, cancellation_answer_window=2 * SOON, review_window=2 * SOON)
worked(steps(pending(), *LIFE), "life")
worked(steps(delivered(), (Action.REQUEST_OFFER, BUYER), OFFER, TAKE, DELIVER), "offer_accepted")
worked(
    steps(delivered(), OFFER, DECLINE, OFFER, (WITHDRAW, SELLER)), "offer_declined_and_withdrawn"
)
worked(steps(revision_refused(), OFFER), "offer_open")
worked(lapsing(offer=offer_until), "offer_lapsed")
worked(steps(in_progress(), WISH, (CANCEL, SELLER)), "wish_granted")
worked(steps(in_progress(), WISH, NO, WISH, NO, STATEMENT, RESOLVE), "wish_refused_twice")
worked(lapsing(cancellation_request=wish_until), "wish_unanswered")
worked(steps(delivered(), PROPOSE, (Action.PROPOSE_SETTLEMENT, BUYER), SIGN), "settled")
worked(steps(disputed(), PROPOSE, STATEMENT, SIGN), "settled_in_a_dispute")
worked(
    steps(delivered(), PROPOSE, (Action.WITHDRAW_SETTLEMENT, SELLER), PROPOSE, BUY),
    "settlement_withdrawn_and_overtaken",
)
worked(steps(in_progress(), OFFER, WISH, PROPOSE), "everything_open")


@worked
async def held_until_the_limit(stage: Stage) -> Case:
    """Operators are warned, and a mediator decides about money that can be held no longer."""
    example = held_until(await stage.now() + 2 * SOON, late)
    holding = of(example).model_copy(update={"warn_at": await stage.now() + SOON})
    case = await stage.start(fresh(example.model_copy(update={"holding": holding})))
    await case.stands(lambda order: order.state is State.DISPUTED)
    return await slowly(case, RESOLVE)


@worked
async def payment_disputed(stage: Stage) -> Case:
    """Its payment is disputed twice: it is kept, and then taken back."""
    case = await stage.start(fresh(delivered(), await stage.now() + DAY))
    for act in (DISPUTED, WON, DISPUTED, LOST):
        await told(case, act)
    return case


@worked
async def payment_of_late_order_disputed(stage: Stage) -> Case:
    """An order under no deadline is frozen, and its buyer cancels it once it goes on."""
    case = await stage.start(fresh(late()))
    for act in (DISPUTED, WON):
        await told(case, act)
        await case.rests()
    await slowly(case, (Action.CANCEL, BUYER))
    return case


@worked
async def reminder(stage: Stage) -> Case:
    """Of a review of two seconds, which then ends the order."""
    case = await stage.order(in_progress(policy=HURRIED))
    await brought_to(case, DELIVER)
    await case.stands(lambda order: order.state.is_final)
    return case


@unmanned
async def outage_over_an_offer(stage: Stage) -> Case:
    """A late acceptance, a timely withdrawal and the reminder's timer are heard of together."""
    async with stage.working():
        now = await stage.now()
        offer = offer_until(now + 2 * SOON, remind_at=now + SOON)
        case = await stage.order(delivered(offer=offer), 300 * DAY, in_wallet=1_000)
        await case.happened("TIMER_STARTED")
    await case.happened("TIMER_FIRED")
    await case.asks(*TAKE, received_at=offer.lapses_at + SOON, offer_id=offer.id)
    await case.asks(WITHDRAW, SELLER, offer.lapses_at, offer_id=offer.id)
    async with stage.working():
        await case.entries(2)
        await case.rests()
    return case


@worked
async def revised_once(stage: Stage) -> Case:
    """The one revision that the service includes is used; another is refused."""
    example = delivered(revisions_included=1)
    case = await slowly(await stage.order(example), REVISE, AGAIN, DELIVER)
    assert not (await case.does(*REVISE, reason="Because.")).accepted
    return await slowly(case, COMPLETE)


@worked
async def extra_too_dear(stage: Stage) -> Case:
    case = await stage.order(in_progress())
    await case.does(Action.BUY_EXTRA, BUYER, extra_id="express")
    return case


@worked
async def too_early(stage: Stage) -> Case:
    """The database's clock is behind."""
    stage.database.slow_by = SOON
    return await silence(pending(), "order.cancelled")(stage)


@worked
async def never_signalled(stage: Stage) -> Case:
    """A request that is only in the database comes before the deadline that it was in time for."""
    case = await stage.order(pending(), SOON)
    case.writes(*ACCEPT, received_at=await stage.now())
    await case.stands(lambda order: order.state is State.IN_PROGRESS)
    return case


@unmanned
async def outage(stage: Stage) -> Case:
    """A late request, a timely one and the timer are heard of together."""
    async with stage.working():
        case = await stage.order(pending(), 2 * SOON)
        await case.happened("TIMER_STARTED")
    deadline = case.order.deadline
    assert deadline is not None
    await case.happened("TIMER_FIRED")
    await case.asks(Action.CANCEL, BUYER, deadline.at + SOON)
    await case.asks(*ACCEPT, received_at=deadline.at)
    async with stage.working():
        await case.entries(2)
        await case.rests()
    return case


@unmanned
async def before_the_first_task(stage: Stage) -> Case:
    """Signals that waited for a worker."""
    case = await stage.order()
    await case.by_hand(*COMPLETE)
    await case.by_hand(*ACCEPT)
    await case.by_hand(*DELIVER, message="m")
    async with stage.working():
        await case.entries(3)
        await case.rests()
    return case


JUNK: list[tuple[str, Any]] = [
    ("accept", None),
    ("accept", "accept"),
    ("accept", 17),
    ("explode", {}),
    ("accept", {"actor": {"id": None, "role": "deadline"}}),
    ("accept", {"actor": {"id": "eve", "role": "seller"}, "received_at": "9999"}),
    ("deliver", {"actor": {"id": "sam", "role": "seller"}, "message": 5}),
]


@worked
async def junk(stage: Stage) -> Case:
    case = await stage.order()
    for number, (name, message) in enumerate(JUNK, 1):
        await case.handle.signal(name, message)
        await case.entries(number)
    for _ in range(2):
        await case.by_hand(*ACCEPT, request_id="r-1")
    await case.entries(len(JUNK) + 1)
    return case


SPACED: list[tuple[str, Any]] = [
    ("accept", {"actor": {"id": " sam ", "role": "seller"}, "request_id": "r-1\u2003"}),
    ("accept", {"actor": {"id": "sam", "role": "seller"}, "request_id": " r-1"}),
    ("deliver", {"actor": {"id": "sam\n", "role": "seller"}, "message": "m"}),
    ("buy_extra", {"actor": {"id": "bea", "role": "buyer"}, "extra_id": "\u00a0express "}),
]


@worked
async def spaces_round_ids(stage: Stage) -> Case:
    """Signals by hand whose ids are those of somebody, or of something, but for the spaces."""
    case = await stage.order(in_wallet=10_000)
    for name, message in SPACED:
        await case.handle.signal(name, message)
        await case.rests()
    return case


@worked
async def web_ui_cancellation(stage: Stage) -> Case:
    case = await stage.order(delivered())
    await case.rests()
    await case.handle.cancel()
    await case.handle.result()
    return case


async def held(stage: Stage, example: Order, step: tuple[Action, Actor], activity: str) -> Case:
    """An order of which a step is under way."""
    stage.steps.open.clear()
    case = await stage.order(example)
    await case.by_hand(*step)
    await case.database.until(lambda: stage.steps.attempts[activity] >= 1)
    return case


@worked
async def web_ui_cancellation_during_a_step(stage: Stage) -> Case:
    case = await held(stage, pending(), ACCEPT, "record_step")
    await case.handle.cancel()
    await case.happened("ACTIVITY_TASK_CANCEL_REQUESTED")
    stage.steps.open.set()
    await case.handle.result()
    return case


@worked
async def last_look(stage: Stage) -> Case:
    """Signals during the last step."""
    case = await held(stage, delivered(), COMPLETE, "credit_wallet")
    await case.by_hand("cancel", OPERATOR)
    await case.by_hand("explode", OPERATOR)
    await case.happened("WORKFLOW_EXECUTION_SIGNALED", times=3)
    stage.steps.open.set()
    await case.handle.result()
    return case


@worked
async def given_up(stage: Stage) -> Case:
    """A step that Temporal gave up, begun again."""
    stage.steps.fails_here = True
    stage.steps.fails_before.append(ApplicationError("failed by hand", non_retryable=True))
    return await steps(delivered(), COMPLETE)(stage)


@worked
async def left_to_any_worker(stage: Stage) -> Case:
    """A life of which nothing is written by the worker that decided it."""
    stage.steps.fails_here = True
    return await steps(pending(), *LIFE)(stage)


@worked
async def superseded(stage: Stage) -> Case:
    """The database knows that the order has moved on."""
    case = await stage.order()
    stage.database.rows[case.id].order = in_progress(id=case.id, version=8, deadline=None)
    await case.by_hand("cancel", BUYER, request_id="r-1")
    await case.answer_to("r-1")
    return case


@worked
async def caught_up(stage: Stage) -> Case:
    """Told that the database knows more: another step, and a request that nobody signalled."""
    case = await stage.order()
    await case.rests()
    stage.database.rows[case.id].order = in_progress(id=case.id, version=8, deadline=None)
    request_id, _ = case.writes(*DELIVER, received_at=await stage.now(), message="m")
    await case.handle.signal("catch_up")
    await case.answer_to(request_id)
    await case.rests()
    return case


async def renewal(stage: Stage) -> Case:
    """An order of so many signals that it has just been renewed."""
    case = await stage.order(left=300 * DAY)
    first = case.run(case.handle.first_execution_run_id)
    while not await first.happened_so_far("WORKFLOW_EXECUTION_CONTINUED_AS_NEW"):
        known = len(case.journal)
        await case.handle.signal("x")
        await case.entries(known + 1)
        await case.rests()
    return case


@unmanned
async def continued_as_new(stage: Stage) -> Case:
    """The run that ends so, at its full length."""
    async with stage.working():
        case = await renewal(stage)
    return case.run(case.handle.first_execution_run_id)


@worked
async def continued_from_another(stage: Stage) -> Case:
    """The run after it, which goes on numbering the signals by hand."""
    case = await renewal(stage)
    await case.handle.signal("x")
    await case.by_hand(*ACCEPT)
    await case.stands(lambda order: order.state is State.IN_PROGRESS)
    return case


BOTH_WAYS = (
    "outage",
    "outage_over_an_offer",
    "before_the_first_task",
    "web_ui_cancellation",
    "web_ui_cancellation_during_a_step",
    "last_look",
)
"""In these, a workflow task brings several things at once: they are told with the SDK's flag for it
as well (see `SINGLE_BATCH`)."""
