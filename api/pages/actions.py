"""The face of each action on a page: where it stands, what it is called, and what its button says.

Read by the pages that offer an action, ask for its fields, show what it would do and confirm it: a
new action in the rules needs a row here, its fields in `field_words`, and no template.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.vocabulary import Action, Ruling
from texts.catalogue import msg
from texts.reader_context import Sentence, Sides


class Group(StrEnum):
    """Beside what an action stands, in the order of the page."""

    DECIDE = "decide"
    """Ways to go on of which none is preferred."""

    ANSWER = "answer"
    """On the thing that it answers: an offer, a proposal, a wish to cancel."""

    TOGETHER = "together"
    EARLY_END = "early_end"
    CASE = "case"


class Tone(StrEnum):
    """How loud it is."""

    PLAIN = "plain"
    STOP = "stop"
    """It takes something away from somebody."""


@dataclass(frozen=True)
class Face:
    """What an action is called (`label`), what one says of it in a line (`says`), and what its last
    button says (`confirm`), which names the sum that moves: `%(spent)s` leaves the buyer's wallet,
    `%(back)s` comes into it, `%(earned)s` into the seller's, `%(refund)s` is what was written."""

    group: Group
    label: Sentence
    says: Sentence
    confirm: Sentence
    tone: Tone = Tone.PLAIN


def _both(buyer: str, seller: str) -> Sides:
    return Sides(buyer, seller, seller)


HEADINGS: dict[Group, str] = {
    Group.DECIDE: msg("What you can do now"),
    Group.ANSWER: msg("Your answer"),
    Group.TOGETHER: msg("Go on together"),
    Group.EARLY_END: msg("End it early"),
    Group.CASE: msg("About the dispute"),
}
NOT_NOW = msg("Not possible now")

FACES: dict[Action, Face] = {
    Action.ACCEPT: Face(
        Group.DECIDE,
        msg("Accept the order"),
        msg("The work begins, and so does your time to deliver."),
        msg("Accept the order"),
    ),
    Action.DELIVER: Face(
        Group.DECIDE,
        msg("Deliver the work"),
        msg("%(Buyer)s checks it, and then completes the order or asks for a revision."),
        msg("Deliver"),
    ),
    Action.REQUEST_REVISION: Face(
        Group.DECIDE,
        msg("Ask for a revision"),
        msg("Something is not right yet. Say what, and %(seller)s answers."),
        msg("Ask for this revision"),
    ),
    Action.ACCEPT_REVISION: Face(
        Group.DECIDE,
        msg("Do the revision"),
        msg("The order is in progress again, with time for the changes."),
        msg("Do the revision"),
    ),
    Action.REFUSE_REVISION: Face(
        Group.DECIDE,
        msg("Refuse the revision"),
        msg("%(Buyer)s reads why, and then completes the order or opens a dispute."),
        msg("Refuse the revision"),
    ),
    Action.COMPLETE: Face(
        Group.DECIDE,
        msg("Complete the order"),
        msg("The work is right as it is. %(Seller)s is paid, and nothing comes back to you."),
        msg("Complete, and pay %(earned)s to %(seller)s"),
    ),
    Action.OPEN_DISPUTE: Face(
        Group.DECIDE,
        msg("Open a dispute"),
        msg("A mediator hears both of you, and then decides. Until then the money stays."),
        msg("Open the dispute"),
    ),
    Action.BUY_EXTRA: Face(
        Group.TOGETHER,
        msg("Buy “%(extra)s”"),
        msg("%(extra_price)s more, and %(extra_time)s more of work."),
        msg("Buy for %(spent)s"),
    ),
    Action.REQUEST_OFFER: Face(
        Group.TOGETHER,
        msg("Ask for a custom offer"),
        msg("Say what you need; %(seller)s names a price. Asking costs nothing."),
        msg("Send the request"),
    ),
    Action.MAKE_OFFER: Face(
        Group.TOGETHER,
        msg("Make a custom offer"),
        msg("More work for a price of its own. It changes nothing until %(buyer)s accepts it."),
        msg("Offer it for %(price_named)s"),
    ),
    Action.WITHDRAW_OFFER: Face(
        Group.ANSWER,
        msg("Withdraw the offer"),
        msg("Your offer is closed, and costs nothing."),
        msg("Withdraw the offer"),
        Tone.STOP,
    ),
    Action.DECLINE_OFFER: Face(
        Group.ANSWER,
        msg("Decline the offer"),
        msg("The offer is closed, and costs nothing."),
        msg("Decline the offer"),
        Tone.STOP,
    ),
    Action.ACCEPT_OFFER: Face(
        Group.ANSWER,
        msg("Accept the offer"),
        msg("Its price goes into escrow, and the work is part of the order."),
        msg("Accept, and pay %(spent)s into escrow"),
    ),
    Action.REQUEST_CANCELLATION: Face(
        Group.EARLY_END,
        msg("Ask %(seller)s to cancel"),
        msg("If %(seller)s agrees, all of the money comes back to you."),
        msg("Ask to cancel"),
    ),
    Action.REFUSE_CANCELLATION: Face(
        Group.ANSWER,
        msg("Refuse to cancel"),
        msg("The work goes on, and %(buyer)s may open a dispute."),
        msg("Refuse to cancel"),
    ),
    Action.CANCEL: Face(
        Group.EARLY_END,
        _both(msg("Cancel, and get everything back"), msg("Cancel the order")),
        _both(
            msg("The order ends here, and all that you paid comes back to you."),
            msg("The order ends here, and %(buyer)s gets everything back."),
        ),
        msg("Cancel, and refund %(back)s"),
        Tone.STOP,
    ),
    Action.PROPOSE_SETTLEMENT: Face(
        Group.TOGETHER,
        msg("Propose to share the money"),
        Sides(
            msg("A part comes back to you, the rest goes %(to_seller)s, if they agree."),
            msg("A part goes back to %(buyer)s, the rest is yours, if they agree."),
        ),
        Sides(
            msg("Propose that %(refund)s comes back to you"),
            msg("Propose to give %(refund)s back"),
        ),
    ),
    Action.WITHDRAW_SETTLEMENT: Face(
        Group.ANSWER,
        msg("Withdraw the proposal"),
        msg("Your proposal is closed, and the order goes on as it stands."),
        msg("Withdraw the proposal"),
        Tone.STOP,
    ),
    Action.ACCEPT_SETTLEMENT: Face(
        Group.ANSWER,
        msg("Accept the proposal"),
        msg("The order ends, and the money is shared as proposed. That is final."),
        Sides(
            msg("Accept, and get %(back)s back"),
            msg("Accept, and receive %(earned)s"),
        ),
    ),
    Action.ASSIGN: Face(
        Group.CASE,
        Sides(msg("Take the case"), msg("Take the case"), msg("Take the case")),
        msg("It is then yours to decide, by a day that both sides read."),
        msg("Take the case"),
    ),
    Action.RELEASE: Face(
        Group.CASE,
        msg("Give the case back"),
        msg("It waits in the queue again, and the next mediator reads why."),
        msg("Give the case back"),
    ),
    Action.ADD_STATEMENT: Face(
        Group.CASE,
        msg("Add a statement"),
        msg("What you write stands in the case, for both sides and the mediator."),
        msg("Add the statement"),
    ),
    Action.RESOLVE: Face(
        Group.CASE,
        msg("Decide the case"),
        msg("Both sides read what you decide, and why. It is final."),
        msg("Decide so"),
    ),
}

HANDED_OVER = Face(
    Group.CASE,
    msg("Hand the case over"),
    msg("Name the mediator who is to have it; who had it is told."),
    msg("Hand the case over"),
)
"""What `assign` is to an operator, who takes no case."""

WAIT = Face(
    Group.DECIDE,
    msg("Give more time"),
    msg("%(Seller)s can still deliver. Nothing happens by itself, and you can cancel later."),
    msg("Ask when it will come"),
)
"""What a buyer can do about a late order beside cancelling: nothing, and ask."""

RULED: dict[Ruling, str] = {
    Ruling.REFUND: msg("Decide so: %(back)s goes back"),
    Ruling.PAY_SELLER: msg("Decide so: %(earned)s is paid"),
    Ruling.SPLIT: msg("Decide so: %(back)s goes back, %(earned)s is paid"),
    Ruling.RESTART: msg("Decide so: the work goes on"),
}
"""What the last button of a ruling says, by what it does to the money."""
