"""Anybody doing anything at any time to the running product, step by step beside the model."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from domain.payments import PayoutState
from tests.contract import MAY, WAY, body_of
from tests.model import bodies, effects, modelled_banks, modelled_payments, placing
from tests.model.figures import Figures
from tests.model.modelled_order import Attempt, ModelledOrder
from tests.model.placing import Wanted
from tests.model.reference import Reference, may_end
from tests.model.timed_app import TimedApp

PEOPLE = ("buyer", "seller", "mediator", "colleague", "operator", "stranger")
IN_THE_RACE = ("buyer", "seller", "operator")
"""Who knows of an order in any state: a mediator who comes in the instant in which a dispute opens
by itself may be told of it or not."""

CENTS = st.integers(1, 5) | st.integers(1, 9_999)
WANTED = st.builds(
    Wanted,
    price=CENTS,
    extras=st.tuples(CENTS, CENTS),
    with_extra=st.booleans(),
    savings=st.sampled_from([0, 1_000, 20_000]),
    strict=st.booleans(),
    revisions=st.sampled_from([None, None, 0, 1, 2]),
    card=st.sampled_from(["", "all", "half", "more"]),
)
STORY = (*WAY["disputed"], ("mediator", "assign"))
"""What most often happens; an order of the machine begins somewhere in it."""

IN_OR_OUT = st.sampled_from(["buyer", "seller"])
TOLD = st.lists(st.sampled_from(["paid", "paid", "failed", "lapsed"]), min_size=1, max_size=3)
"""What the provider says of a payment, one after the other. Money that is there counts."""

WAYS = (
    (PayoutState.PAID,),
    (PayoutState.FAILED,),
    (PayoutState.CANCELLED,),
    (PayoutState.PAID, PayoutState.FAILED),
)
"""What becomes of a payout."""

LESS = st.sampled_from([0, 0, 1, 500])
"""How much is left in a wallet that is emptied."""

SO_FAR = st.integers(0, len(STORY))
WHILE = st.integers(1, 60 * 24 * 9).map(lambda minutes: timedelta(minutes=minutes, seconds=7))

GOES_ON = precondition(lambda self: not self.modelled.model.ended)
WAITS = precondition(lambda self: effects.next_instant(self.modelled.model) is not None)
HAS_ENDED = precondition(lambda self: self.modelled.model.ended_at is not None)
HAS_PAID = precondition(lambda self: bool(self.modelled.payments))
IS_FROZEN = precondition(lambda self: self.modelled.model.hold is not None)
HAS_ANSWERS = precondition(lambda self: bool(self.modelled.answered))


class Machine(RuleBasedStateMachine):
    """Two people and their orders, from the first payment on."""

    def __init__(self, runner: asyncio.Runner, timed: TimedApp, figures: Figures) -> None:
        super().__init__()
        self.runner, self.figures = runner, figures
        self.modelled = ModelledOrder(timed, figures)
        self.failed = False

    def carry_out(self, step: Coroutine[Any, Any, None]) -> None:
        """One step on the product, after which it is at rest."""
        try:
            self.runner.run(step)
            self.figures.steps += 1
        except BaseException:
            self.failed = True
            raise

    def attempt(self, who: str, action: str, body: dict[str, Any]) -> Attempt:
        """A new request on the current order."""
        return Attempt(self.modelled.order, who, action, body)

    # --- orders ------------------------------------------------------------------------------

    @initialize(wanted=WANTED, so_far=SO_FAR)
    def an_order_is_placed(self, wanted: Wanted, so_far: int) -> None:
        self.carry_out(placing.place(self.modelled, wanted))
        for who, action in STORY[:so_far]:
            body = body_of(action) or {}
            self.carry_out(self.modelled.act(self.attempt(who, action, body)))

    @precondition(lambda self: self.modelled.model.ended)
    @rule(wanted=WANTED, so_far=SO_FAR)
    def after_its_end_another_order_is_placed(self, wanted: Wanted, so_far: int) -> None:
        self.an_order_is_placed(wanted, so_far)

    @rule(cents_more=st.sampled_from([1, 1_000]))
    def the_buyer_orders_more_than_they_can_pay(self, cents_more: int) -> None:
        self.carry_out(self.modelled.order_too_much(cents_more))

    @rule(
        who=st.sampled_from(["buyer", "seller"]),
        cents=st.sampled_from([1, 2_000]),
        is_spent=st.booleans(),
    )
    def money_comes_in_by_mistake(self, who: str, cents: int, is_spent: bool) -> None:
        self.carry_out(self.modelled.mistake(who, cents, is_spent))

    @rule(who=IN_OR_OUT, cents=st.sampled_from([1, 2_000]), told=TOLD)
    def somebody_pays_in(self, who: str, cents: int, told: list[str]) -> None:
        self.carry_out(modelled_payments.pays_in(self.modelled, who, cents, told))

    @rule(who=IN_OR_OUT, cents=st.sampled_from([1, 500, 20_000]), ways=st.sampled_from(WAYS))
    def somebody_is_paid_out(self, who: str, cents: int, ways: tuple[PayoutState, ...]) -> None:
        self.carry_out(modelled_payments.is_paid_out(self.modelled, who, cents, ways))

    @HAS_PAID
    @rule(data=st.data())
    def a_bank_says_something(self, data: st.DataObject) -> None:
        self.carry_out(self.a_banks_word(data)())

    @HAS_PAID
    @rule(who=IN_OR_OUT, ways=st.sampled_from(WAYS), less=LESS, data=st.data())
    def a_bank_says_something_while_money_is_on_its_way_out(
        self, who: str, ways: tuple[PayoutState, ...], less: int, data: st.DataObject
    ) -> None:
        cents = max(1, getattr(self.modelled.wallets, who) - less)
        word = self.a_banks_word(data)
        self.carry_out(modelled_payments.is_paid_out(self.modelled, who, cents, ways, word))

    @HAS_PAID
    @rule(who=IN_OR_OUT, less=LESS, data=st.data())
    def a_bank_says_something_while_money_is_noted_as_paid(
        self, who: str, less: int, data: st.DataObject
    ) -> None:
        cents = max(1, getattr(self.modelled.wallets, who) - less)
        word = self.a_banks_word(data)
        self.carry_out(modelled_payments.is_noted_as_paid(self.modelled, who, cents, word))

    @IS_FROZEN
    @rule(kind=st.sampled_from(["won", "lost"]))
    def the_bank_that_froze_it_decides(self, kind: str) -> None:
        model = self.modelled.model
        payment = next(one for one in self.modelled.payments if one.order is model)
        said = modelled_banks.decided(payment, kind)
        self.carry_out(modelled_banks.says(self.modelled, payment, said))

    # --- actions -----------------------------------------------------------------------------

    @rule(who=st.sampled_from(PEOPLE), action=st.sampled_from(sorted(MAY)), data=st.data())
    def somebody_tries_something(self, who: str, action: str, data: st.DataObject) -> None:
        body = data.draw(bodies.any_at_all(self.modelled.model, action))
        self.carry_out(self.modelled.act(self.attempt(who, action, body)))

    @GOES_ON
    @rule(data=st.data(), times=st.sampled_from([1, 1, 2, 3]))
    def somebody_carries_on(self, data: st.DataObject, times: int) -> None:
        attempt = data.draw(self.possible(PEOPLE, ends=False))
        self.carry_out(self.modelled.act(attempt, times))

    @GOES_ON
    @rule(data=st.data(), times=st.sampled_from([1, 2]))
    def somebody_ends_it(self, data: st.DataObject, times: int) -> None:
        attempt = data.draw(self.possible(PEOPLE, ends=True))
        self.carry_out(self.modelled.act(attempt, times))

    @HAS_ANSWERS
    @rule(data=st.data(), something_else=st.sampled_from([False, False, True]))
    def somebody_uses_a_key_again(self, data: st.DataObject, something_else: bool) -> None:
        number = data.draw(st.integers(0, len(self.modelled.answered) - 1))
        attempt, first = self.modelled.answered[number]
        again = (
            self.modelled.reuse(attempt) if something_else else self.modelled.repeat(attempt, first)
        )
        self.carry_out(again)

    # --- words -------------------------------------------------------------------------------

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_writes(self, who: str) -> None:
        self.carry_out(self.modelled.say(who))

    @rule(who=st.sampled_from(PEOPLE), beyond=st.sampled_from([0, 0, 0, 1]), data=st.data())
    def somebody_reads(self, who: str, beyond: int, data: st.DataObject) -> None:
        newest = max(len(self.modelled.model.said), 1)
        number = data.draw(st.integers(1, newest)) + beyond
        self.carry_out(self.modelled.mark(who, number))

    @HAS_ENDED
    @rule(who=st.sampled_from(PEOPLE), is_over=st.booleans())
    def somebody_writes_long_after_the_end(self, who: str, is_over: bool) -> None:
        self.carry_out(self.modelled.say_long_after_the_end(who, is_over))

    # --- time --------------------------------------------------------------------------------

    @rule(while_=WHILE)
    def time_passes(self, while_: timedelta) -> None:
        self.carry_out(self.modelled.wait(while_))

    @rule(while_=WHILE)
    def much_time_passes_unwatched(self, while_: timedelta) -> None:
        self.carry_out(self.modelled.wait_unwatched(while_))

    @WAITS
    @rule(data=st.data())
    def somebody_acts_at_the_last_instant(self, data: st.DataObject) -> None:
        attempt = data.draw(self.possible(PEOPLE, ends=False))
        at = effects.next_instant(self.modelled.model)
        assert at is not None
        self.carry_out(self.modelled.act_at_the_last_instant(attempt, at))

    @WAITS
    @rule(data=st.data())
    def somebody_acts_in_time_though_temporal_is_ahead(self, data: st.DataObject) -> None:
        attempt = data.draw(self.possible(PEOPLE, ends=False))
        at = effects.next_instant(self.modelled.model)
        assert at is not None
        self.carry_out(self.modelled.act_in_time_after_temporal_s_timer(attempt, at))

    @WAITS
    @rule(data=st.data(), ends=st.booleans())
    def somebody_acts_an_instant_too_late(self, data: st.DataObject, ends: bool) -> None:
        attempt = data.draw(self.possible(IN_THE_RACE, ends))
        at = effects.next_instant(self.modelled.model)
        assert at is not None
        self.carry_out(self.modelled.act_an_instant_too_late(attempt, at))

    # --- the end -----------------------------------------------------------------------------

    def teardown(self) -> None:
        """An order that has not ended is ended: nobody's instants pass in another's life."""
        if not hasattr(self.modelled, "model") or self.failed:
            return
        if self.modelled.model.hold is not None:
            self.the_bank_that_froze_it_decides("won")
        if not self.modelled.model.ended:
            self.carry_out(self.modelled.act(self.attempt("operator", "cancel", {})))

    def a_banks_word(self, data: st.DataObject) -> Callable[[], Coroutine[Any, Any, None]]:
        """A bank says something of one of the latest payments, once it is called."""
        latest = len(self.modelled.payments) - 1
        number = data.draw(st.integers(max(0, latest - 3), latest) | st.just(latest))
        payment = self.modelled.payments[number]
        said = data.draw(modelled_banks.anything(payment))
        return lambda: modelled_banks.says(self.modelled, payment, said)

    def possible(self, people: tuple[str, ...], ends: bool) -> st.SearchStrategy[Attempt]:
        """What the order offers to these people; with `ends`, what may end it."""
        order = self.modelled.model
        found = [
            (who, action)
            for who in people
            for action in sorted(order.allowed(who))
            if may_end(action) is ends and can_be_meant(order, action)
        ]
        return st.sampled_from(found or [("operator", "cancel")]).flatmap(
            lambda one: bodies.meant(order, *one).map(lambda body: self.attempt(*one, body))
        )


def can_be_meant(order: Reference, action: str) -> bool:
    """One cent cannot be shared."""
    return action != "propose_settlement" or order.total > 1
