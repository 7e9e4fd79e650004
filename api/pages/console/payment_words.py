"""How the operators' pages call what a payment provider says, what came of it, and what a person
does about it."""

from collections.abc import Collection

from api.pages.tones import Tone
from domain.payments import NEEDS_A_PERSON, EventOutcome, ProviderEventKind
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
"""What a person does about it; of every outcome that needs one."""

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

FILTERS: dict[str, str] = {
    PERSON: msg("Needs a person"),
    **{outcome.value: label for outcome, (_, label) in OUTCOMES.items()},
}


def outcomes_of(wanted: str) -> Collection[EventOutcome]:
    """Return what an address looks for; nothing where that is all of them."""
    if wanted == PERSON:
        return NEEDS_A_PERSON
    return [one for one in EventOutcome if one == wanted]


def kind_said(kind: str) -> str:
    """Return what something is called that the provider said; what a later release knows besides is
    something else here."""
    known = kind in list(ProviderEventKind)
    return KINDS[ProviderEventKind(kind) if known else ProviderEventKind.OTHER]
