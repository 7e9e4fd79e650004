"""One order, its books and its clock, for tests in which anything may happen."""

from hypothesis import strategies as st

from domain.actions import AboutOffer, BuyExtra, Fields, PositiveMoney
from domain.command import Command, Refusal
from domain.order import Actor, Order
from domain.placing import Terms, place
from domain.policy import Policy
from domain.preview import cost
from domain.rules import allowed, decide, expire
from domain.step import Step
from domain.timers import Timer, first_expired, reminder_due
from domain.vocabulary import Action, Role, TimerEffect
from tests.domain.acts import (
    PAY_SELLER,
    REFUND,
    RESTART,
    VALID,
    about,
    offered,
    refund,
    split,
    taken,
)
from tests.domain.books import Books
from tests.domain.examples import (
    BUYER,
    DAY,
    MEDIATOR,
    NOW,
    OPERATOR,
    OTHER_MEDIATOR,
    SECOND,
    SELLER,
)

PARTICIPANTS = (BUYER, SELLER, MEDIATOR, OTHER_MEDIATOR, OPERATOR)
IMPOSTORS = (
    Actor(id="eve", role=Role.BUYER),
    Actor(id="sam", role=Role.BUYER),
    Actor(id="bea", role=Role.SELLER),
    Actor(id="sam", role=Role.MEDIATOR),
    Actor(id="bea", role=Role.OPERATOR),
)
MAY_END = (Action.CANCEL, Action.COMPLETE, Action.RESOLVE, Action.ACCEPT_SETTLEMENT)
LARGEST = 10_000_000_000
SAVINGS = 20_000
"""What the buyer has besides the price of the service and its extras, in cents: for offers."""

PRICES = st.integers(1, 5) | st.integers(1, 3 * SAVINGS)
NO_SUCH = "no-such-thing"


class Life:
    """An order of bea's with sam; what is done to it is written down as the database would."""

    order: Order
    books: Books

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.requests = 0
        self.reminders: list[Timer] = []

    def begin(self, terms: Terms, extra_ids: tuple[str, ...], policy: Policy) -> None:
        """Places the order, for a buyer who can pay for all extras, and for some offers."""
        money = terms.price + sum(extra.price for extra in terms.extras) + SAVINGS
        self.books, self.reminders = Books("bea", money), []
        step = taken(place("o1", "bea", terms, extra_ids, policy, self.now))
        for posting in step.postings:
            self.books.post(posting)
        self.order = step.order

    def wish(self, who: Actor, action: Action, fields: Fields) -> Command:
        """A request received now."""
        self.requests += 1
        return Command(
            action=action,
            actor=who,
            request_id=f"request:{self.requests}/é %3A",
            received_at=self.now,
            fields=fields,
        )

    def fields_of(self, action: Action, who: Actor) -> st.SearchStrategy[Fields]:
        """Fields that the order as it stands has no reason to refuse."""
        order, most = self.order, min(self.order.total - 1, LARGEST)
        match action:
            case Action.BUY_EXTRA:
                ids = [extra.id for extra in order.extras] or [NO_SUCH]
                return st.sampled_from(ids).map(lambda extra_id: BuyExtra(extra_id=extra_id))
            case Action.MAKE_OFFER:
                times = st.sampled_from([SECOND, DAY, 9 * DAY])
                return st.builds(offered, PRICES, times)
            case Action.WITHDRAW_OFFER | Action.DECLINE_OFFER | Action.ACCEPT_OFFER:
                return st.just(AboutOffer(offer_id=order.offer.id if order.offer else NO_SUCH))
            case Action.PROPOSE_SETTLEMENT:
                return st.integers(1, most).map(refund) if most else st.just(refund(1))
            case Action.WITHDRAW_SETTLEMENT:
                return st.just(about(self.proposal_of(who, own=True)))
            case Action.ACCEPT_SETTLEMENT:
                return st.just(about(self.proposal_of(who, own=False)))
            case Action.RESOLVE:
                rulings: list[Fields] = [REFUND, PAY_SELLER, RESTART]
                splits = st.integers(1, most).map(split) if most else st.nothing()
                return st.sampled_from(rulings) | splits
            case _:
                return st.just(VALID[action])

    def hostile_fields_of(self, action: Action) -> st.SearchStrategy[Fields]:
        """Well-formed fields that may speak of something else than this order."""
        ids = [NO_SUCH, self.order.id, "logo", *(one.id for one in self.order.settlements)]
        sums = st.sampled_from([1, self.order.total, self.order.total + 1, LARGEST])
        cents = sums.filter(lambda amount: amount <= LARGEST)
        match action:
            case Action.BUY_EXTRA:
                # No proposal's id: it may hold what is no identifier, and is never taken for one.
                return st.sampled_from(ids[:3]).map(lambda one: BuyExtra(extra_id=one))
            case Action.MAKE_OFFER:
                dollars = PositiveMoney(amount=1, currency="USD")
                return st.just(offered(1).model_copy(update={"price": dollars}))
            case Action.WITHDRAW_OFFER | Action.DECLINE_OFFER | Action.ACCEPT_OFFER:
                return st.sampled_from(ids).map(lambda one: AboutOffer(offer_id=one))
            case Action.PROPOSE_SETTLEMENT:
                return cents.map(refund)
            case Action.WITHDRAW_SETTLEMENT | Action.ACCEPT_SETTLEMENT:
                return st.sampled_from(ids).map(about)
            case Action.RESOLVE:
                return cents.map(split)
            case _:
                return st.just(VALID[action])

    def proposal_of(self, who: Actor, own: bool) -> str:
        """The id of somebody's own open proposal, or of the other side's."""
        ids = [one.id for one in self.order.settlements if (one.proposed_by == who) is own]
        return ids[0] if ids else NO_SUCH

    def possible(self, ends: bool) -> st.SearchStrategy[Command]:
        """What the list of actions offers to anybody; with `ends`, what may end the order."""
        offered_now = [
            (who, action)
            for who in PARTICIPANTS
            for action in allowed(self.order, who)
            if (action in MAY_END) is ends and self.can_be_meant(action)
        ]
        return st.sampled_from(offered_now or [(OPERATOR, Action.CANCEL)]).flatmap(
            lambda one: self.fields_of(one[1], one[0]).map(lambda fields: self.wish(*one, fields))
        )

    def can_be_meant(self, action: Action) -> bool:
        """One cent cannot be shared."""
        return action is not Action.PROPOSE_SETTLEMENT or self.order.total > 1

    def attempt(self, act: Command) -> Step | Refusal:
        """Carries the act out, or refuses it and changes nothing."""
        before = self.order.model_dump_json()
        verdict = decide(self.order, act, self.now)
        assert before == self.order.model_dump_json()
        if isinstance(verdict, Step):
            self.write(verdict)
        return verdict

    def expect_taken(self, act: Command) -> None:
        """Carries the act out."""
        self.write(taken(decide(self.order, act, self.now)))

    def silence(self) -> None:
        """Carries out all that passed, the workers coming back: first what decides, then who is
        reminded."""
        while (timer := first_expired(self.order, self.now)) is not None:
            self.write(expire(self.order, timer, self.now))
            assert timer != first_expired(self.order, self.now)
        while (timer := reminder_due(self.order, self.now)) is not None:
            assert timer.effect is TimerEffect.REMIND
            self.reminders.append(timer)
            self.write(expire(self.order, timer, self.now))

    def write(self, step: Step) -> None:
        """One step further, money and all: or nothing, where the buyer cannot pay for it."""
        before = self.order
        assert not before.state.is_final
        assert (before.version + 1, self.now) == (step.order.version, step.order.updated_at)
        if cost(step) > self.books.of("bea"):
            return
        for posting in step.postings:
            self.books.post(posting)
        if step.order.total != before.total:
            assert () == step.order.settlements
        if step.event == "order.offer_made":
            assert before.offer is None
        self.order = step.order
