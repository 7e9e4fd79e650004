"""What people read of their wallet: what each entry was, and that something was taken back."""

from domain.ledger import PostingKind
from texts.catalogue import Language, msg
from texts.formatter import Formatter
from texts.notices import NoticeText

ENTRIES: dict[PostingKind, str] = {
    PostingKind.HOLD: msg("Held for an order"),
    PostingKind.RELEASE: msg("Earned with an order"),
    PostingKind.REFUND: msg("Refunded from an order"),
    PostingKind.SPLIT: msg("Share of an order that was settled"),
    PostingKind.TOP_UP: msg("Paid in"),
    PostingKind.PAYOUT: msg("Paid out"),
    PostingKind.PAYOUT_HOLD: msg("Asked to be paid out"),
    PostingKind.PAYOUT_RETURN: msg("Not paid out after all"),
    PostingKind.RECLAIM: msg("Left of an order whose payment was taken back"),
    PostingKind.RECOVERY: msg("Kept for a payment that a bank took back"),
}
TOP_UP_BACK = msg("An earlier top-up was taken back")
PAYOUT_BACK = msg("An earlier payout came back")
NOT_PAID_OUT = msg("A payout did not go through")
"""Of one through the provider: it was refused, failed, or was sent back by the bank."""

TOLD = {
    TOP_UP_BACK: msg("%(amount)s that had been paid in left your wallet again."),
    PAYOUT_BACK: msg("%(amount)s that had been paid out is in your wallet again."),
    NOT_PAID_OUT: msg("%(amount)s that you had asked to be paid out is in your wallet again."),
}


def wallet_entry(kind: PostingKind, amount: int, reason: str | None, language: Language) -> str:
    """Say what an entry of `amount` minor units was; of a reversal, why."""
    formatter = Formatter(language, "UTC")
    if kind is not PostingKind.REVERSAL:
        return formatter.say(ENTRIES[kind])
    return formatter.labelled(_back(amount), formatter.quoted(reason or ""))


HELD_AFTER = msg("The wallet held %(balance)s after that.")
KEPT = msg("Part of your money pays for a payment that a bank took back")
KEPT_TOLD = msg(
    "A bank has taken back a payment that you had received the money of, or had made yourself:"
    " %(amount)s of your wallet makes it good. If it was not enough, part of what you earn from now"
    " on does, and all that comes back to you, until all of it is paid; your wallet’s page says how"
    " much is left."
)


def wallet_notice(
    kind: PostingKind,
    amount: int,
    currency: str,
    balance: int,
    reason: str | None,
    language: Language,
) -> NoticeText:
    """Say what changed a wallet by `amount` minor units to `balance`, other than its owner."""
    if kind is PostingKind.PAYOUT_RETURN:
        return _moved_back(NOT_PAID_OUT, amount, currency, balance, reason, language)
    if kind is not PostingKind.RECOVERY:
        return reversal_notice(amount, currency, balance, reason, language)
    formatter = Formatter(language, "UTC")
    moved = formatter.money(abs(amount), currency)
    held = {"balance": formatter.money(balance, currency)}
    return NoticeText(
        formatter.labelled(KEPT, moved),
        (formatter.say(KEPT_TOLD, {"amount": moved}), formatter.say(HELD_AFTER, held)),
    )


def reversal_notice(
    amount: int, currency: str, balance: int, reason: str | None, language: Language
) -> NoticeText:
    """Say that a transfer was taken back, which changed a wallet by `amount` minor units (below
    zero: out of it) to `balance`, and why, where somebody said so."""
    return _moved_back(_back(amount), amount, currency, balance, reason, language)


def _moved_back(
    back: str, amount: int, currency: str, balance: int, reason: str | None, language: Language
) -> NoticeText:
    formatter = Formatter(language, "UTC")
    moved = formatter.money(abs(amount), currency)
    held = {"balance": formatter.money(balance, currency)}
    return NoticeText(
        formatter.labelled(back, moved),
        (
            formatter.say(TOLD[back], {"amount": moved}),
            *_why(formatter, reason),
            formatter.say(HELD_AFTER, held),
            formatter.say(msg("If you did not expect it, ask the marketplace’s support.")),
        ),
    )


def _why(formatter: Formatter, reason: str | None) -> tuple[str, ...]:
    if reason is None:
        return ()
    return (formatter.labelled(msg("The reason that was given"), formatter.quoted(reason)),)


def _back(amount: int) -> str:
    return TOP_UP_BACK if amount < 0 else PAYOUT_BACK
