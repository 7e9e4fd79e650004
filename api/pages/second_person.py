"""Why a second person has to approve a payout, as its owner and who decides read it."""

from api.pages.reader import Reader
from db.odd_values import on_calendar
from domain.money import Money
from domain.payout_approval import NeededApproval
from texts.catalogue import msg

APPROVED = msg(
    "Since it is more than %(above)s, somebody else at the marketplace has to approve it before it"
    " goes out. If they do not, the money is in your wallet again and you read why."
)
APPROVED_TOGETHER = msg(
    "Together with the %(others)s that you have had paid out since %(since)s without anybody’s"
    " approval, it is more than %(above)s: somebody else at the marketplace has to approve it"
    " before it goes out. If they do not, the money is in your wallet again and you read why."
)
NOT_APPROVED = msg("Nobody else has to approve it: the payment provider is asked right away.")
WAITS_TOGETHER = msg(
    "The money has left your wallet and is set aside for you. Together with the %(others)s that you"
    " have had paid out since %(since)s without anybody’s approval, it is more than %(above)s;"
    " somebody of the marketplace looks at that before it goes out. There is nothing for you to do."
)
BY_ITSELF = msg("By itself it is more than the %(above)s that go out without a second person.")


def announced(why: NeededApproval | None, currency: str, reader: Reader) -> str:
    """Say before a payout is asked for whether somebody else has to approve it."""
    if why is None:
        return reader.formatter.say(NOT_APPROVED)
    sentence = APPROVED_TOGETHER if why.others else APPROVED
    return reader.formatter.say(sentence, _values(why, currency, reader))


def waits_for_others(why: NeededApproval, currency: str, reader: Reader) -> str:
    """Tell its owner why a payout waits that would not by itself."""
    return reader.formatter.say(WAITS_TOGETHER, _values(why, currency, reader))


def told_to_decide(why: NeededApproval, money: Money, reader: Reader) -> str:
    """Tell who decides why they are asked about a payout of so much."""
    values = _values(why, money.currency, reader)
    if why.others is None:
        return reader.formatter.say(BY_ITSELF, values)
    total = reader.formatter.money(money.amount + why.others.amount, money.currency)
    return reader.formatter.counted(
        "Together with one other since %(since)s that nobody approved, it comes to %(total)s: more"
        " than the %(above)s that go out without a second person.",
        "Together with %(n)s others since %(since)s that nobody approved, it comes to %(total)s:"
        " more than the %(above)s that go out without a second person.",
        why.others.count,
        {**values, "total": total},
    )


def _values(why: NeededApproval, currency: str, reader: Reader) -> dict[str, str]:
    formatter, others = reader.formatter, why.others
    values = {"above": formatter.money(why.above, currency)}
    if others is not None:
        values["others"] = formatter.money(others.amount, currency)
        values["since"] = formatter.moment(on_calendar(others.since))
    return values
