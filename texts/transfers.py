"""Why a transfer is never taken back, and what is possible instead."""

from domain.ledger import NeverTakenBack
from texts.catalogue import msg

NEVER_TAKEN_BACK: dict[NeverTakenBack, str] = {
    NeverTakenBack.REVERSAL: msg(
        "It takes another transfer back, and is not taken back itself: if the money did come or go"
        " after all, write it down as a new transfer."
    ),
    NeverTakenBack.PAYOUT: msg(
        "It belongs to a payout through the payment provider, whose money comes back by itself"
        " where it does not arrive."
    ),
    NeverTakenBack.CHARGEBACK: msg(
        "It moved what is owed for a payment that a bank has taken back. A top-up of the wallet"
        " makes it good."
    ),
    NeverTakenBack.PAY_IN: msg(
        "It came in through the payment provider: what the bank of its payer takes back is booked"
        " by itself. What you have sent back to its payer is a payout."
    ),
    NeverTakenBack.OF_ANOTHER_KIND: msg(
        "It is of a kind that a newer release than this knows, and is not taken back by this one."
    ),
}
