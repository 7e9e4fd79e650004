"""A case on one page: both sides, all that was said and done, and what the reader can do to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from api.auth.order_roles import CallerRoles
from api.pages.cases.accounts import account_called
from api.pages.cases.standing import (
    PARTIES,
    Target,
    apart,
    called,
    dispute_of,
    mediator_called,
    target_of,
)
from api.pages.cases.story import Line, of, story
from api.pages.order_reader import COLOURS, Link, links_of
from api.pages.reader import Reader
from api.pages.who_gets import Part, split
from api.schemas.cases import CaseView
from api.schemas.ledger import AccountView
from db.orders import OrderRow
from documents.message import MessageView
from documents.order import PaymentHoldView, SettlementView
from domain.money import Money
from domain.order import Actor, Order
from domain.reputation import Reputation
from domain.rules import as_of
from domain.vocabulary import Action, Role, State
from texts.catalogue import msg
from texts.headline import headline
from texts.labels import ROLES, RULINGS, YOU, label_of
from texts.parties import party
from texts.reader_context import ReaderContext

SHORT = 8
"""Digits of an id that people tell a case by."""

DISAGREE = msg("%(buyer)s and %(seller)s disagree over %(total)s")
WANTS: dict[Role, str] = {
    Role.BUYER: msg("Wants %(sum)s back"),
    Role.SELLER: msg("Offers %(sum)s back"),
}
NO_PROPOSAL = msg("Has proposed no share")
BOTH = msg("%(buyer)s wants %(wants)s back, %(seller)s offers %(offers)s.")
ONE: dict[Role, str] = {
    Role.BUYER: msg("%(buyer)s wants %(sum)s back, %(seller)s has proposed nothing."),
    Role.SELLER: msg("%(seller)s offers %(sum)s back, %(buyer)s has proposed nothing."),
}
NEITHER = msg("Neither side has proposed a share.")
OPENING = msg("Opening statement, %(at)s")
STATEMENT = msg("Statement, %(at)s")
YOURS = msg("Frozen, yours to decide")
FREE = msg("Frozen, waits for a mediator")
TAKEN = msg("Frozen, with another mediator")


@dataclass(frozen=True)
class Said:
    """What a side says: its words, with what comes before or after them in a line."""

    words: str
    links: tuple[Link, ...]
    foot: str


@dataclass(frozen=True)
class Side:
    """One of the two, with what they want and say."""

    whose: str
    name: str
    wants: str
    says: list[Said]


@dataclass(frozen=True)
class Proposal:
    """A share that a side proposes, to the cent, and why."""

    whose: str
    name: str
    at: datetime
    reason: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Spoken:
    """A message, and whose it is."""

    id: str
    who: str
    words: str
    links: tuple[Link, ...]
    at: datetime
    is_own: bool
    is_mediators: bool


@dataclass(frozen=True)
class Moved:
    """An amount that went from one account to another."""

    at: datetime
    source: str
    target: str
    amount: Money


@dataclass(frozen=True)
class CasePage:
    """What the page of a case shows, said to its reader."""

    id: str
    short: str
    version: int
    title: str
    brief: str
    heading: str
    tone: str
    pill: str
    is_open: bool
    hold: PaymentHoldView | None
    buyer: str
    seller: str
    placed_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    total: Money
    lines: list[tuple[str, Money]]
    apart: Money | None
    apart_words: str
    target: Target | None
    has_it: str
    is_mine: bool
    is_free: bool
    actions: frozenset[str]
    decided: str
    decided_good: bool
    reasons: str
    outcome: tuple[Part, ...]
    sides: list[Side]
    deliveries: list[Line]
    refusals: list[Line]
    proposals: list[Proposal]
    messages: list[Spoken]
    may_write: bool
    story: list[Line]
    earlier: str | None
    money: list[Moved]
    reputation: Reputation | None


def case_page(
    row: OrderRow,
    roles: CallerRoles,
    reader: Reader,
    case: CaseView,
    names: dict[str, str],
    reputation: Reputation | None,
) -> CasePage:
    """Return what the page of a case shows. `names` are those of the mediators in it."""
    return _Builder(row, roles, reader, case, names).page(reputation)


@dataclass(frozen=True)
class _Builder:
    row: OrderRow
    roles: CallerRoles
    reader: Reader
    case: CaseView
    names: dict[str, str]

    @cached_property
    def order(self) -> Order:
        return as_of(self.row.order, self.row.read_at)

    @cached_property
    def told(self) -> ReaderContext:
        actor = Actor(id=self.reader.caller.id, role=self.roles.roles[0])
        return ReaderContext(self.order, self.row.words, actor, self.reader.formatter)

    def page(self, reputation: Reputation | None) -> CasePage:
        order, words, view = self.order, self.row.words, self.case.order
        dispute, told = dispute_of(order), self.told
        lines = story(self.case, words.requests, told)
        mediator = dispute.mediator_id
        tone, pill = self._pill()
        is_open = order.state is State.DISPUTED
        return CasePage(
            id=order.id,
            short=order.id[:SHORT],
            version=self.row.order.version,
            title=words.title,
            brief=words.brief,
            heading=self._heading(),
            tone=tone,
            pill=pill,
            is_open=is_open,
            hold=view.payment_hold,
            buyer=self._called(Role.BUYER),
            seller=self._called(Role.SELLER),
            placed_at=view.created_at,
            opened_at=dispute.opened_at,
            closed_at=dispute.closed_at,
            total=view.total,
            lines=[(line.title, line.price) for line in view.lines],
            apart=apart(order),
            apart_words=self._apart(),
            target=target_of(order, self.row.read_at),
            has_it=mediator_called(self.reader, mediator, self.names) if mediator else "",
            is_mine=mediator == self.reader.caller.id,
            is_free=mediator is None,
            actions=frozenset(action.value for action in view.actions),
            decided=told.say(RULINGS[dispute.ruling]) if dispute.ruling else "",
            decided_good=order.state is not State.CANCELLED,
            reasons=next((line.words for line in reversed(of(lines, Action.RESOLVE))), ""),
            outcome=self._outcome(),
            sides=[self._side(role, lines) for role in PARTIES],
            deliveries=of(lines, Action.DELIVER),
            refusals=of(lines, Action.REFUSE_REVISION, Action.REFUSE_CANCELLATION),
            proposals=[self._proposal(one) for one in view.settlements],
            messages=[self._spoken(one) for one in self.case.messages],
            may_write=is_open and Role.MEDIATOR in self.roles.roles,
            story=lines,
            earlier=self.case.next_cursor,
            money=list(self._money()),
            reputation=reputation,
        )

    def _called(self, role: Role) -> str:
        return called(role, self.row.words, self.reader.formatter)

    def _heading(self) -> str:
        dispute, told = dispute_of(self.order), self.told
        if self.order.payment_hold is not None:
            return headline(told)
        if dispute.ruling:
            return told.say(RULINGS[dispute.ruling])
        if self.order.state is not State.DISPUTED:
            return headline(told)
        lower = called(Role.SELLER, self.row.words, told.formatter, begins=False)
        return told.say(DISAGREE, buyer=self._called(Role.BUYER), seller=lower)

    def _pill(self) -> tuple[str, str]:
        order, told = self.order, self.told
        if order.payment_hold is not None:
            return "ice", told.say(label_of(order))
        if order.state is not State.DISPUTED:
            tone = "" if order.state is State.CANCELLED else "good"
            return tone if order.state.is_final else "wait", told.say(label_of(order))
        mediator = dispute_of(order).mediator_id
        if mediator is None:
            return "ice", told.say(FREE)
        return "ice", told.say(YOURS if mediator == self.reader.caller.id else TAKEN)

    def _apart(self) -> str:
        refunds = {one.proposed_by.role: one.refund for one in self.order.settlements}
        told = self.told
        names = {"buyer": self._called(Role.BUYER), "seller": self._called(Role.SELLER)}
        if len(refunds) == len(PARTIES):
            wants, offers = told.money(refunds[Role.BUYER]), told.money(refunds[Role.SELLER])
            return told.say(BOTH, **names, wants=wants, offers=offers)
        for role, refund in refunds.items():
            return told.say(ONE[role], **names, sum=told.money(refund))
        return told.say(NEITHER)

    def _side(self, role: Role, lines: list[Line]) -> Side:
        told, words = self.told, self.row.words
        refund = next(
            (one.refund for one in self.order.settlements if one.proposed_by.role is role), None
        )
        wants = NO_PROPOSAL if refund is None else WANTS[role]
        argued = of(lines, Action.OPEN_DISPUTE, Action.ADD_STATEMENT)
        return Side(
            whose=COLOURS[role],
            name=party(role.capitalize(), words, Role.MEDIATOR, told.formatter),
            wants=told.say(wants, sum="" if refund is None else told.money(refund)),
            says=[self._said(line) for line in argued if line.by is role],
        )

    def _said(self, line: Line) -> Said:
        sentence = OPENING if line.action == Action.OPEN_DISPUTE else STATEMENT
        foot = self.told.say(sentence, at=self.reader.formatter.moment(line.at))
        return Said(line.words, line.links, foot)

    def _proposal(self, one: SettlementView) -> Proposal:
        parts = self._parts(one.refund, one.paid_to_seller, one.commission)
        return Proposal(
            COLOURS[one.by], self._called(one.by), one.proposed_at, one.reason or "", parts
        )

    def _outcome(self) -> tuple[Part, ...]:
        end = self.case.order.outcome
        return self._parts(end.refunded, end.paid_to_seller, end.commission) if end else ()

    def _parts(self, refund: Money, paid: Money, fee: Money) -> tuple[Part, ...]:
        return split(self.told, refund.amount, paid.amount, fee.amount)

    def _spoken(self, one: MessageView) -> Spoken:
        author, say = one.author, self.reader.formatter.say
        is_own = author.id == self.reader.caller.id
        who = self._called(author.role) if author.role in PARTIES else say(ROLES[author.role])
        return Spoken(
            id=one.id,
            who=say(YOU) if is_own else who,
            words=one.text,
            links=links_of(one.links),
            at=one.at,
            is_own=is_own,
            is_mediators=author.role is Role.MEDIATOR,
        )

    def _money(self) -> Iterator[Moved]:
        for one in self.case.ledger:
            yield Moved(one.at, self._account(one.debit), self._account(one.credit), one.amount)

    def _account(self, one: AccountView) -> str:
        return account_called(one, self.order, self.row.words, self.reader.formatter)
