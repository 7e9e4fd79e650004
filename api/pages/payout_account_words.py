"""How somebody's account at the payment provider is told to them: whether it pays them out, what it
still asks, and how they go on."""

from dataclasses import dataclass

from api.pages.reader import Reader
from api.pages.tones import Tone
from api.payout_accounts import view
from db.payout_accounts import KeptAccount
from domain.payments import AccountState
from texts.catalogue import msg

LABELS: dict[AccountState, tuple[Tone, str]] = {
    AccountState.NONE: ("", msg("No account yet")),
    AccountState.PENDING: ("you", msg("Not finished")),
    AccountState.ACTIVE: ("good", msg("Ready")),
    AccountState.RESTRICTED: ("bad", msg("Restricted")),
}
"""In which tone a state is read, and what it is called."""

HEADLINES: dict[AccountState, str] = {
    AccountState.NONE: msg("You have no account to be paid out to yet"),
    AccountState.PENDING: msg("Your account to be paid out to is not finished"),
    AccountState.ACTIVE: msg("You can be paid out"),
    AccountState.RESTRICTED: msg("The payment provider pays you nothing for now"),
}
LEADS: dict[AccountState, str] = {
    AccountState.NONE: msg(
        "The payment provider pays you, and has to know who you are and where your bank is. You"
        " tell it on its own pages; the marketplace does not see it."
    ),
    AccountState.PENDING: msg(
        "The payment provider still has to know something, or is looking at what you told it. Your"
        " money stays in your wallet until then."
    ),
    AccountState.ACTIVE: msg(
        "The payment provider knows all that it needs. What can be paid out of your wallet goes to"
        " your account there, whenever you ask for it."
    ),
    AccountState.RESTRICTED: msg(
        "It asks something more of you. Your money stays in your wallet until then; what is on its"
        " way already may come back."
    ),
}
SAYS_NOT_WHY = msg(
    "It does not say what it still needs of you. Your money stays in your wallet; what is on its"
    " way already may come back. Please ask the marketplace’s support."
)
"""Of an account that is restricted, though nothing is asked: its owner can do nothing there."""

ONWARD: dict[AccountState, str] = {
    AccountState.NONE: msg("Open an account"),
    AccountState.PENDING: msg("Go on with your account"),
    AccountState.RESTRICTED: msg("Tell the payment provider"),
}
"""What the button is called that leads to the provider's pages."""

SILENT = msg(
    "The payment provider does not answer for the moment. This is what it said last; look again in"
    " a minute."
)
REFUSES = msg(
    "The payment provider does not go on with your account. Please ask the marketplace’s support."
)


@dataclass(frozen=True)
class AccountWords:
    """An account as its owner reads of it; `asked` is in the provider's words, and `onward` empty
    where there is nothing to tell it."""

    state: AccountState
    tone: Tone
    label: str
    headline: str
    lead: str
    onward: str
    asked: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Return whether the provider pays to it."""
        return self.state is AccountState.ACTIVE


def account_words(account: KeptAccount | None, reader: Reader) -> AccountWords:
    """Return what is said of an account, or of there being none."""
    shown, say = view(account), reader.formatter.say
    tone, label = LABELS[shown.state]
    is_mute = shown.state is AccountState.RESTRICTED and not shown.asked
    return AccountWords(
        state=shown.state,
        tone=tone,
        label=say(label),
        headline=say(HEADLINES[shown.state]),
        lead=say(SAYS_NOT_WHY if is_mute else LEADS[shown.state]),
        onward=say(ONWARD.get(shown.state, "")),
        asked=tuple(shown.asked),
    )
