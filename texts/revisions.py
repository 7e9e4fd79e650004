"""How many revisions are left, where the service includes so many and no more."""

from collections.abc import Iterator

from texts.catalogue import msg
from texts.reader_context import ReaderContext, Sides

LEFT = msg("Revisions left: %(revisions_left)s of %(revisions_included)s.")
NONE_LEFT = Sides(
    msg(
        "No revision is left. If you would like more work, ask %(seller)s for a custom offer: once"
        " it is paid, the order is in progress again."
    ),
    msg("No revision is left that %(buyer)s could ask for."),
)
NONE_LEFT_BUT_EXTRAS = Sides(
    msg(
        "No revision is left. If you would like more work, buy an extra of the service, or ask"
        " %(seller)s for a custom offer: once either is paid, the order is in progress again."
    ),
    msg("No revision is left that %(buyer)s could ask for."),
)
WHEN_ACCEPTED = msg("One is used up if %(seller)s accepts, and none if they refuse.")


def how_many_are_left(context: ReaderContext) -> Iterator[str]:
    """Say how many are left; nothing of a service without a limit."""
    if context.order.revisions_left is not None:
        yield context.say(LEFT)


def what_is_left(context: ReaderContext) -> Iterator[str]:
    """Say how many the buyer can still ask for; where there is none, what they can do instead."""
    if context.order.revisions_left != 0:
        yield from how_many_are_left(context)
        return
    yield context.say(NONE_LEFT_BUT_EXTRAS if context.order.extras else NONE_LEFT)


def before_asking(context: ReaderContext) -> Iterator[str]:
    """Say how many are left to who is about to ask for one, and when one is used up."""
    if context.order.revisions_left is not None:
        yield f"{context.say(LEFT)} {context.say(WHEN_ACCEPTED)}"
