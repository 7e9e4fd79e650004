"""What stands in the file of a case: who did and said what on an order and when, what was paid for
it, and what a bank disputes. It is read by others than the two, and speaks of both by name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from api.pages.cases.accounts import account_called
from api.pages.cases.story import Line, of, story
from api.pages.order_reader import links_of
from api.schemas.cases import CaseView
from api.schemas.chargebacks import ChargebackView
from db.orders import OrderRow
from documents.message import MessageView
from domain.display_name import MAX_NAME
from domain.money import Money
from domain.order import Actor, Order
from domain.rules import as_of
from domain.text import MAX_TITLE
from domain.vocabulary import Action, Role
from texts.catalogue import msg
from texts.formatter import Formatter
from texts.labels import CHARGEBACKS, LINES, ROLES, RULINGS, state_label
from texts.reader_context import ReaderContext
from texts.sanitize import one_line

TITLE = msg("Case file: %(title)s")
LONGEST_ID = 100


@dataclass(frozen=True)
class Entry:
    """Something that was done or said: when and by whom (`head`), what it was (`said`), why it had
    no effect (`note`), and in whose own `words`, with the addresses of what they gave."""

    head: str
    said: str = ""
    note: str = ""
    words: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the file: facts by their labels, what somebody wrote, and entries, oldest first."""

    heading: str
    facts: tuple[tuple[str, str], ...] = ()
    words: str = ""
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class CaseFile:
    """What stands on paper, said to its reader. `is_cut` where its earliest part is left out."""

    marketplace: str
    title: str
    made_at: datetime
    sections: tuple[Section, ...]
    is_cut: bool


def case_file(
    row: OrderRow, case: CaseView, marketplace: str, made_at: datetime, formatter: Formatter
) -> CaseFile:
    """Return the file of a case, all of whose parts have been joined."""
    title = formatter.say(TITLE, {"title": formatter.quoted(row.words.title)})
    sections = tuple(_Builder(row, case, formatter).sections())
    return CaseFile(marketplace, title, made_at, sections, case.next_cursor is not None)


@dataclass(frozen=True)
class _Builder:
    row: OrderRow
    case: CaseView
    formatter: Formatter

    @cached_property
    def order(self) -> Order:
        return as_of(self.row.order, self.row.read_at)

    @cached_property
    def lines(self) -> list[Line]:
        # As those read it who look after orders: whoever reads the file is none of the two.
        neutral = Actor(id=None, role=Role.OPERATOR)
        to = ReaderContext(self.order, self.row.words, neutral, self.formatter)
        return story(self.case, self.row.words.requests, to)

    def sections(self) -> Iterator[Section]:
        say, case = self.formatter.say, self.case
        yield Section(say(msg("The order")), facts=tuple(self._order()))
        if case.payments or case.chargebacks:
            yield Section(say(msg("The payment")), facts=tuple(self._payment()))
        yield Section(say(msg("The brief")), words=self.row.words.brief)
        deliveries = of(self.lines, Action.DELIVER)
        if deliveries:
            yield Section(say(msg("The deliveries")), entries=tuple(map(self._done, deliveries)))
        yield Section(say(msg("Everything that was done")), entries=tuple(self._journal()))
        if case.messages:
            said = tuple(map(self._message, case.messages))
            yield Section(say(msg("What they wrote to each other")), entries=said)
        yield Section(say(msg("The order’s money")), entries=tuple(self._money()))

    def _order(self) -> Iterator[tuple[str, str]]:
        say, view, words = self.formatter.say, self.case.order, self.row.words
        yield say(msg("Order")), self.order.id
        if view.external_id:
            yield say(msg("The marketplace’s id")), one_line(view.external_id, LONGEST_ID)
        yield say(ROLES[Role.BUYER]), self._named(words.buyer_name, self.order.buyer_id)
        yield say(ROLES[Role.SELLER]), self._named(words.seller_name, self.order.seller_id)
        yield say(msg("Placed")), self._at(view.created_at)
        yield say(msg("State")), say(state_label(self.order.state, self.order.overdue))
        for line in view.lines:
            label = {"label": say(LINES[line.kind]), "text": one_line(line.title, MAX_TITLE)}
            yield say(msg("%(label)s: %(text)s"), label), self._sum(line.price)
        yield say(msg("Total")), self._sum(view.total)
        yield from self._dispute()
        yield from self._outcome()

    def _dispute(self) -> Iterator[tuple[str, str]]:
        say, dispute, hold = self.formatter.say, self.case.order.dispute, self.order.payment_hold
        if hold is not None:
            yield say(msg("Frozen since")), self._at(hold.since)
        if dispute is not None:
            yield say(msg("In dispute since")), self._at(dispute.opened_at)
            if dispute.ruling is not None:
                yield say(msg("The ruling")), say(RULINGS[dispute.ruling])

    def _outcome(self) -> Iterator[tuple[str, str]]:
        say, end = self.formatter.say, self.case.order.outcome
        if end is None:
            return
        yield say(msg("Refunded")), self._sum(end.refunded)
        yield say(msg("Paid to the seller")), self._sum(end.paid_to_seller)
        yield say(msg("Commission")), self._sum(end.commission)
        if end.charged_back is not None:
            yield say(msg("Taken back by the payer’s bank")), self._sum(end.charged_back)

    def _payment(self) -> Iterator[tuple[str, str]]:
        say = self.formatter.say
        for one in self.case.payments:
            yield say(ROLES[Role.PROVIDER]), one.provider
            if one.reference:
                yield say(msg("Reference")), one_line(one.reference, LONGEST_ID)
            yield say(msg("Amount")), self._sum(one.amount)
            if one.paid_at:
                yield say(msg("Paid")), self._at(one.paid_at)
        for each in self.case.chargebacks:
            yield from self._disputed(each)

    def _disputed(self, one: ChargebackView) -> Iterator[tuple[str, str]]:
        say = self.formatter.say
        yield say(msg("Asked back by the payer’s bank")), self._sum(one.amount)
        yield say(msg("Reference")), one_line(one.reference, LONGEST_ID)
        yield say(msg("Since")), self._at(one.created_at)
        yield say(msg("State")), say(CHARGEBACKS[one.state])
        if one.reason:
            yield say(msg("In the provider’s words")), one_line(one.reason, MAX_TITLE)
        if one.evidence_until:
            yield say(msg("Can be answered for until")), self._at(one.evidence_until)
        if one.ended_at:
            yield say(msg("Ended on")), self._at(one.ended_at)

    def _journal(self) -> Iterator[Entry]:
        for line in self.lines:
            entry = self._done(line)
            is_told = line.action == Action.DELIVER and not line.is_refused
            yield replace(entry, words="", links=()) if is_told else entry

    def _done(self, line: Line) -> Entry:
        return Entry(
            head=self._head(f"{line.seq}. {self._at(line.at)}", self._actors.get(line.seq)),
            said=f"{line.head} ({', '.join(line.tags)})" if line.tags else line.head,
            note=line.note,
            words=line.words,
            links=tuple(one.href for one in line.links),
        )

    @cached_property
    def _actors(self) -> dict[int, Actor]:
        return {one.seq: one.actor for one in self.case.journal if one.actor is not None}

    def _message(self, one: MessageView) -> Entry:
        links = tuple(link.href for link in links_of(one.links))
        return Entry(self._head(self._at(one.at), one.author), words=one.text, links=links)

    def _money(self) -> Iterator[Entry]:
        for one in self.case.ledger:
            source, target = (
                account_called(each, self.order, self.row.words, self.formatter)
                for each in (one.debit, one.credit)
            )
            yield Entry(self._at(one.at), f"{self._sum(one.amount)}: {source} → {target}")

    def _head(self, at: str, actor: Actor | None) -> str:
        if actor is None:
            return at
        role = self.formatter.say(ROLES[actor.role])
        names = {Role.BUYER: self.row.words.buyer_name, Role.SELLER: self.row.words.seller_name}
        who = self._named(names.get(actor.role), actor.id) if actor.id else ""
        said = self.formatter.labelled(ROLES[actor.role], who) if who else role
        return f"{at} · {said}"

    def _named(self, name: str | None, person: str) -> str:
        known = one_line(person, LONGEST_ID)
        if name is None:
            return known
        return f"{one_line(name, MAX_NAME)} ({known})"

    def _at(self, at: datetime) -> str:
        return self.formatter.instant(at)

    def _sum(self, money: Money) -> str:
        return self.formatter.money(money.amount, money.currency)
