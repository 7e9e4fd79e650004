"""What happened, said to each side. How an order ended is said in `texts.endings`."""

from collections.abc import Iterator

from domain.notices import (
    DISPUTE_OPENED,
    EVENT_OF_ACTION,
    EVENT_OF_PROVIDER,
    HANDED_OVER,
    LIMIT_REACHED,
    MESSAGE,
    RULING_OVERDUE,
)
from domain.rules import OFFER_STATES
from domain.vocabulary import Action, ProviderAct, Role, State, Window
from texts import disputed_payment
from texts.catalogue import msg
from texts.endings import ended
from texts.holding import DISPUTE_BY_LIMIT, HELD_NO_LONGER, MOVES_ON_BY
from texts.messages import NEW_MESSAGE
from texts.reader_context import ReaderContext, Sentence, Sides
from texts.revisions import LEFT

PROPOSED = EVENT_OF_ACTION[Action.PROPOSE_SETTLEMENT]
DELIVERED = EVENT_OF_ACTION[Action.DELIVER]
REVISION_ANSWERED = (
    EVENT_OF_ACTION[Action.ACCEPT_REVISION],
    EVENT_OF_ACTION[Action.REFUSE_REVISION],
)
PURCHASES = ("order.extra_bought", "order.offer_accepted")
OFFER_CLOSED = ("order.offer_withdrawn", "order.offer_declined", "order.offer_lapsed")

TOTAL_CHANGED = msg(
    "If there was an open proposal to share the money, it is closed: it spoke of another total."
)
ANOTHER = msg("You can make another one.")
OFFERS_CLOSED = msg("If an offer was open, it is closed: nothing was paid for it.")
WISH_ENDED = Sides(
    msg("If you had asked to cancel, your wish ended with the delivery."),
    msg("If %(buyer)s had asked to cancel, their wish ended with the delivery."),
)

DISPUTE = Sides(
    msg("You opened a dispute: a mediator will decide."),
    msg("%(Buyer)s opened a dispute: a mediator will decide."),
    msg("%(Buyer)s opened a dispute over %(total)s."),
)
DISPUTE_BY_SILENCE = Sides(
    msg("Your time to decide ended on %(lapsed)s, so a dispute opened by itself."),
    msg("The time for %(buyer)s to decide ended on %(lapsed)s, so a dispute opened by itself."),
    msg(
        "The time for %(buyer)s to decide ended on %(lapsed)s, so a dispute over %(total)s opened."
    ),
)
DISPUTE_BY_REFUSAL = Sides(
    msg("You and %(seller)s do not agree on cancelling the order, so it is in dispute now."),
    msg("You and %(buyer)s do not agree on cancelling the order, so it is in dispute now."),
    msg("%(Buyer)s and %(seller)s do not agree on cancelling: a dispute over %(total)s is open."),
)

PROPOSALS: dict[Role, Sides] = {
    Role.BUYER: Sides(
        msg("You proposed to share the money."),
        msg("%(Buyer)s proposes to share the money."),
        msg("%(Buyer)s proposes to share the money."),
    ),
    Role.SELLER: Sides(
        msg("%(Seller)s proposes to share the money."),
        msg("You proposed to share the money."),
        msg("%(Seller)s proposes to share the money."),
    ),
}

HAPPENED: dict[str, Sentence] = {
    "order.placed": Sides(
        msg("You placed the order. Your %(total)s is in escrow and stays there until it ends."),
        msg(
            "You have a new order! %(Buyer)s’s %(total)s is in escrow and stays there until it"
            " ends."
        ),
    ),
    "order.accepted": Sides(
        msg("%(Seller)s accepted your order and gets to work."),
        msg("You accepted the order: the work can begin."),
    ),
    "order.delivered": Sides(msg("%(Seller)s delivered the work."), msg("You delivered the work.")),
    "order.revision_requested": Sides(
        msg("You asked %(seller)s for a revision."), msg("%(Buyer)s asks you for a revision.")
    ),
    "order.revision_accepted": Sides(
        msg("%(Seller)s agreed to revise the work."), msg("You agreed to revise the work.")
    ),
    "order.revision_refused": Sides(
        msg("%(Seller)s refused the revision that you asked for."),
        msg("You refused the revision. Nobody likes to read a no, so your next words count."),
    ),
    "order.extra_bought": Sides(
        msg("You added %(line)s for %(price)s. The total of %(total)s is in escrow."),
        msg("%(Buyer)s added %(line)s for %(price)s. The total of %(total)s is in escrow."),
    ),
    "order.offer_requested": Sides(
        msg("You asked %(seller)s for a custom offer. Nothing is paid until you accept one."),
        msg(
            "%(Buyer)s asks you for a custom offer. Before you send one, make sure that they know"
            " what it costs and what they get for it."
        ),
    ),
    "order.offer_made": Sides(
        msg("%(Seller)s made you a custom offer: %(offer)s for %(offer_price)s."),
        msg("You made a custom offer: %(offer)s for %(offer_price)s."),
    ),
    "order.offer_withdrawn": Sides(
        msg("%(Seller)s withdrew their custom offer. Nothing was paid for it."),
        msg("You withdrew your custom offer."),
    ),
    "order.offer_declined": Sides(
        msg("You declined the custom offer. Nothing was paid for it."),
        msg("%(Buyer)s declined your custom offer."),
    ),
    "order.offer_accepted": Sides(
        msg("You accepted %(line)s for %(price)s. The total of %(total)s is in escrow."),
        msg("%(Buyer)s accepted %(line)s for %(price)s. The total of %(total)s is in escrow."),
    ),
    "order.offer_lapsed": msg(
        "The custom offer was not accepted in time and has lapsed. Nothing was paid for it."
    ),
    "order.cancellation_requested": Sides(
        msg("You asked %(seller)s to cancel the order."),
        msg("%(Buyer)s asks you to cancel the order."),
    ),
    "order.cancellation_refused": Sides(
        msg("%(Seller)s does not want to cancel the order."),
        msg("You refused to cancel the order."),
    ),
    "order.cancellation_unanswered": Sides(
        msg("%(Seller)s did not answer your wish to cancel by %(answer_by)s."),
        msg("You did not answer %(buyer)s’s wish to cancel by %(answer_by)s."),
    ),
    "order.settlement_withdrawn": msg("A proposal to share the money was withdrawn."),
    "order.dispute_assigned": Sides(
        msg("A mediator has the case."),
        msg("A mediator has the case."),
        msg("The case is yours: %(total)s is in dispute."),
    ),
    HANDED_OVER: Sides(
        msg("Another mediator has the case now."),
        msg("Another mediator has the case now."),
        msg("The case is yours: %(total)s is in dispute."),
    ),
    "order.dispute_released": Sides(
        msg("The mediator no longer has the case. Another one will take it."),
        msg("The mediator no longer has the case. Another one will take it."),
        msg("The case is back in the queue: %(total)s is in dispute, and no mediator has it."),
    ),
    "order.statement_added": msg("A new statement is on the case."),
    "order.dispute_resolved": msg(
        "The mediator decided that the work goes on. The money stays in escrow."
    ),
    "order.dispute_escalated": msg(
        "A dispute over %(total)s still has no mediator, and should have had one by now."
    ),
    RULING_OVERDUE: msg(
        "A case over %(total)s has not been ruled on, and should have been by now. A mediator has"
        " it."
    ),
    LIMIT_REACHED: HELD_NO_LONGER,
    EVENT_OF_PROVIDER[ProviderAct.PAYMENT_DISPUTED]: disputed_payment.DISPUTED,
    EVENT_OF_PROVIDER[ProviderAct.PAYMENT_DISPUTE_WON]: disputed_payment.WON,
    EVENT_OF_PROVIDER[ProviderAct.PAYMENT_DISPUTE_LOST]: disputed_payment.LOST,
    "order.late": Sides(
        msg("The work was due by %(due)s and has not been delivered: the order is late."),
        msg("Your delivery was due by %(due)s: the order is late."),
    ),
    "order.answer_overdue": Sides(
        msg("%(Seller)s did not answer your request for a revision in time."),
        msg("You did not answer %(buyer)s’s request for a revision in time."),
    ),
    "order.acceptance_reminder": msg(
        "A short reminder: this order still waits for you to accept it."
    ),
    "order.delivery_reminder": msg("A short reminder: your delivery is due soon."),
    "order.review_reminder": msg("A short reminder: the delivered work waits for you to check it."),
    "order.revision_answer_reminder": msg(
        "A short reminder: %(buyer)s’s request for a revision waits for you."
    ),
    "order.decision_reminder": msg(
        "A short reminder: the revision was refused, and the order waits for your decision."
    ),
    "order.cancellation_answer_reminder": msg(
        "A short reminder: %(buyer)s’s wish to cancel waits for your answer."
    ),
    "order.offer_reminder": msg("A short reminder: %(seller)s’s offer of %(offer)s lapses soon."),
    "order.ruling_reminder": msg("A short reminder: the case waits for your ruling."),
    "order.holding_reminder": MOVES_ON_BY,
}
"""Every event that does not end the order, but those that depend on who brought them about."""

NO_LONGER_YOURS = msg("The case over %(total)s is no longer yours: another mediator has it now.")
YOURS_OVERDUE = msg("Your case over %(total)s has no ruling yet, and should have one by now.")


def event_sentences(event: str, context: ReaderContext) -> str:
    """Say what happened, in one paragraph."""
    if event == MESSAGE:  # of an order that has ended too
        return context.say(NEW_MESSAGE)
    if context.order.outcome is not None:
        return ended(context, context.order.outcome)
    sentences = (_sentence(event, context), *_then(event, context))
    return " ".join(context.say(sentence) for sentence in sentences)


def _sentence(event: str, context: ReaderContext) -> Sentence:
    if event == DISPUTE_OPENED:
        return _dispute(context)
    if event == PROPOSED:
        return PROPOSALS[context.order.settlements[-1].proposed_by.role]
    if event == HANDED_OVER and context.role is Role.MEDIATOR and not context.has_the_case:
        return NO_LONGER_YOURS
    if event == RULING_OVERDUE and context.has_the_case:
        return YOURS_OVERDUE
    return HAPPENED[event]


def _dispute(context: ReaderContext) -> Sides:
    dispute, lapse = context.order.dispute, context.order.lapse
    if dispute is not None and dispute.opened_by.role is Role.DEADLINE:
        by_limit = lapse is not None and lapse.reason is Window.HOLDING
        return DISPUTE_BY_LIMIT if by_limit else DISPUTE_BY_SILENCE
    # The request that opens a dispute is referred to; a refusal to cancel that does so is not.
    return DISPUTE_BY_REFUSAL if context.own_words else DISPUTE


def _then(event: str, context: ReaderContext) -> Iterator[Sentence]:
    state = context.order.state
    if event in PURCHASES and state is not State.PENDING:
        yield TOTAL_CHANGED
    if event in OFFER_CLOSED and context.role is Role.SELLER and state in OFFER_STATES:
        yield ANOTHER
    if event == DISPUTE_OPENED and context.role in (Role.BUYER, Role.SELLER):
        yield OFFERS_CLOSED
    if event == DELIVERED:
        yield WISH_ENDED
    if event in REVISION_ANSWERED and context.order.revisions_left is not None:
        yield LEFT
