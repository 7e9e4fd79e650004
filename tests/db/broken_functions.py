"""Functions of the database that do wrong by money, for the oracles to find out."""

from db.place_functions import FUNCTIONS


def intact(function: str) -> str:
    """A function as it is."""
    return (FUNCTIONS / f"{function}.sql").read_text(encoding="utf-8")


def broken(function: str, changes: dict[str, str]) -> str:
    """The same with these words of it exchanged for others."""
    text = intact(function)
    for was, becomes in changes.items():
        assert was in text, was
        text = text.replace(was, becomes)
    return text


BOOKS_EVERY_EVENT = broken(
    "settle_pay_in",
    {
        "v_said.kind = 'pay_in_paid' AND v_one.state = 'paid'": "false",
        "'top_up:pay-in:' || p_id": "'top_up:pay-in:' || p_id || v_said.id",
    },
)
"""A payment is booked for each event that says it is paid."""

CHARGES_TWICE = broken(
    "shares_of_chargeback",
    {"p_one.amount - coalesce(gone.amount, 0) - sellers": "p_one.amount - sellers"},
)
"""A payment that is lost while its order runs leaves escrow, and is owed by its payer too."""

FORGETS_RECOVERIES = broken(
    "post_all", {"PERFORM recover_from_order(p_order, p_currency);": "NULL;"}
)
"""Nothing is kept of what orders bring to those who owe something."""

BRINGS_BACK_WHOLE = broken("bring_payout_back", {"PERFORM recover(": "RETURN; PERFORM recover("})
"""Nothing is kept of what payouts bring back to those who owe something."""

REVERSES_WHOLE = broken("ledger.reverse", {"IF v_one.kind = 'payout' THEN": "IF false THEN"})
"""Nothing is kept of what payouts by hand bring back that are taken back."""
