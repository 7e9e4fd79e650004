"""How the operators' pages call what a payment provider says, what came of it, and what a person
does about it."""

from collections.abc import Collection, Mapping

from api.pages.tones import Tone
from domain.payments import (
    NEEDS_A_PERSON,
    OF_DISPUTES,
    OF_PAYOUTS,
    EventOutcome,
    ProviderEventKind,
)
from texts.catalogue import msg

PERSON = "person"
"""What is looked for in an address where a person has to look into it."""

KINDS: dict[ProviderEventKind, str] = {
    ProviderEventKind.PAY_IN_PAID: msg("A payment came in"),
    ProviderEventKind.PAY_IN_FAILED: msg("A payment failed"),
    ProviderEventKind.PAY_IN_LAPSED: msg("A payment lapsed"),
    ProviderEventKind.PAYOUT_PAID: msg("A payout was paid"),
    ProviderEventKind.PAYOUT_FAILED: msg("A payout failed"),
    ProviderEventKind.PAYOUT_CANCELLED: msg("A payout was taken back"),
    ProviderEventKind.ACCOUNT_CHANGED: msg("An account changed"),
    ProviderEventKind.DISPUTE_OPENED: msg("A payment is disputed"),
    ProviderEventKind.DISPUTE_WON: msg("A disputed payment was kept"),
    ProviderEventKind.DISPUTE_LOST: msg("A disputed payment was lost"),
    ProviderEventKind.OTHER: msg("Something else"),
}
OUTCOMES: dict[EventOutcome, tuple[Tone, str]] = {
    EventOutcome.APPLIED: ("good", msg("Carried out")),
    EventOutcome.NOTHING_NEW: ("", msg("Known before")),
    EventOutcome.THEIRS_ONLY: ("bad", msg("Theirs only")),
    EventOutcome.DIFFERS: ("bad", msg("Differs")),
    EventOutcome.NOT_OURS: ("", msg("Not for here")),
}
UNDECIDED: tuple[Tone, str] = ("wait", msg("Under way"))
TO_DO: dict[EventOutcome, str] = {
    EventOutcome.THEIRS_ONLY: msg(
        "The provider has a payment that is not known here, or a second one for a payment that is"
        " paid already. Nothing was booked. Look it up there by its reference: if it is somebody’s,"
        " pay it in by hand under that reference; if not, have the provider send it back."
    ),
    EventOutcome.DIFFERS: msg(
        "The provider took another amount or currency than was asked for. Nothing was booked. Look"
        " it up there by its reference: pay in by hand what really came, under that reference, or"
        " have the provider send it back and let the payer begin again."
    ),
}
"""What a person does about what is said of payments in; of every outcome that needs one."""

TO_DO_OF_PAYOUTS: dict[EventOutcome, str] = {
    EventOutcome.THEIRS_ONLY: msg(
        "The provider speaks of a payout that is not known here, or of a second one for a payout"
        " that is. Nothing was booked. Look it up there by its reference: if somebody was paid,"
        " write it down as paid out by hand under that reference; if not, have the provider take"
        " it back."
    ),
    EventOutcome.DIFFERS: msg(
        "The provider says that it paid what is in the wallet again here, or another amount than"
        " was asked for. Nothing was booked. Look it up there by its reference: what was really"
        " paid, write down as paid out by hand under that reference, or have the provider take it"
        " back."
    ),
}
"""The same of what is said of payouts."""

TO_DO_OF_DISPUTES: dict[EventOutcome, str] = {
    EventOutcome.THEIRS_ONLY: msg(
        "The provider speaks of a dispute of a payment that is not known here, or of another one"
        " of a payment that a bank has taken back already. Nothing is frozen, and nothing was"
        " booked. Look it up there by its reference, and answer it there in time. Pay nothing in"
        " for it: if it is lost, the bank keeps the money, and it is to be settled with whoever has"
        " it here."
    ),
    EventOutcome.DIFFERS: msg(
        "The provider speaks of a dispute that is larger than the payment, in another currency, or"
        " that had ended otherwise before. Nothing new was booked. Look it up there by its"
        " reference, compare it with the payment here, and settle with the provider what differs."
    ),
}
"""The same of what is said of disputes."""

TO_DO_OF_ACCOUNTS: dict[EventOutcome, str] = {
    EventOutcome.THEIRS_ONLY: msg(
        "The provider speaks of an account that was not known here when it did: one that was just"
        " being opened, or that is nobody’s here. Nothing was noted. Whoever is paid out to it sees"
        " how it stands as soon as they look at it: the provider is asked then."
    ),
}
"""The same of what is said of accounts, which have no amount to differ in."""

OF_ACCOUNTS = (ProviderEventKind.ACCOUNT_CHANGED,)
TO_DO_ABOUT: tuple[tuple[Collection[str], Mapping[EventOutcome, str]], ...] = (
    (OF_PAYOUTS, TO_DO_OF_PAYOUTS),
    (OF_DISPUTES, TO_DO_OF_DISPUTES),
    (OF_ACCOUNTS, TO_DO_OF_ACCOUNTS),
)
"""By what is spoken of; everything else is of payments in."""

FILTERS: dict[str, str] = {
    PERSON: msg("Needs a person"),
    **{outcome.value: label for outcome, (_, label) in OUTCOMES.items()},
}


def outcomes_of(wanted: str) -> Collection[EventOutcome]:
    """Return what an address looks for; nothing where that is all of them."""
    if wanted == PERSON:
        return NEEDS_A_PERSON
    return [one for one in EventOutcome if one == wanted]


def to_do(kind: str, outcome: EventOutcome) -> str | None:
    """Return what a person does about something that was said; None where it needs nobody."""
    table = next((words for kinds, words in TO_DO_ABOUT if kind in kinds), TO_DO)
    return table.get(outcome)


def kind_said(kind: str) -> str:
    """Return what something is called that the provider said; what a later release knows besides is
    something else here."""
    known = kind in list(ProviderEventKind)
    return KINDS[ProviderEventKind(kind) if known else ProviderEventKind.OTHER]
