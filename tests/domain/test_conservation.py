"""Any people doing anything at any time: no cent is lost, and no order ends twice."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.actions import BuyExtra, Resolve
from domain.command import Refusal
from domain.order import Actor, Extra
from domain.placing import Terms
from domain.policy import DecisionExpiry, Policy
from domain.rules import allowed, as_of, decide
from domain.timers import first_expired, next_timer
from domain.vocabulary import Action, CancellationStatus, State, TimerEffect
from tests.domain.acts import RESTART, VALID, split
from tests.domain.examples import BUYER, DAY, HOUR, MEDIATOR, MICROSECOND, SECOND, SELLER
from tests.domain.life import IMPOSTORS, PARTICIPANTS, Life

ANYBODY = st.sampled_from(PARTICIPANTS + IMPOSTORS)
WHILE = st.sampled_from([SECOND, HOUR, DAY, 3 * DAY, 8 * DAY])
CENTS = st.one_of(st.integers(1, 5), st.integers(1, 10_000), st.just(10_000_000_000))
COMMISSION_BPS = st.one_of(st.sampled_from([0, 1, 2000, 9999, 10_000]), st.integers(0, 10_000))
EXPIRIES: st.SearchStrategy[DecisionExpiry] = st.sampled_from(
    [TimerEffect.COMPLETE, TimerEffect.OPEN_DISPUTE]
)
TIMES = st.sampled_from([SECOND, HOUR, DAY, 9 * DAY])
STORY = (
    (SELLER, Action.ACCEPT),
    (SELLER, Action.DELIVER),
    (BUYER, Action.REQUEST_REVISION),
    (SELLER, Action.REFUSE_REVISION),
    (BUYER, Action.OPEN_DISPUTE),
    (MEDIATOR, Action.ASSIGN),
)
"""What most often happens; a life begins somewhere in it."""

Placing = tuple[Terms, tuple[str, ...], Policy]


@st.composite
def orders(draw: st.DrawFn) -> Placing:
    """A service with up to three extras, which of them are bought at once, and a policy."""
    extras = tuple(
        Extra(id=f"extra-{number}", price=draw(CENTS), delivery_time=draw(TIMES))
        for number in range(draw(st.integers(0, 3)))
    )
    terms = Terms(
        service_id="logo",
        seller_id="sam",
        currency="EUR",
        price=draw(CENTS),
        delivery_time=draw(TIMES),
        revision_time=draw(TIMES),
        extras=extras,
    )
    policy = Policy(
        commission_bps=draw(COMMISSION_BPS),
        decision_expiry=draw(EXPIRIES),
        ruling_window=draw(st.sampled_from([None, 7 * DAY])),
    )
    bought = draw(st.integers(0, len(extras)))
    return terms, tuple(extra.id for extra in extras[:bought]), policy


ORDERS = orders()
NOT_ENDED = precondition(lambda self: not self.order.state.is_final)


class OrderLife(Life, RuleBasedStateMachine):
    """One order from its payment on, under any policy, with the money to buy every extra once."""

    @initialize(order=ORDERS, so_far=st.integers(0, len(STORY)))
    def an_order_is_placed(self, order: Placing, so_far: int) -> None:
        self.begin(*order)
        for who, action in STORY[:so_far]:
            self.expect_taken(self.wish(who, action, VALID[action]))

    @precondition(lambda self: self.order.state.is_final)
    @rule(order=ORDERS, so_far=st.integers(0, len(STORY)))
    def after_its_end_another_order_is_placed(self, order: Placing, so_far: int) -> None:
        self.an_order_is_placed(order, so_far)

    # --- what happens ------------------------------------------------------------------------

    @rule(who=ANYBODY, action=st.sampled_from(Action), data=st.data())
    def somebody_tries_something(self, who: Actor, action: Action, data: st.DataObject) -> None:
        fields = data.draw(self.fields_of(action, who) | self.hostile_fields_of(action))
        offered = allowed(self.order, who)
        verdict = self.attempt(self.wish(who, action, fields))
        assert isinstance(verdict, Refusal) or action in offered

    @NOT_ENDED
    @rule(data=st.data())
    def somebody_carries_on(self, data: st.DataObject) -> None:
        self.expect_taken(data.draw(self.possible(ends=False)))

    @NOT_ENDED
    @rule(data=st.data(), outage=WHILE)
    def somebody_acts_in_time_while_the_workers_are_down(
        self, data: st.DataObject, outage: timedelta
    ) -> None:
        act = data.draw(self.possible(ends=False))
        self.now += outage
        self.expect_taken(act)
        self.silence()

    @precondition(lambda self: self.order.settlements and self.order.offer)
    @rule(data=st.data())
    def the_total_changes_while_a_settlement_is_proposed(self, data: st.DataObject) -> None:
        fields = data.draw(self.fields_of(Action.ACCEPT_OFFER, BUYER))
        self.attempt(self.wish(BUYER, Action.ACCEPT_OFFER, fields))

    @NOT_ENDED
    @rule(data=st.data())
    def somebody_ends_it(self, data: st.DataObject) -> None:
        self.expect_taken(data.draw(self.possible(ends=True)))

    @NOT_ENDED
    @rule(data=st.data(), behind=st.integers(1, 3), ends=st.booleans())
    def somebody_acts_on_what_they_saw_earlier(
        self, data: st.DataObject, behind: int, ends: bool
    ) -> None:
        act = data.draw(self.possible(ends))
        stale = act.model_copy(update={"if_version": self.order.version - behind})
        verdict = decide(self.order, stale, self.now)
        assert isinstance(verdict, Refusal)
        assert "version-mismatch" == verdict.code

    @precondition(lambda self: self.order.state is State.DISPUTED)
    @rule(ruling=st.just(RESTART) | CENTS.map(split))
    def a_mediator_lets_the_work_start_again_or_splits(self, ruling: Resolve) -> None:
        self.attempt(self.wish(MEDIATOR, Action.RESOLVE, ruling))

    @NOT_ENDED
    @rule(number=st.integers(0, 3))
    def an_extra_is_wanted_again_or_does_not_exist(self, number: int) -> None:
        extra = BuyExtra(extra_id=f"extra-{number}")
        self.attempt(self.wish(BUYER, Action.BUY_EXTRA, extra))

    @precondition(lambda self: next_timer(self.order) is not None)
    @rule()
    def its_next_timer_passes(self) -> None:
        before, timer = self.order, next_timer(self.order)
        assert timer is not None
        self.now = max(self.now, timer.at)
        self.silence()
        assert before == self.order
        self.now += MICROSECOND
        self.silence()
        assert before.version < self.order.version

    @NOT_ENDED
    @rule(while_=WHILE)
    def time_passes(self, while_: timedelta) -> None:
        self.now += while_
        self.silence()

    # --- what is always so -------------------------------------------------------------------

    @invariant()
    def no_cent_is_lost_or_made(self) -> None:
        assert self.books.money == self.books.total()

    @invariant()
    def the_escrow_holds_the_total_of_an_open_order_and_nothing_of_an_ended_one(self) -> None:
        expected = 0 if self.order.state.is_final else self.order.total
        assert expected == self.books.in_escrow(self.order)

    @invariant()
    def every_line_was_paid_once(self) -> None:
        assert [line.id for line in self.order.lines] == self.books.holds()

    @invariant()
    def an_order_ends_once(self) -> None:
        assert int(self.order.state.is_final) == self.books.endings()

    @invariant()
    def the_people_have_what_the_outcome_says(self) -> None:
        outcome = self.order.outcome
        assert self.order.state.is_final is (outcome is not None)
        refunded, paid, commission = (
            (outcome.refunded, outcome.paid_to_seller, outcome.commission) if outcome else (0, 0, 0)
        )
        assert self.books.money - self.order.total + refunded == self.books.of("bea")
        assert (paid, commission) == (self.books.of("sam"), self.books.commission())

    @invariant()
    def the_kind_of_the_end_fits_where_the_money_went(self) -> None:
        outcome = self.order.outcome
        if outcome is None:
            return
        assert self.order.state is outcome.kind
        assert (State.CANCELLED is outcome.kind) == (outcome.refunded == self.order.total)
        assert (State.COMPLETED is outcome.kind) == (outcome.refunded == 0)

    @invariant()
    def the_commission_is_on_the_seller_s_share_alone(self) -> None:
        outcome = self.order.outcome
        if outcome is None:
            return
        share = self.order.total - outcome.refunded
        exact = share * self.order.policy.commission_bps
        assert 0 <= exact - outcome.commission * 10_000 < 10_000

    @invariant()
    def only_what_can_run_out_runs(self) -> None:
        order = self.order
        is_taken = order.dispute is not None and order.dispute.mediator_id is not None
        on_hold = is_taken and order.policy.ruling_window is None
        stands_still = (
            order.state.is_final or order.overdue or (on_hold and order.state is State.DISPUTED)
        )
        assert stands_still is (order.deadline is None)
        assert first_expired(order, self.now) is None

    @invariant()
    def the_deadline_of_work_is_its_due_date(self) -> None:
        if self.order.state is State.IN_PROGRESS and self.order.deadline is not None:
            assert self.order.due_at == self.order.deadline.at

    @invariant()
    def a_dispute_is_open_while_the_order_is_disputed(self) -> None:
        dispute = self.order.dispute
        is_open = dispute is not None and dispute.closed_at is None
        assert (self.order.state is State.DISPUTED) is is_open

    @invariant()
    def nothing_is_open_on_an_ended_order(self) -> None:
        order = self.order
        if order.state.is_final:
            assert (None, None) == (order.offer, order.cancellation_request)
            assert ((), ()) == (order.settlements, order.extras)
            assert (None, None) == (order.deadline, next_timer(order))
            assert () == sum((allowed(order, who) for who in PARTICIPANTS), ())

    @invariant()
    def an_offer_is_open_only_while_the_order_runs_undisputed(self) -> None:
        if self.order.offer is not None:
            assert self.order.state not in (State.PENDING, State.DISPUTED)
            assert self.order.offer.id not in [line.id for line in self.order.lines]

    @invariant()
    def a_wish_to_cancel_is_open_only_while_the_work_goes_on(self) -> None:
        wish = self.order.cancellation_request
        assert wish is None or self.order.state is State.IN_PROGRESS
        if wish is not None and wish.status is not CancellationStatus.ASKED:
            assert wish.remind_at is None

    @invariant()
    def each_side_has_one_proposal_that_shares_the_order_s_own_total(self) -> None:
        proposals = self.order.settlements
        assert len(proposals) == len({one.proposed_by for one in proposals})
        assert all(0 < one.refund < self.order.total for one in proposals)

    @invariant()
    def both_signed_where_an_order_was_settled_without_a_mediator(self) -> None:
        outcome, agreement = self.order.outcome, self.order.agreement
        by_both = outcome is not None and outcome.cause == "accept_settlement"
        assert by_both is (agreement is not None)
        if agreement is not None:
            assert {BUYER, SELLER} == {agreement.proposed_by, agreement.accepted_by}

    @invariant()
    def nobody_is_reminded_twice_of_the_same_window(self) -> None:
        assert len(self.reminders) == len(set(self.reminders))
        next_ = next_timer(self.order)
        assert next_ is None or next_.effect is not TimerEffect.REMIND or next_.at >= self.now

    @invariant()
    def looking_at_it_twice_shows_the_same(self) -> None:
        assert self.order == as_of(self.order, self.now)
        seen = as_of(self.order, self.now + 3 * DAY)
        assert seen == as_of(seen, self.now + 3 * DAY)
        assert self.order.version <= seen.version


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, report_multiple_bugs=False
)
