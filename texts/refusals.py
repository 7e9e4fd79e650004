"""Why something was refused, said to people: without a code, and in their language.

A refusal is kept by its English words, which programs read too; `domain.reasons` recognises them.
What it does not, such as words of an earlier release, is said by its code.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from domain.duration import parsed
from domain.money import from_words
from domain.reasons import Reason, recognised
from domain.vocabulary import Code, State
from texts import disputed_payment
from texts.catalogue import msg
from texts.formatter import Formatter
from texts.labels import STATES
from texts.reader_context import ReaderContext, Sentence, Sides

NEEDS_A_MEDIATOR = msg("Please name the mediator who is to have the case.")
ONCE_AN_EXTRA = msg("Each extra can be bought once.")
NO_SUCH_EXTRA = msg("This extra is not among those that the service has.")
TOO_LONG = msg(
    "This takes %(takes)s to deliver, and an order may take %(longest)s at most: its money can be"
    " held for %(held_for)s."
)
TRY_AGAIN = msg("Something went wrong on the way. Please try once more.")

WORDS: dict[Reason, Sentence] = {
    Reason.NOT_LATE: Sides(
        msg("The order is not late: the time that %(seller)s has to deliver still runs."),
        msg("The order is not late: your time to deliver still runs."),
        msg("The order is not late: the time that %(seller)s has to deliver still runs."),
    ),
    Reason.NO_REVISION_LEFT: Sides(
        msg(
            "No revision is left of those that the service includes. For more work, buy an extra or"
            " ask for a custom offer."
        ),
        msg("No revision is left of those that your service includes."),
        msg("No revision is left of those that the service includes."),
    ),
    Reason.ANSWER_NOT_DUE: Sides(
        msg("%(Seller)s still has time to answer about the revision."),
        msg("You still have time to answer about the revision."),
        msg("%(Seller)s still has time to answer about the revision."),
    ),
    Reason.NO_EXTRA_LEFT: msg("Every extra of the service is on the order already."),
    Reason.OFFER_IS_OPEN: Sides(
        msg("An offer is open already."),
        msg("Your offer is still open: withdraw it to make another one."),
        msg("An offer is open already."),
    ),
    Reason.NO_OFFER_OPEN: msg("No offer is open."),
    Reason.ASKED_ALREADY: Sides(
        msg("You have asked already, and %(seller)s still has time to answer."),
        msg("%(Buyer)s has asked already, and you still have time to answer."),
        msg("%(Buyer)s has asked already, and %(seller)s still has time to answer."),
    ),
    Reason.NOT_ASKED_TO_CANCEL: Sides(
        msg("You have not asked to cancel."),
        msg("%(Buyer)s has not asked to cancel."),
        msg("%(Buyer)s has not asked to cancel."),
    ),
    Reason.ASK_TO_CANCEL_FIRST: Sides(
        msg(
            "First ask %(seller)s to cancel: if they refuse or do not answer, you can open a"
            " dispute."
        ),
        msg("A dispute can be opened once a wish to cancel was refused or left unanswered."),
        msg("A dispute can be opened once a wish to cancel was refused or left unanswered."),
    ),
    Reason.NO_OWN_PROPOSAL: msg("There was no proposal of one’s own to withdraw."),
    Reason.NO_OTHER_PROPOSAL: msg("There was no proposal of the other side to accept."),
    Reason.PAYMENT_HELD: disputed_payment.REFUSED,
    Reason.HELD_ALREADY: msg("The order was frozen already."),
    Reason.NOT_HELD: msg("The order was not frozen by this dispute of its payment."),
    Reason.CASE_TAKEN: msg("A mediator has this case already."),
    Reason.CASE_FREE: msg("Nobody has this case."),
    Reason.CASE_NOT_YOURS: msg("Only the mediator who has the case can do this."),
    Reason.CASE_OF_ANOTHER: msg("Another mediator has this case."),
    Reason.EXTRA_BOUGHT: ONCE_AN_EXTRA,
    Reason.NO_ROOM: msg(
        "The order has as many items as one can have, %(most)s. What is more can be ordered"
        " separately."
    ),
    Reason.HELD_TOO_LONG: msg(
        "The money of this order can be held until %(limit)s. For what follows a delivery to end by"
        " then, work may be due by %(latest)s; with this it could be due as late as"
        " %(would_be_due)s. What takes less time is possible, and more can be ordered separately."
    ),
    Reason.TOO_LONG_TO_HOLD: TOO_LONG,
    Reason.ANOTHER_OFFER: msg("This offer is no longer open: another one is."),
    Reason.NOT_A_PROPOSAL_OF_YOURS: msg("This proposal is not open any more, or is not one’s own."),
    Reason.NOT_A_PROPOSAL_OF_THEIRS: msg(
        "This proposal is not open any more, or is not of the other side."
    ),
    Reason.OFFER_LAPSED: msg("This offer was not accepted in time and has lapsed."),
    Reason.NO_SUCH_EXTRA: NO_SUCH_EXTRA,
    Reason.UNKNOWN_EXTRA: NO_SUCH_EXTRA,
    Reason.EXTRA_TWICE: ONCE_AN_EXTRA,
    Reason.OTHER_CURRENCY: msg("The amount must be in the currency of the order, %(currency)s."),
    Reason.NOT_LESS_THAN_TOTAL: msg(
        "Less than the whole must go back: the order is worth %(total_then)s."
    ),
    Reason.ID_TAKEN: TRY_AGAIN,
    Reason.ID_TOO_LONG: TRY_AGAIN,
    Reason.FOR_THEMSELF: msg("A mediator takes a case for themself alone."),
    Reason.NAME_A_MEDIATOR: NEEDS_A_MEDIATOR,
    Reason.PARTY_AS_MEDIATOR: msg("Who buys or sells on this order cannot be its mediator."),
    Reason.MOVED_ON: msg(
        "The order had moved on in the meantime. Please look at it as it is now, and then decide."
    ),
    Reason.NOT_FOR_YOU: msg("On this order, that is for somebody else to do."),
    Reason.PARTY_IN_ANOTHER_ROLE: msg(
        "Who buys or sells on this order cannot look after it as well."
    ),
    Reason.TIME_RAN_OUT: msg("The time for this ran out on %(instant)s."),
    Reason.WRONG_STATE: msg("This is not possible at this stage of the order: %(stands)s."),
    Reason.OWN_SERVICE: msg("Nobody can buy their own service."),
    Reason.WALLET_SHORT: msg("This costs %(cost)s, and the wallet holds less."),
    Reason.WALLET_SHORT_OF: msg("This costs %(cost)s, and the wallet holds %(has)s."),
    Reason.ORDER_TOO_DEAR: msg("This costs %(cost)s, and the wallet holds less."),
    Reason.READ_ONLY: msg("Operators can read the conversation, and do not write in it."),
    Reason.NOT_IN_DISPUTE: msg("Mediators write on an order while it is in dispute."),
    Reason.WRITING_OVER: msg(
        "One could write on this order until %(instant)s. What was said can still be read."
    ),
}
"""Read by who tried it, and in the order's story by the others too."""

BY_CODE: dict[Code, str] = {
    Code.UNAUTHENTICATED: msg("Please sign in first."),
    Code.INSUFFICIENT_FUNDS: msg("The wallet holds less than this costs. Nothing has changed."),
    Code.FORBIDDEN: msg("This is not for you to do."),
    Code.NOT_FOUND: msg("There is nothing here, or it is not yours to see."),
    Code.METHOD_NOT_ALLOWED: TRY_AGAIN,
    Code.ACTION_NOT_ALLOWED: msg("The order does not allow this now."),
    Code.DEADLINE_PASSED: msg("The time for this has run out."),
    Code.VERSION_MISMATCH: msg("This has changed since you read it. Please look at it again."),
    Code.SERVICE_ARCHIVED: msg("This service takes no orders any more. Nothing has changed."),
    Code.EXTERNAL_ID_TAKEN: msg("The marketplace uses this number for something else already."),
    Code.NOT_REVERSIBLE: msg("This transfer cannot be taken back. Nothing has changed."),
    Code.UNREADABLE: msg(
        "What we keep of this cannot be read, so it is neither shown nor changed until somebody has"
        " looked into it. Nothing has changed."
    ),
    Code.PAYLOAD_TOO_LARGE: msg("That is more than can be sent at once. Please shorten it."),
    Code.UNSUPPORTED_ENCODING: TRY_AGAIN,
    Code.INVALID_REQUEST: msg("Something in what was sent is missing or cannot be right."),
    Code.IDEMPOTENCY_KEY_REUSED: msg(
        "This form has been sent before, with other words. Please look at what came of it."
    ),
    Code.IDEMPOTENCY_KEY_REQUIRED: TRY_AGAIN,
    Code.RATE_LIMITED: msg("That was very often in a short time. Please wait a little."),
    Code.NO_PROVIDER: msg("Nobody takes payments here, so nothing was begun."),
    Code.PROVIDER_REFUSED: msg(
        "The payment provider does not take such a payment: the amount may be too small or too"
        " large for it, or in a currency that it does not have. Nothing was taken."
    ),
    Code.NOT_GENUINE: TRY_AGAIN,
    Code.PAYOUT_ACCOUNT_NOT_READY: msg(
        "The payment provider does not pay you out yet: it still has to know more of you. Nothing"
        " has left your wallet."
    ),
    Code.PAYOUT_NOT_ALLOWED: msg(
        "This payout has moved on in the meantime, so nothing was done. Look at where it stands."
    ),
    Code.UNAVAILABLE: msg(
        "We cannot do this for the moment. Nothing has changed: please try again in a minute."
    ),
}
"""Of what has no order to speak of, and of words that are not recognised."""


def refusal_said(code: Code, detail: str, reader: ReaderContext) -> str:
    """Say why something was not done on an order, or not possible, to one of its people."""
    found = recognised(detail)
    if found is None:
        return problem_said(code, reader.formatter)
    reason, about = found
    try:
        values = {name: said for key in about for name, said in _value(key, about[key], reader)}
    except (ValueError, KeyError):  # words that look like ours, and speak of something else
        return problem_said(code, reader.formatter)
    return reader.say(WORDS[reason], **values)


def missing(reason: Reason, reader: ReaderContext) -> str:
    """Say what a rule's condition waits for: why an action that one would expect is not there."""
    return reader.say(WORDS[reason])


def problem_said(code: Code, formatter: Formatter) -> str:
    """Say why something was refused that belongs to no order."""
    return formatter.say(BY_CODE[code])


def placing_said(code: Code, detail: str, formatter: Formatter) -> str:
    """Say why an order was not placed: there is none yet to speak of, nor its people."""
    reason, about = recognised(detail) or (None, {})
    if reason is not Reason.TOO_LONG_TO_HOLD:
        return problem_said(code, formatter)
    return formatter.say(TOO_LONG, dict(VALUES[key](about[key], formatter) for key in about))


def _value(key: str, text: str, reader: ReaderContext) -> list[tuple[str, str]]:
    return [VALUES[key](text, reader.formatter)] if key in VALUES else []


def _money(name: str) -> Callable[[str, Formatter], tuple[str, str]]:
    return lambda text, formatter: (name, formatter.money(*from_words(text)))


def _instant(name: str) -> Callable[[str, Formatter], tuple[str, str]]:
    return lambda text, formatter: (
        name,
        formatter.instant(datetime.fromisoformat(text).replace(tzinfo=UTC)),
    )


def _duration(name: str) -> Callable[[str, Formatter], tuple[str, str]]:
    return lambda text, formatter: (name, formatter.duration(parsed(text)))


VALUES: dict[str, Callable[[str, Formatter], tuple[str, str]]] = {
    "most": lambda text, formatter: ("most", formatter.number(int(text))),
    "currency": lambda text, _: ("currency", text),
    "total": _money("total_then"),
    "price": _money("cost"),
    "held": _money("has"),
    "at": _instant("instant"),
    "until": _instant("instant"),
    "limit": _instant("limit"),
    "latest": _instant("latest"),
    "due": _instant("would_be_due"),
    "takes": _duration("takes"),
    "longest": _duration("longest"),
    "hold": _duration("held_for"),
    "state": lambda text, formatter: ("stands", formatter.say(STATES[State(text)])),
}
"""What of a refusal's words people read too, by its name there; ids and actions' names are left
out."""
