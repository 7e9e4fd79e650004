"""One order, its books and its clock, for tests in which anything may happen."""

from hypothesis import strategies as st

from domain.act import Act
from domain.actions import BuyExtra, Fields
from domain.order import Actor, Order
from domain.placing import Terms, place
from domain.policy import Policy
from domain.rules import allowed, decide, expire, has_passed
from domain.step import Step
from domain.vocabulary import Action, Role
from tests.domain.acts import PAY_SELLER, REFUND, RESTART, VALID, split, taken
from tests.domain.books import Books
from tests.domain.examples import BUYER, MEDIATOR, NOW, OPERATOR, OTHER_MEDIATOR, SELLER

PARTICIPANTS = (BUYER, SELLER, MEDIATOR, OTHER_MEDIATOR, OPERATOR)
IMPOSTORS = (
    Actor(id="eve", role=Role.BUYER),
    Actor(id="sam", role=Role.BUYER),
    Actor(id="bea", role=Role.SELLER),
    Actor(id="sam", role=Role.MEDIATOR),
    Actor(id="bea", role=Role.OPERATOR),
)
MAY_END = (Action.CANCEL, Action.COMPLETE, Action.RESOLVE)
LARGEST = 10_000_000_000


class Life:
    """An order of bea's with sam; what is done to it is written down as the database would."""

    order: Order
    books: Books

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.requests = 0

    def begin(self, terms: Terms, extra_ids: tuple[str, ...], policy: Policy) -> None:
        """Places the order, for a buyer who can pay for the service and every extra once."""
        money = terms.price + sum(extra.price for extra in terms.extras)
        self.books = Books("bea", money)
        step = taken(place("o1", "bea", terms, extra_ids, policy, self.now))
        for posting in step.postings:
            self.books.post(posting)
        self.order = step.order

    def wish(self, who: Actor, action: Action, fields: Fields) -> Act:
        """A request received now."""
        self.requests += 1
        return Act(
            action=action,
            actor=who,
            request_id=f"request-{self.requests}",
            received_at=self.now,
            fields=fields,
        )

    def fields_of(self, action: Action) -> st.SearchStrategy[Fields]:
        """Fields that the order as it stands has no reason to refuse."""
        match action:
            case Action.BUY_EXTRA:
                ids = [extra.id for extra in self.order.extras] or ["none-left"]
                return st.sampled_from(ids).map(lambda extra_id: BuyExtra(extra_id=extra_id))
            case Action.RESOLVE:
                rulings: list[Fields] = [REFUND, PAY_SELLER, RESTART]
                most = min(self.order.total - 1, LARGEST)
                splits = st.integers(1, most).map(split) if most else st.nothing()
                return st.sampled_from(rulings) | splits
            case _:
                return st.just(VALID[action])

    def possible(self, ends: bool) -> st.SearchStrategy[Act]:
        """What the list of actions offers to anybody; with `ends`, what may end the order."""
        offered = [
            (who, action)
            for who in PARTICIPANTS
            for action in allowed(self.order, who)
            if (action in MAY_END) is ends
        ]
        return st.sampled_from(offered or [(OPERATOR, Action.CANCEL)]).flatmap(
            lambda one: self.fields_of(one[1]).map(lambda fields: self.wish(*one, fields))
        )

    def would_take(self, who: Actor, action: Action) -> bool:
        """Whether the rules would carry the action out now."""
        fields = VALID[action]
        if action is Action.BUY_EXTRA and self.order.extras:
            fields = BuyExtra(extra_id=self.order.extras[0].id)
        return isinstance(decide(self.order, self.wish(who, action, fields), self.now), Step)

    def attempt(self, act: Act) -> None:
        """Carries the act out, or refuses it and changes nothing."""
        before = self.order.model_dump_json()
        verdict = decide(self.order, act, self.now)
        assert before == self.order.model_dump_json()
        if isinstance(verdict, Step):
            self.write(verdict)

    def expect_taken(self, act: Act) -> None:
        """Carries the act out."""
        self.write(taken(decide(self.order, act, self.now)))

    def silence(self) -> None:
        """Carries out every deadline that has passed."""
        while has_passed(passed := self.order.deadline, self.now):
            self.write(expire(self.order, self.now))
            assert passed != self.order.deadline

    def write(self, step: Step) -> None:
        """One step further, money and all."""
        assert not self.order.state.is_final
        assert (self.order.version + 1, self.now) == (step.order.version, step.order.updated_at)
        for posting in step.postings:
            self.books.post(posting)
        self.order = step.order
