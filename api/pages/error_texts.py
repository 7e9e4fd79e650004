"""What a page says that could not be shown, or could not do what was asked."""

from dataclasses import dataclass

from domain.vocabulary import Code
from texts.catalogue import msg
from texts.formatter import Formatter


@dataclass(frozen=True)
class ErrorPage:
    """What happened, what it means, and what the one way on is called."""

    title: str
    meaning: str


NOT_FOUND = (
    msg("There is nothing here"),
    msg("The address is wrong, or what it leads to is not yours to see."),
)
SIGN_IN = (
    msg("Please sign in"),
    msg("Nobody is signed in here, or your session has ended."),
)
TELLS: dict[Code, tuple[str, str]] = {
    Code.UNAUTHENTICATED: SIGN_IN,
    Code.NOT_FOUND: NOT_FOUND,
    Code.METHOD_NOT_ALLOWED: NOT_FOUND,
    Code.FORBIDDEN: (
        msg("This is not for you to do"),
        msg("Your role does not include it, or the form came from another site. Nothing changed."),
    ),
    Code.INSUFFICIENT_FUNDS: (
        msg("There is not enough money in the wallet"),
        msg("Nothing changed. Top it up, and try again."),
    ),
    Code.ACTION_NOT_ALLOWED: (
        msg("The order does not allow this any more"),
        msg("It has moved on in the meantime. Nothing changed; look at it as it stands now."),
    ),
    Code.DEADLINE_PASSED: (
        msg("The time for this is over"),
        msg("Its deadline passed before you pressed. Nothing changed by it."),
    ),
    Code.VERSION_MISMATCH: (
        msg("It has changed since you looked"),
        msg("Look at it as it stands now, and decide then. Nothing changed."),
    ),
    Code.SERVICE_ARCHIVED: (
        msg("This service takes no orders any more"),
        msg("Its seller has archived it. Nothing changed."),
    ),
    Code.EXTERNAL_ID_TAKEN: (
        msg("This reference belongs to something else"),
        msg("Choose another one. Nothing changed."),
    ),
    Code.NOT_REVERSIBLE: (
        msg("This transfer cannot be taken back"),
        msg("It was taken back before, or the wallet does not hold its money any more."),
    ),
    Code.UNREADABLE: (
        msg("What is kept of this cannot be read"),
        msg("An operator has to look into it; until then it is neither shown nor changed."),
    ),
    Code.PAYLOAD_TOO_LARGE: (
        msg("That was too much at once"),
        msg("Write less, or send it in parts. Nothing changed."),
    ),
    Code.UNSUPPORTED_ENCODING: (
        msg("Your browser sent something that is not read here"),
        msg("Reload the page, and try again. Nothing changed."),
    ),
    Code.INVALID_REQUEST: (
        msg("Something in what was sent cannot be used"),
        msg("Go back, look through what you wrote, and send it again. Nothing changed."),
    ),
    Code.IDEMPOTENCY_KEY_REUSED: (
        msg("This form was used for something else before"),
        msg("Reload the page, and fill it in again. Nothing changed."),
    ),
    Code.IDEMPOTENCY_KEY_REQUIRED: (
        msg("A part of the form was missing"),
        msg("Reload the page, and fill it in again. Nothing changed."),
    ),
    Code.RATE_LIMITED: (
        msg("That was too often in a short time"),
        msg("Wait a minute, then go on. Nothing changed."),
    ),
    Code.NO_PROVIDER: (
        msg("Nobody takes payments here"),
        msg("Money comes into wallets as the marketplace writes it down. Nothing changed."),
    ),
    Code.PROVIDER_REFUSED: (
        msg("The payment provider does not take this"),
        msg("Try another amount, or another way to pay. Nothing changed."),
    ),
    Code.NOT_GENUINE: (
        msg("This does not come from the payment provider"),
        msg("It was not signed as the provider signs. Nothing changed."),
    ),
    Code.PAYOUT_ACCOUNT_NOT_READY: (
        msg("Your account at the payment provider is not ready"),
        msg("Tell the provider what it still asks of you, then try again. Nothing changed."),
    ),
    Code.PAYOUT_NOT_ALLOWED: (
        msg("This payout has moved on"),
        msg("Go back and look at where it stands now. Nothing changed."),
    ),
    Code.UNAVAILABLE: (
        msg("We cannot answer for a moment"),
        msg("Nothing is lost, and nothing changed. Try again in a minute."),
    ),
}


def error_page(code: Code, formatter: Formatter) -> ErrorPage:
    """Return what a page says of a refusal."""
    title, meaning = TELLS[code]
    return ErrorPage(formatter.say(title), formatter.say(meaning))
