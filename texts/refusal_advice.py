"""What buyer and seller are advised once a revision was refused."""

from collections.abc import Iterator

from texts.catalogue import msg
from texts.reader_context import ReaderContext

TWO_WAYS = msg("You have two ways, and the choice is yours:")
COMPLETE = msg("Complete the order: %(seller)s is paid %(pay)s, and nothing comes back to you.")
DISPUTE = msg(
    "Open a dispute, if you think that the refusal is not right: a mediator hears both of you and"
    " decides. The %(total)s stays in escrow until then."
)
MORE_WORK = msg(
    "Would you like more work? Ask %(seller)s for a custom offer. Once it is paid, the order is in"
    " progress again and nothing has to be decided for now."
)
MORE_WORK_WITH_EXTRAS = msg(
    "Would you like more work? Buy an extra of the service, or ask %(seller)s for a custom offer."
    " Once either is paid, the order is in progress again and nothing has to be decided for now."
)
HALF_WAY = msg(
    "Can you meet half way? Either of you can propose a settlement that shares the money. It is"
    " final once both have accepted, and needs no mediator."
)

WAIT = msg("For now, please wait: %(buyer)s decides.")
MEANWHILE = msg(
    "Meanwhile, make sure that %(buyer)s has understood why you refused. Stay patient, calm and"
    " clear in every message, above all if they see it differently."
)
BUYER_DECIDES = msg(
    "%(Buyer)s can complete the order, and you are paid %(pay)s, or open a dispute, and a mediator"
    " decides."
)
BUYER_BUYS = msg(
    "%(Buyer)s can also ask you for a custom offer: once that is paid, the work goes on."
)
BUYER_BUYS_EXTRAS = msg(
    "%(Buyer)s can also buy an extra or ask you for a custom offer: once that is paid, the work"
    " goes on."
)
THINK_TWICE = msg(
    "You can cancel, but think twice: %(buyer)s gets back all of the %(total)s, you earn nothing"
    " for the work that you have done, and it counts against your completion rate, which decides"
    " how high your services are listed."
)


def advice_to_buyer(context: ReaderContext) -> Iterator[str]:
    """Tell the buyer of their two ways, and of what else there is."""
    more = MORE_WORK_WITH_EXTRAS if context.order.extras else MORE_WORK
    yield from map(context.say, (TWO_WAYS, COMPLETE, DISPUTE, more, HALF_WAY))


def advice_to_seller(context: ReaderContext) -> Iterator[str]:
    """Tell the seller to wait, to be understood and stay calm, and what cancelling would cost."""
    more = BUYER_BUYS_EXTRAS if context.order.extras else BUYER_BUYS
    yield f"{context.say(WAIT)} {context.say(MEANWHILE)}"
    yield f"{context.say(BUYER_DECIDES)} {context.say(more)}"
    yield context.say(HALF_WAY)
    yield context.say(THINK_TWICE)
