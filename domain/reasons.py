"""Why the rules refuse something, in the words that programs and operators read.

What was refused is kept in its journal by these words, those of years ago too. So a page that says
it in its reader's language recognises them (`recognised`, `texts.refusals`): whoever changes words
here leaves the old ones to be said by their code alone.
"""

import re
from enum import StrEnum
from functools import cache


class Reason(StrEnum):
    """A sentence, or what is wrong with a field; `{names}` stand for what it speaks of."""

    NOT_LATE = "The order is not late: the seller's time to deliver has not run out."
    NO_REVISION_LEFT = (
        "No revision of those that the service includes is left. To have more done, buy an extra"
        " (buy_extra), or ask the seller for an offer (request_offer)."
    )
    ANSWER_NOT_DUE = "The seller still has time to answer the request for a revision."
    NO_EXTRA_LEFT = "Every extra of this service has been bought already."
    OFFER_IS_OPEN = "An offer is open already; withdraw it to make another."
    NO_OFFER_OPEN = "No offer is open."
    ASKED_ALREADY = "You have asked already; the seller still has time to answer."
    NOT_ASKED_TO_CANCEL = "The buyer has not asked to cancel."
    ASK_TO_CANCEL_FIRST = (
        "Ask the seller to cancel first; if they refuse or do not answer, a dispute can be opened."
    )
    NO_OWN_PROPOSAL = "You have no open proposal."
    NO_OTHER_PROPOSAL = "The other side has no open proposal."
    PAYMENT_HELD = (
        "The payment of this order is disputed by the payer's bank: the order is frozen until that"
        " is decided, and its deadlines stand still."
    )
    HELD_ALREADY = "The order is frozen already, by this dispute of its payment."
    NOT_HELD = "The order is not frozen by this dispute of its payment."
    CASE_TAKEN = "A mediator has taken this case already."
    CASE_FREE = "Nobody has this case."
    CASE_NOT_YOURS = "You do not have this case."
    CASE_OF_ANOTHER = "Another mediator has taken this case."

    EXTRA_BOUGHT = "This extra has been bought already; each extra can be bought once per order."
    NO_ROOM = "An order has at most {most} lines, as this one does; place another order."
    HELD_TOO_LONG = (
        "The payment provider holds this order's money until {limit} UTC. For what follows a"
        " delivery to end by then, work may be due by {latest} UTC; with this it could be due as"
        " late as {due} UTC. What takes less time is possible; more can be ordered separately."
    )
    ANOTHER_OFFER = "This offer is no longer open; another one is."
    NOT_A_PROPOSAL_OF_YOURS = "This is not an open proposal of yours."
    NOT_A_PROPOSAL_OF_THEIRS = "This is not an open proposal of the other side."
    OFFER_LAPSED = "This offer was not accepted in time and has lapsed."

    TOO_LONG_TO_HOLD = (
        "takes {takes} to deliver, and an order may take {longest} at most: the payment provider"
        " holds its money no longer than {hold}"
    )
    NO_SUCH_EXTRA = "this order's service has no such extra"
    UNKNOWN_EXTRA = "the service has no extra {extra}"
    EXTRA_TWICE = "each extra can be bought once per order"
    OTHER_CURRENCY = "must be in the order's currency, {currency}"
    NOT_LESS_THAN_TOTAL = "must be less than the order's total of {total}"
    ID_TAKEN = "must not be the id of something that the order has"
    ID_TOO_LONG = "is too long for the ledger"
    FOR_THEMSELF = "a mediator takes a case for themself; an operator can give it to another"
    NAME_A_MEDIATOR = "say which mediator is to have the case"
    PARTY_AS_MEDIATOR = "a party to the order cannot be its mediator"

    MOVED_ON = "The order has moved on from version {seen} to {now}; read it again before deciding."
    NOT_FOR_YOU = "{action} is for the order's {roles}."
    PARTY_IN_ANOTHER_ROLE = "A party to the order cannot act on it as {role}."
    TIME_RAN_OUT = "The time for this ran out at {at} UTC; the order is {state} now."
    WRONG_STATE = "The order is {state}; {action} is possible in: {states}."
    OWN_SERVICE = "Nobody can buy their own service."

    WALLET_SHORT = "The wallet holds less than the {price} this costs."
    WALLET_SHORT_OF = "This costs {price}, and the wallet holds {held}."
    ORDER_TOO_DEAR = (
        "The order costs {price}, and your wallet holds less. Nothing changed; top it up."
    )

    READ_ONLY = (
        "Operators read what is said on an order. Its buyer and its seller write, and mediators"
        " while it is in dispute."
    )
    NOT_IN_DISPUTE = (
        "Mediators write on an order while it is in dispute, which this one is not. They can read"
        " what is said."
    )
    WRITING_OVER = (
        "One can write on an order until {days} days after its end, here until {until} UTC. What"
        " was said can still be read."
    )

    def says(self, **values: object) -> str:
        """Return the words, with what they speak of."""
        return self.value.format(**values)


def recognised(detail: str) -> tuple[Reason, dict[str, str]] | None:
    """Return which reason these words give, about which field or none, and what they speak of by
    its name; None of words that are no reason of this release."""
    # What an id that somebody sent holds cannot pass for another sentence: the whole must match.
    for reason, pattern in _patterns().items():
        if (found := pattern.fullmatch(detail)) is not None:
            return reason, found.groupdict()
    return None


@cache
def _patterns() -> dict[Reason, re.Pattern[str]]:
    return {reason: re.compile(_pattern(reason), re.DOTALL) for reason in Reason}


def _pattern(reason: Reason) -> str:
    words = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(reason.value))
    return words if reason.value.endswith(".") else rf"\w+: {words}\."
