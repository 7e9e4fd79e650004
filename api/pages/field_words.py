"""What each field of an action is called on a page, and what stands under its name."""

from dataclasses import dataclass
from enum import StrEnum

from domain.vocabulary import Action, Ground, Ruling
from texts.catalogue import msg
from texts.reader_context import Sentence, Sides


@dataclass(frozen=True)
class FieldWords:
    """A field's name, and a hint where one helps."""

    label: Sentence
    hint: Sentence | None = None


SELLER_READS = msg("%(Seller)s reads these words.")
BUYER_READS = msg("%(Buyer)s reads these words.")
OTHER_READS = Sides(SELLER_READS, BUYER_READS, msg("Both sides read these words."))
WEB_ADDRESSES = msg("Web addresses, such as where your files can be downloaded.")
THE_OFFER = FieldWords(msg("The offer"))
THE_PROPOSAL = FieldWords(msg("The proposal"))
BETWEEN = msg("More than nothing, and less than %(total)s.")

FIELD_WORDS: dict[tuple[Action, str], FieldWords] = {
    (Action.DELIVER, "message"): FieldWords(msg("Your message"), BUYER_READS),
    (Action.DELIVER, "links"): FieldWords(msg("Links to the files"), WEB_ADDRESSES),
    (Action.REQUEST_REVISION, "reason"): FieldWords(
        msg("What should be changed"),
        msg("Name each point, and how it should be. %(Seller)s reads these words."),
    ),
    (Action.REFUSE_REVISION, "ground"): FieldWords(msg("On what ground")),
    (Action.REFUSE_REVISION, "reason"): FieldWords(
        msg("Why"), msg("Explain it calmly. %(Buyer)s decides by what you write here.")
    ),
    (Action.OPEN_DISPUTE, "reason"): FieldWords(
        msg("What is wrong"), msg("The mediator and %(seller)s read these words.")
    ),
    (Action.BUY_EXTRA, "extra_id"): FieldWords(msg("The extra")),
    (Action.REQUEST_OFFER, "description"): FieldWords(msg("What you need"), SELLER_READS),
    (Action.MAKE_OFFER, "title"): FieldWords(
        msg("What you offer"), msg("In a few words, such as “A letterhead”.")
    ),
    (Action.MAKE_OFFER, "description"): FieldWords(msg("What it includes"), BUYER_READS),
    (Action.MAKE_OFFER, "price"): FieldWords(
        msg("Price"), msg("What %(buyer)s pays. The commission is taken from it.")
    ),
    (Action.MAKE_OFFER, "delivery_time"): FieldWords(
        msg("Time for the work"), msg("It begins when the offer is accepted.")
    ),
    (Action.WITHDRAW_OFFER, "offer_id"): THE_OFFER,
    (Action.DECLINE_OFFER, "offer_id"): THE_OFFER,
    (Action.ACCEPT_OFFER, "offer_id"): THE_OFFER,
    (Action.REQUEST_CANCELLATION, "reason"): FieldWords(
        msg("Why you would like to cancel"), SELLER_READS
    ),
    (Action.REFUSE_CANCELLATION, "reason"): FieldWords(
        msg("Why you do not cancel"), msg("Explain it calmly. %(Buyer)s reads these words.")
    ),
    (Action.CANCEL, "reason"): FieldWords(msg("Why you cancel"), OTHER_READS),
    (Action.PROPOSE_SETTLEMENT, "refund"): FieldWords(
        Sides(msg("What comes back to you"), msg("What goes back to %(buyer)s")), BETWEEN
    ),
    (Action.PROPOSE_SETTLEMENT, "reason"): FieldWords(msg("Why this share"), OTHER_READS),
    (Action.WITHDRAW_SETTLEMENT, "settlement_id"): THE_PROPOSAL,
    (Action.ACCEPT_SETTLEMENT, "settlement_id"): THE_PROPOSAL,
    (Action.ASSIGN, "mediator_id"): FieldWords(
        msg("Mediator"), msg("The user id of who is to have the case.")
    ),
    (Action.RELEASE, "reason"): FieldWords(
        msg("Why you give it back"), msg("The next mediator reads these words.")
    ),
    (Action.ADD_STATEMENT, "statement"): FieldWords(
        msg("Your statement"), msg("Everybody who has to do with the case reads it.")
    ),
    (Action.ADD_STATEMENT, "links"): FieldWords(msg("Links to evidence"), WEB_ADDRESSES),
    (Action.RESOLVE, "outcome"): FieldWords(msg("What becomes of the order")),
    (Action.RESOLVE, "refund"): FieldWords(
        msg("What goes back to %(buyer)s"),
        msg("If the money is shared: more than nothing, and less than %(total)s."),
    ),
    (Action.RESOLVE, "delivery_time"): FieldWords(
        msg("New time for the work"), msg("If the work goes on: it begins with your decision.")
    ),
    (Action.RESOLVE, "reasons"): FieldWords(
        msg("Your reasons"), msg("Both sides read them, word for word.")
    ),
}

OPTIONS: dict[StrEnum, FieldWords] = {
    Ground.VAGUE: FieldWords(
        msg("Too vague"), msg("It does not say clearly enough what should be changed.")
    ),
    Ground.NOT_INCLUDED: FieldWords(
        msg("Not included"), msg("The service does not include it; it would be something extra.")
    ),
    Ground.OUT_OF_SCOPE: FieldWords(
        msg("Another work"), msg("It asks for something else than the brief does.")
    ),
    Ground.OTHER: FieldWords(msg("Something else"), msg("Say it in your own words below.")),
    Ruling.REFUND: FieldWords(
        msg("Refund everything"), msg("%(Buyer)s gets back %(total)s, and the order is cancelled.")
    ),
    Ruling.PAY_SELLER: FieldWords(
        msg("Pay the work"), msg("%(Seller)s is paid %(pay)s, and the order is completed.")
    ),
    Ruling.SPLIT: FieldWords(
        msg("Share the money"), msg("A part goes back, and %(seller)s is paid the rest.")
    ),
    Ruling.RESTART: FieldWords(
        msg("Give more time"), msg("The order is in progress again, and the money stays.")
    ),
}
"""The ways of a choice, each with a line."""

UNITS: dict[str, str] = {"days": msg("days"), "hours": msg("hours")}
"""In what a length of time is written."""
