"""What a notice is called: the subject of its mail."""

from domain.notices import MESSAGE
from domain.text import MAX_TITLE
from texts.catalogue import msg
from texts.reader_context import ReaderContext, Sentence, Sides
from texts.sanitize import one_line

TITLES: dict[str, Sentence] = {
    "order.placed": Sides(msg("Order placed"), msg("New order")),
    "order.accepted": msg("Order accepted"),
    "order.delivered": msg("Work delivered"),
    "order.revision_requested": msg("Revision requested"),
    "order.revision_accepted": msg("Revision accepted"),
    "order.revision_refused": Sides(
        msg("Revision refused, please decide"), msg("Revision refused, please wait")
    ),
    "order.completed": msg("Order completed"),
    "order.dispute_opened": msg("Dispute opened"),
    "order.extra_bought": msg("Extra added"),
    "order.offer_requested": msg("Custom offer requested"),
    "order.offer_made": msg("New custom offer"),
    "order.offer_withdrawn": msg("Custom offer withdrawn"),
    "order.offer_declined": msg("Custom offer declined"),
    "order.offer_accepted": msg("Custom offer accepted"),
    "order.offer_lapsed": msg("Custom offer lapsed"),
    "order.cancellation_requested": msg("Cancellation requested"),
    "order.cancellation_refused": msg("Cancellation refused"),
    "order.cancellation_unanswered": msg("Wish to cancel left unanswered"),
    "order.cancelled": msg("Order cancelled"),
    "order.settlement_proposed": msg("Settlement proposed"),
    "order.settlement_withdrawn": msg("Settlement proposal withdrawn"),
    "order.settled": msg("Order settled"),
    "order.dispute_assigned": msg("A mediator has the case"),
    "order.dispute_handed_over": msg("Case handed over"),
    "order.dispute_released": Sides(
        msg("The case waits for another mediator"),
        msg("The case waits for another mediator"),
        msg("A case is back in the queue"),
    ),
    "order.statement_added": msg("New statement on the case"),
    "order.dispute_resolved": msg("Dispute decided"),
    "order.late": msg("Order late"),
    "order.answer_overdue": msg("Revision left unanswered"),
    "order.dispute_escalated": msg("Dispute still without a mediator"),
    "order.ruling_overdue": msg("Dispute still without a ruling"),
    "order.holding_limit_reached": msg("Money can be held no longer"),
    "order.payment_disputed": msg("Payment disputed, order frozen"),
    "order.payment_dispute_won": msg("The order goes on"),
    "order.payment_dispute_lost": msg("Payment taken back"),
    "order.acceptance_reminder": msg("Reminder to accept the order"),
    "order.delivery_reminder": msg("Reminder to deliver"),
    "order.review_reminder": msg("Reminder to check the work"),
    "order.revision_answer_reminder": msg("Reminder to answer about the revision"),
    "order.decision_reminder": msg("Reminder to decide"),
    "order.cancellation_answer_reminder": msg("Reminder to answer about cancelling"),
    "order.offer_reminder": msg("Reminder, an offer lapses soon"),
    "order.ruling_reminder": msg("Reminder to rule on the case"),
    "order.holding_reminder": msg("Money has to leave escrow soon"),
    MESSAGE: msg("New message"),
}


def title(event: str, context: ReaderContext) -> str:
    """Return `Work delivered: “A logo for your shop”`, on one line."""
    of_order = one_line(context.words.title, MAX_TITLE)
    return context.formatter.labelled(_named(event, context), context.formatter.quoted(of_order))


def short_title(event: str, context: ReaderContext) -> str:
    """Return `Work delivered`."""
    return context.say(_named(event, context))


def _named(event: str, context: ReaderContext) -> str:
    named = TITLES[event]
    return named.to(context.role) if isinstance(named, Sides) else named
