"""The story of an order, one line an entry of its journal: who did what, to each reader."""

from dataclasses import dataclass

from domain.vocabulary import Action, Code, ProviderAct, Role, State
from texts.catalogue import msg
from texts.endings import RULED
from texts.event_sentences import HAPPENED
from texts.reader_context import ReaderContext, Sentence, Sides
from texts.refusals import refusal_said


@dataclass(frozen=True)
class Deed:
    """An entry of a journal: what was done, or was tried in vain, in what capacity, and where the
    order stood after it. `by` is None where a signal did not say; `code` and `reason` are those of
    a refusal."""

    action: str
    event: str | None
    by: Role | None
    state: State
    code: Code | None = None
    reason: str | None = None


def _buyers(you: str, they: str) -> Sides:
    return Sides(you, they, they)


def _sellers(you: str, they: str) -> Sides:
    return Sides(they, you, they)


TOLD: dict[tuple[str, Role | None], Sentence] = {
    ("order.placed", None): _buyers(
        msg("You placed the order."), msg("%(Buyer)s placed the order.")
    ),
    ("order.accepted", None): _sellers(
        msg("You accepted the order."), msg("%(Seller)s accepted the order.")
    ),
    ("order.delivered", None): _sellers(
        msg("You delivered the work."), msg("%(Seller)s delivered the work.")
    ),
    ("order.revision_requested", None): _buyers(
        msg("You asked for a revision."), msg("%(Buyer)s asked for a revision.")
    ),
    ("order.revision_accepted", None): _sellers(
        msg("You agreed to revise the work."), msg("%(Seller)s agreed to revise the work.")
    ),
    ("order.revision_refused", None): _sellers(
        msg("You refused the revision."), msg("%(Seller)s refused the revision.")
    ),
    ("order.completed", None): _buyers(
        msg("You completed the order."), msg("%(Buyer)s completed the order.")
    ),
    ("order.completed", Role.DEADLINE): msg(
        "The time was over, and the order completed by itself."
    ),
    ("order.cancelled", Role.BUYER): _buyers(
        msg("You cancelled the order."), msg("%(Buyer)s cancelled the order.")
    ),
    ("order.cancelled", Role.SELLER): _sellers(
        msg("You cancelled the order."), msg("%(Seller)s cancelled the order.")
    ),
    ("order.cancelled", Role.OPERATOR): msg("An operator of the marketplace cancelled the order."),
    ("order.cancelled", Role.DEADLINE): msg(
        "The order was not accepted in time, and was cancelled by itself."
    ),
    ("order.dispute_opened", Role.BUYER): _buyers(
        msg("You opened a dispute."), msg("%(Buyer)s opened a dispute.")
    ),
    ("order.dispute_opened", Role.SELLER): msg("A second refusal to cancel opened a dispute."),
    ("order.dispute_opened", Role.DEADLINE): msg(
        "The time was over, and a dispute opened by itself."
    ),
    ("order.extra_bought", None): _buyers(
        msg("You added an extra."), msg("%(Buyer)s added an extra.")
    ),
    ("order.offer_requested", None): _buyers(
        msg("You asked for a custom offer."), msg("%(Buyer)s asked for a custom offer.")
    ),
    ("order.offer_made", None): _sellers(
        msg("You made a custom offer."), msg("%(Seller)s made a custom offer.")
    ),
    ("order.offer_withdrawn", None): _sellers(
        msg("You withdrew your custom offer."), msg("%(Seller)s withdrew the custom offer.")
    ),
    ("order.offer_declined", None): _buyers(
        msg("You declined the custom offer."), msg("%(Buyer)s declined the custom offer.")
    ),
    ("order.offer_accepted", None): _buyers(
        msg("You accepted the custom offer."), msg("%(Buyer)s accepted the custom offer.")
    ),
    ("order.offer_lapsed", None): msg("The custom offer was not accepted in time and has lapsed."),
    ("order.cancellation_requested", None): _buyers(
        msg("You asked to cancel the order."), msg("%(Buyer)s asked to cancel the order.")
    ),
    ("order.cancellation_refused", None): _sellers(
        msg("You refused to cancel the order."), msg("%(Seller)s refused to cancel the order.")
    ),
    ("order.cancellation_unanswered", None): msg("The wish to cancel was left unanswered."),
    ("order.settlement_proposed", Role.BUYER): _buyers(
        msg("You proposed to share the money."), msg("%(Buyer)s proposed to share the money.")
    ),
    ("order.settlement_proposed", Role.SELLER): _sellers(
        msg("You proposed to share the money."), msg("%(Seller)s proposed to share the money.")
    ),
    ("order.settlement_withdrawn", Role.BUYER): _buyers(
        msg("You withdrew your proposal."), msg("%(Buyer)s withdrew the proposal.")
    ),
    ("order.settlement_withdrawn", Role.SELLER): _sellers(
        msg("You withdrew your proposal."), msg("%(Seller)s withdrew the proposal.")
    ),
    ("order.settled", Role.BUYER): _buyers(
        msg("You accepted the proposal: the order is settled."),
        msg("%(Buyer)s accepted the proposal: the order is settled."),
    ),
    ("order.settled", Role.SELLER): _sellers(
        msg("You accepted the proposal: the order is settled."),
        msg("%(Seller)s accepted the proposal: the order is settled."),
    ),
    ("order.dispute_assigned", Role.MEDIATOR): msg("A mediator took the case."),
    ("order.dispute_assigned", Role.OPERATOR): msg("An operator gave the case to a mediator."),
    ("order.dispute_handed_over", None): msg(
        "An operator handed the case over to another mediator."
    ),
    ("order.dispute_released", Role.MEDIATOR): msg("The mediator gave the case back to the queue."),
    ("order.dispute_released", Role.OPERATOR): msg("An operator gave the case back to the queue."),
    ("order.statement_added", Role.BUYER): _buyers(
        msg("You added a statement to the case."), msg("%(Buyer)s added a statement to the case.")
    ),
    ("order.statement_added", Role.SELLER): _sellers(
        msg("You added a statement to the case."), msg("%(Seller)s added a statement to the case.")
    ),
    ("order.statement_added", Role.MEDIATOR): msg("The mediator added a statement to the case."),
    ("order.dispute_escalated", None): msg(
        "No mediator took the case in time: mediators and operators were told again."
    ),
    ("order.ruling_overdue", None): msg(
        "The case was not ruled on in time: mediators and operators were told again."
    ),
    ("order.holding_limit_reached", None): msg(
        "The money could be held no longer: mediators and operators were told."
    ),
    ("order.payment_disputed", None): _buyers(
        msg("Your bank disputed the payment: the order was frozen."),
        msg("The buyer’s bank disputed the payment: the order was frozen."),
    ),
    ("order.payment_dispute_won", None): msg("The payment was kept: the order went on."),
    ("order.payment_dispute_lost", None): msg("The bank took the payment back: the order ended."),
    ("order.late", None): msg("The work was not delivered in time: the order is late."),
    ("order.answer_overdue", None): msg("The request for a revision was not answered in time."),
}
"""By event and by who brought it about, where it differs. Rulings and reminders are in `_what`."""

REMINDED = msg("A reminder went out.")
SOMETHING = msg("Something happened on the order.")
"""Of an event that a newer release knows."""

TRIED: dict[str, str] = {
    Action.ACCEPT: msg("to accept the order"),
    Action.DELIVER: msg("to deliver the work"),
    Action.REQUEST_REVISION: msg("to ask for a revision"),
    Action.ACCEPT_REVISION: msg("to accept a revision"),
    Action.REFUSE_REVISION: msg("to refuse a revision"),
    Action.COMPLETE: msg("to complete the order"),
    Action.OPEN_DISPUTE: msg("to open a dispute"),
    Action.BUY_EXTRA: msg("to add an extra"),
    Action.REQUEST_OFFER: msg("to ask for a custom offer"),
    Action.MAKE_OFFER: msg("to make a custom offer"),
    Action.WITHDRAW_OFFER: msg("to withdraw an offer"),
    Action.DECLINE_OFFER: msg("to decline an offer"),
    Action.ACCEPT_OFFER: msg("to accept an offer"),
    Action.REQUEST_CANCELLATION: msg("to ask for a cancellation"),
    Action.REFUSE_CANCELLATION: msg("to refuse a cancellation"),
    Action.CANCEL: msg("to cancel the order"),
    Action.PROPOSE_SETTLEMENT: msg("to propose to share the money"),
    Action.WITHDRAW_SETTLEMENT: msg("to withdraw a proposal"),
    Action.ACCEPT_SETTLEMENT: msg("to accept a proposal"),
    Action.ASSIGN: msg("to take or hand over the case"),
    Action.RELEASE: msg("to give the case back"),
    Action.ADD_STATEMENT: msg("to add a statement"),
    Action.RESOLVE: msg("to rule on the case"),
    ProviderAct.PAYMENT_DISPUTED: msg("to freeze the order, as its payment is disputed"),
    ProviderAct.PAYMENT_DISPUTE_WON: msg("to let the order go on, as its payment was kept"),
    ProviderAct.PAYMENT_DISPUTE_LOST: msg("to end the order, as its payment was taken back"),
}
UNREAD = msg("to do something that could not be read")
YOU_TRIED = msg("You tried %(do)s, and nothing changed.")
THEY_TRIED: dict[Role | None, str] = {
    Role.BUYER: msg("%(Buyer)s tried %(do)s, and nothing changed."),
    Role.SELLER: msg("%(Seller)s tried %(do)s, and nothing changed."),
    Role.MEDIATOR: msg("A mediator tried %(do)s, and nothing changed."),
    Role.OPERATOR: msg("An operator tried %(do)s, and nothing changed."),
    Role.PROVIDER: msg("The payment provider tried %(do)s, and nothing changed."),
    None: msg("Somebody tried %(do)s, and nothing changed."),
}


def told(deed: Deed, reader: ReaderContext) -> str:
    """Say an entry of the journal in one line, a refused attempt as one; `why` says why it was."""
    if deed.event is None:
        own = deed.by is reader.role and deed.by in (Role.BUYER, Role.SELLER)
        tried = YOU_TRIED if own else THEY_TRIED.get(deed.by, THEY_TRIED[None])
        do = reader.formatter.say(TRIED.get(deed.action, UNREAD))
        return reader.say(tried, do=do)
    return reader.say(_what(deed.event, deed))


def why(deed: Deed, reader: ReaderContext) -> str | None:
    """Say why an attempt was refused; None of what was done."""
    if deed.code is None:
        return None
    return refusal_said(deed.code, deed.reason or "", reader)


def _what(event: str, deed: Deed) -> Sentence:
    if event == "order.dispute_resolved":
        return RULED.get(deed.state) or HAPPENED[event]
    if event.endswith("_reminder"):
        return REMINDED
    return TOLD.get((event, deed.by)) or TOLD.get((event, None)) or SOMETHING
