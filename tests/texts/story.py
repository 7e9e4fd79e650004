"""One order, played step by step through the real rules, with what people wrote about it.

Prices in cents: the service 20.00 EUR, its one extra 7.55 EUR, a custom offer 5.45 EUR.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.actions import (
    FIELDS,
    AboutOffer,
    AboutSettlement,
    AddStatement,
    Assign,
    BuyExtra,
    Cancel,
    Deliver,
    Fields,
    MakeOffer,
    OpenDispute,
    PositiveMoney,
    ProposeSettlement,
    RefuseCancellation,
    RefuseRevision,
    Release,
    RequestCancellation,
    RequestOffer,
    RequestRevision,
    Resolve,
)
from domain.command import Command, command
from domain.order import Actor, Extra, Order
from domain.order_texts import OrderTexts
from domain.placing import Terms, place
from domain.policy import Policy
from domain.rules import decide, expire
from domain.step import Step
from domain.timers import next_timer
from domain.vocabulary import Act, Action, Ground, Role, Ruling, TimerEffect
from texts.catalogue import Language
from texts.notices import NoticeText, notice

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PLACED_AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

BUYER = Actor(id="bea", role=Role.BUYER)
SELLER = Actor(id="sam", role=Role.SELLER)
MEDIATOR = Actor(id="mona", role=Role.MEDIATOR)
OTHER_MEDIATOR = Actor(id="milo", role=Role.MEDIATOR)
OPERATOR = Actor(id="olga", role=Role.OPERATOR)
PEOPLE = (BUYER, SELLER, MEDIATOR, OPERATOR)

ORDER_ID = "0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10"
TITLE = "A logo for your shop"
TITLES = {"logo": TITLE, "sources": "Source files"}
TERMS = Terms(
    service_id="logo",
    seller_id="sam",
    currency="EUR",
    price=2000,
    delivery_time=3 * DAY,
    revision_time=2 * DAY,
    extras=(Extra(id="sources", price=755, delivery_time=36 * HOUR),),
)
TODAY = Policy(ruling_window=7 * DAY)
OPEN_DISPUTE = TODAY.model_copy(update={"decision_expiry": TimerEffect.OPEN_DISPUTE})
LIMITED = TODAY.model_copy(update={"holding_limit": 40 * DAY})
"""Money can be held for a time that leaves some for more work."""

Requests = dict[str, dict[str, Any]]
Deed = tuple[Actor, Action] | tuple[Actor, Act, Fields]
"""Who does what; without fields, what `tries` tries first."""


@dataclass(frozen=True)
class Scene:
    """A step: what an act, or silence, made of an order, and who is told of it."""

    event: str
    before: Order | None
    after: Order
    words: OrderTexts
    readers: tuple[Actor, ...]
    did: Command | None = None

    def told(
        self, reader: Actor | Role, language: Language, time_zone: str = "Europe/Paris"
    ) -> NoticeText:
        """What somebody is told of it; of a role, the first who is told."""
        if isinstance(reader, Role):
            named = [one for one in self.readers if one.role is reader]
            reader = next(iter([*named, *(one for one in PEOPLE if one.role is reader)]))
        return notice(self.event, reader, self.after, self.words, language, time_zone)


@dataclass(frozen=True)
class Story:
    """An order on its way, with everything that was asked for on it."""

    order: Order
    requests: Requests = field(default_factory=dict)

    def act(self, deed: Deed, now: datetime) -> tuple["Story", Scene]:
        """Somebody does something that must be possible."""
        actor, action, *given = deed
        fields = given[0] if given else tries(Action(action), self.order, actor)[0]
        did = command(action, actor, now, fields, f"request-{self.order.version}-{action}")
        step = decide(self.order, did, now)
        assert isinstance(step, Step), step
        written = fields.model_dump(mode="json", exclude_none=True)
        return self._after(step, {did.request_id: written}, did)

    def wait(self) -> tuple["Story", Scene] | None:
        """Nobody does anything until a second after the next instant at which silence does."""
        timer = next_timer(self.order)
        if timer is None:
            return None
        return self._after(expire(self.order, timer, timer.at + timedelta(seconds=1)), {}, None)

    def _after(self, step: Step, own: Requests, did: Command | None) -> tuple["Story", Scene]:
        story = Story(step.order, {**self.requests, **own})
        step_request = did.request_id if did else None
        words = OrderTexts(TITLE, "A blue fish.", TITLES, story.requests_told(own), step_request)
        return story, Scene(step.event, self.order, step.order, words, told_of(step), did)

    def requests_told(self, own: Requests) -> Requests:
        """The requests whose ids are in the order's document, and the step's own: what the
        database gives along with a step."""
        ids = set(_ids(self.order.model_dump())) | set(own)
        return {name: said for name, said in self.requests.items() if name in ids}


def told_of(step: Step) -> tuple[Actor, ...]:
    """Who is told of a step: of a whole role those whom the stories know."""
    return tuple(
        Actor(id=person, role=told.role)
        for told in step.notices
        for person in ([told.user_id] if told.user_id else IN_ROLE[told.role])
    )


IN_ROLE = {Role.MEDIATOR: ("mona", "milo"), Role.OPERATOR: ("olga",)}


def _ids(document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        yield from (document[name] for name in ("id", "request_id") if name in document)
    if isinstance(document, dict | tuple | list):
        for part in document.values() if isinstance(document, dict) else document:
            yield from _ids(part)


def placing(terms: Terms = TERMS, policy: Policy | None = None, at: datetime = PLACED_AT) -> Scene:
    """A new order."""
    step = place(ORDER_ID, "bea", terms, (), policy or TODAY, at)
    assert isinstance(step, Step)
    words = OrderTexts(TITLE, "A blue fish.", TITLES)
    return Scene(step.event, None, step.order, words, told_of(step))


def follow(order: Order, *deeds: Deed, every: timedelta = HOUR) -> list[Scene]:
    """The scenes of these acts, one after the other. What silence does in between is left out."""
    story, scenes = Story(order), []
    for deed in deeds:
        story, scene = story.act(deed, story.order.updated_at + every)
        scenes.append(scene)
    return scenes


DELIVERY: tuple[Deed, ...] = ((SELLER, Action.ACCEPT), (SELLER, Action.DELIVER))
REFUSAL: tuple[Deed, ...] = (
    *DELIVERY,
    (BUYER, Action.REQUEST_REVISION),
    (SELLER, Action.REFUSE_REVISION),
)
"""Four hours from a new order to a refused revision."""


def refused(
    terms: Terms = TERMS, policy: Policy | None = None, at: datetime = PLACED_AT - 4 * HOUR
) -> Scene:
    """The seller refuses a revision, four hours after the order was placed."""
    return follow(placing(terms, policy, at).after, *REFUSAL)[-1]


def euros(cents: int) -> PositiveMoney:
    """That many cents."""
    return PositiveMoney(amount=cents, currency="EUR")


def tries(action: Action, order: Order, actor: Actor) -> list[Fields]:
    """Ways of doing it that the order as it stands has no reason to refuse."""
    if action is Action.ASSIGN and actor.role is Role.OPERATOR:
        return [Assign(mediator_id="mona"), Assign(mediator_id="milo")]
    if action in WAYS:
        return WAYS[action]
    if action is Action.BUY_EXTRA:
        return [BuyExtra(extra_id=extra.id) for extra in order.extras]
    if issubclass(FIELDS[action], AboutOffer) and order.offer is not None:
        return [AboutOffer(offer_id=order.offer.id)]
    if issubclass(FIELDS[action], AboutSettlement):
        own = action is Action.WITHDRAW_SETTLEMENT
        named = [one.id for one in order.settlements if (one.proposed_by == actor) is own]
        return [AboutSettlement(settlement_id=proposal) for proposal in named]
    return [FIELDS[action]()]


WAYS: dict[Action, list[Fields]] = {
    Action.DELIVER: [Deliver(message="Here it is.")],
    Action.REQUEST_REVISION: [RequestRevision(reason="Darker, please.")],
    Action.REFUSE_REVISION: [
        RefuseRevision(ground=ground, reason="Which blue?") for ground in Ground
    ],
    Action.OPEN_DISPUTE: [OpenDispute(reason="Not as in the brief.")],
    Action.REQUEST_OFFER: [RequestOffer(description="A letterhead too.")],
    Action.MAKE_OFFER: [
        MakeOffer(title="A letterhead", description="On A4.", price=euros(545), delivery_time=DAY)
    ],
    Action.REQUEST_CANCELLATION: [RequestCancellation(reason="No longer needed.")],
    Action.REFUSE_CANCELLATION: [RefuseCancellation(reason="Almost done.")],
    Action.CANCEL: [Cancel(reason="We agreed to part."), Cancel()],
    Action.PROPOSE_SETTLEMENT: [ProposeSettlement(refund=euros(811), reason="Half way.")],
    Action.RELEASE: [Release(reason="I know one of them.")],
    Action.ADD_STATEMENT: [AddStatement(statement="The brief says blue.")],
    Action.RESOLVE: [
        Resolve(outcome=Ruling.REFUND, reasons="Not delivered."),
        Resolve(outcome=Ruling.PAY_SELLER, reasons="As in the brief."),
        Resolve(outcome=Ruling.SPLIT, refund=euros(811), reasons="Half of it."),
        Resolve(outcome=Ruling.RESTART, delivery_time=HOUR, reasons="Once more."),
    ],
}
