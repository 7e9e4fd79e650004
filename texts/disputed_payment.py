"""A payment that its payer's bank disputes: what that means for the order, to each side."""

from collections.abc import Iterator

from texts.catalogue import msg
from texts.reader_context import ReaderContext, Sides

DISPUTED = Sides(
    msg(
        "Your bank has asked the payment of this order back (%(asked_back)s). The order is frozen"
        " until the payment provider says how that ends: nothing is paid or paid back meanwhile,"
        " and every deadline stands still."
    ),
    msg(
        "The payer’s bank has asked the payment of this order back (%(asked_back)s). The order"
        " is frozen until the payment provider says how that ends: nobody is paid meanwhile, and"
        " every deadline stands still."
    ),
    msg(
        "The payer’s bank has asked the payment of this order back (%(asked_back)s). The order is"
        " frozen, and the %(total)s in escrow moves nowhere until the payment provider says how"
        " that ends."
    ),
)
WON = Sides(
    msg(
        "The payment is no longer disputed. The order goes on, and each deadline has the time that"
        " it had left."
    ),
    msg(
        "The payment is no longer disputed. The order goes on, and each deadline has the time that"
        " it had left."
    ),
    msg("The dispute of the payment was won: the order goes on."),
)
LOST = Sides(
    msg("Your bank has taken the payment back: the order ends."),
    msg("The payer’s bank has taken the payment back: the order ends."),
    msg("The dispute of the payment was lost, and the bank keeps the money: the order ended."),
)
GONE = Sides(
    msg(
        "%(charged_back)s of what was held went to your bank; what was left of it, %(refunded)s, is"
        " in your wallet."
    ),
    msg("%(charged_back)s of what was held went to the payer’s bank. You are not paid."),
    msg("%(charged_back)s of what was held went to the bank; %(refunded)s went back to %(buyer)s."),
)

ANSWER = Sides(
    msg(
        "If that is a mistake, please tell your bank. You can both still write to each other here."
    ),
    msg(
        "What was agreed and delivered is the evidence. If something is missing from this page,"
        " write it as a message here."
    ),
    msg(
        "The case file is the evidence: please send it to the payment provider, with what else"
        " speaks for the payment."
    ),
)
UNTIL = msg("The payment can be answered for until %(evidence_until)s.")
HEADLINE = msg("The order is frozen: its payment is disputed.")
WAITS = msg("Nothing happens by itself until the payment provider says how it ends.")
REFUSED = msg(
    "The order is frozen, since its payment is disputed: nothing can be done until that is decided,"
    " and its deadlines stand still meanwhile."
)


def what_it_means(context: ReaderContext) -> Iterator[str]:
    """Say what a reader can do while the payment is disputed, and until when."""
    hold = context.order.payment_hold
    if hold is None:
        return
    yield context.say(ANSWER)
    if hold.evidence_until is not None:
        yield context.say(UNTIL)
