"""What is said where people are told of a message: who wrote what, until when one can answer."""

from collections.abc import Iterator

from domain.vocabulary import Role
from texts.catalogue import msg
from texts.reader_context import ReaderContext

NEW_MESSAGE = msg("There is a new message on the order.")

WRITE: dict[Role, str] = {
    Role.BUYER: msg("%(Buyer)s writes: %(words)s"),
    Role.SELLER: msg("%(Seller)s writes: %(words)s"),
    Role.MEDIATOR: msg("The mediator writes: %(words)s"),
}
WITH_LINKS = msg("There are links with the message; they stand with it on the order.")
ANSWER = msg("You can answer with a message on the order.")
ANSWER_UNTIL = msg("You can answer with a message on the order until %(messages_until)s.")


def quoted_message(context: ReaderContext) -> Iterator[str]:
    """Quote a message for those who did not write it."""
    message = context.words.message
    if message is None:
        return
    yield context.say(WRITE[message.author.role], words=context.formatter.quoted(message.text))
    if message.links:
        yield context.say(WITH_LINKS)


def how_to_answer(context: ReaderContext) -> str:
    """Say that one can answer, and where the order has ended until when."""
    return context.say(ANSWER_UNTIL if context.order.state.is_final else ANSWER)
