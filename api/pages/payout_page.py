"""The page of a payment out of a wallet, for whose it is: where it stands, why, and what can be
done."""

from dataclasses import dataclass
from urllib.parse import urlencode

from api.pages.payout_lines import PayoutLine, payout_line
from api.pages.payout_stage import AGAIN, CANCELLABLE, Stage
from api.pages.reader import Reader
from api.pages.second_person import waits_for_others
from api.pages.written_values import amount_written
from db.payouts import Payout
from db.reading import reading
from domain.money import Money
from texts.catalogue import msg

HEADLINES: dict[Stage, str] = {
    Stage.WAITS: msg("Your payout of %(amount)s waits for approval"),
    Stage.BEGUN: msg("Your payout of %(amount)s has begun"),
    Stage.HANDED_OVER: msg("Your payout of %(amount)s is being handed to the payment provider"),
    Stage.UNDER_WAY: msg("Your payout of %(amount)s is on its way"),
    Stage.STUCK: msg("Your payout of %(amount)s is held up"),
    Stage.PAID: msg("%(amount)s was paid to you"),
    Stage.COMING_BACK: msg("Your payout of %(amount)s is coming back"),
    Stage.FAILED: msg("Your payout of %(amount)s failed"),
    Stage.RETURNED: msg("Your payout of %(amount)s came back"),
    Stage.CANCELLED: msg("Your payout of %(amount)s was taken back"),
    Stage.REFUSED: msg("Your payout of %(amount)s was not approved"),
}
LEADS: dict[Stage, str] = {
    Stage.WAITS: msg(
        "The money has left your wallet and is set aside for you. Somebody of the marketplace looks"
        " at large payouts before they go out: there is nothing for you to do."
    ),
    Stage.BEGUN: msg(
        "The money has left your wallet and is set aside for you. The payment provider is asked to"
        " pay it, usually within a minute."
    ),
    Stage.HANDED_OVER: msg(
        "The money is set aside for you. Until the payment provider has answered, the payout cannot"
        " be taken back."
    ),
    Stage.UNDER_WAY: msg(
        "The payment provider has it, and pays it to your account there and on to your bank. That"
        " can take some days; here you see what came of it."
    ),
    Stage.STUCK: msg(
        "The payment provider has the money, and neither pays it nor gives it back. It is asked"
        " each hour, and the marketplace sees it too: nothing is lost."
    ),
    Stage.PAID: msg("Should your bank send it back, it is in your wallet again, and you are told."),
    Stage.COMING_BACK: msg(
        "It did not stay where it was paid, and the payment provider has not given it back yet. It"
        " is asked each hour; then the money is in your wallet again."
    ),
    Stage.FAILED: msg(
        "The money is in your wallet again. Look at why, then ask again if you like."
    ),
    Stage.RETURNED: msg(
        "It was paid, and your bank sent it back: the money is in your wallet again. Look at why"
        " before you ask again."
    ),
    Stage.CANCELLED: msg("Nothing was paid: the money is in your wallet again."),
    Stage.REFUSED: msg(
        "Somebody of the marketplace has looked at it, and says why below. The money is in your"
        " wallet again."
    ),
}
SINCE: dict[Stage, str] = {
    Stage.WAITS: msg("Asked for on"),
    Stage.BEGUN: msg("Asked for on"),
    Stage.HANDED_OVER: msg("Handed over since"),
    Stage.UNDER_WAY: msg("At the payment provider since"),
    Stage.STUCK: msg("At the payment provider since"),
    Stage.PAID: msg("Paid on"),
    Stage.COMING_BACK: msg("Paid on"),
    Stage.FAILED: msg("Failed on"),
    Stage.RETURNED: msg("Came back on"),
    Stage.CANCELLED: msg("Taken back on"),
    Stage.REFUSED: msg("Decided on"),
}
"""What stands before the instant that counts."""

WHOSE_WORDS: dict[bool, str] = {
    True: msg("What was said about it"),
    False: msg("In the payment provider’s words"),
}
"""Of a reason: a person's, or not."""

WOULD_PAY = msg(
    "You owe %(owed)s for a payment that a bank took back: of what you take back, %(kept)s pays"
    " that at once, and %(rest)s stays in your wallet."
)
HAS_PAID = msg(
    "Of what came back, %(kept)s has paid what you owed for a payment that a bank took back, and"
    " %(rest)s stayed in your wallet."
)


@dataclass(frozen=True)
class PayoutPage:
    """What the template shows; `can_be_taken_back` is what can be tried, `again` where what is left
    of it can be asked for once more, if so, and `debt` what of it pays, or has paid, what its owner
    owes."""

    line: PayoutLine
    address: str
    headline: str
    lead: str
    label: str
    whose_words: str
    can_be_taken_back: bool
    again: str
    debt: str


def payout_page(one: Payout, owed: int, reader: Reader) -> PayoutPage:
    """Return the page of a payout, whose owner owes so many minor units.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    line, formatter = payout_line(one, reader), reader.formatter
    amount = formatter.money(one.amount, one.currency)
    return PayoutPage(
        line=line,
        address=f"/wallet/payouts/{one.id}",
        headline=formatter.say(HEADLINES[line.stage], {"amount": amount}),
        lead=_lead(one, line.stage, reader),
        label=formatter.say(SINCE[line.stage]),
        whose_words=formatter.say(WHOSE_WORDS[line.stage is Stage.REFUSED]),
        can_be_taken_back=line.stage in CANCELLABLE,
        again=_again(one, line, reader),
        debt=_debt(one, owed, line, reader),
    )


def _lead(one: Payout, stage: Stage, reader: Reader) -> str:
    if stage is Stage.WAITS and one.approval is not None and one.approval.others is not None:
        with reading(f"payout {one.id}"):
            return waits_for_others(one.approval, one.currency, reader)
    return reader.formatter.say(LEADS[stage])


def _again(one: Payout, line: PayoutLine, reader: Reader) -> str:
    left = Money(amount=one.amount - one.recovered, currency=one.currency)
    if line.stage not in AGAIN or not left.amount:
        return ""
    asked = {"amount": amount_written(left, reader.language), "currency": left.currency}
    return f"/wallet/payouts/new?{urlencode(asked)}"


def _debt(one: Payout, owed: int, line: PayoutLine, reader: Reader) -> str:
    would_pay = min(owed, one.amount) if line.stage in CANCELLABLE else 0
    kept = one.recovered or would_pay
    sums = {"owed": owed, "kept": kept, "rest": one.amount - kept}
    values = {name: reader.formatter.money(cents, one.currency) for name, cents in sums.items()}
    return reader.formatter.say(HAS_PAID if one.recovered else WOULD_PAY, values) if kept else ""
