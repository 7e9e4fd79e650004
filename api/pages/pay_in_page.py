"""The page of a payment into a wallet, for who makes it: what is to be done, until when, and what
came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from api.pages.pay_in_stage import LABELS, MOVING, Stage, stage_of
from api.pages.paying import web_address
from api.pages.reader import Reader
from api.pages.time_left import Countdown, countdown
from api.pages.tones import Tone
from api.pages.written_values import amount_written
from db.odd_values import on_calendar
from db.pay_ins import PayIn
from db.reading import reading
from db.wallets import Balance
from domain.money import Money
from domain.vocabulary import Code, known_code
from texts.catalogue import msg
from texts.refusals import problem_said

HEADLINES: dict[Stage, str] = {
    Stage.NOT_BEGUN: msg("This payment was not begun"),
    Stage.OPEN: msg("Pay %(amount)s at the payment provider"),
    Stage.OVER: msg("The time to pay %(amount)s is over"),
    Stage.PLACING: msg("%(amount)s has come in, and your order is being placed"),
    Stage.IN_WALLET: msg("%(amount)s is in your wallet"),
    Stage.ORDERED: msg("%(amount)s has come in, and your order is placed"),
    Stage.NOT_ORDERED: msg("%(amount)s is in your wallet, but nothing was ordered"),
    Stage.FAILED: msg("The payment of %(amount)s failed"),
    Stage.LAPSED: msg("Nobody paid the %(amount)s in time"),
}
LEADS: dict[Stage, str] = {
    Stage.NOT_BEGUN: msg(
        "The payment provider did not answer. Nothing was taken from you. You can begin another"
        " one; this one ends by itself."
    ),
    Stage.OPEN: msg("Nothing has been taken yet. You pay on the payment provider’s own page."),
    Stage.OVER: msg(
        "We are asking the payment provider what became of it. If you have paid, the money goes"
        " into your wallet once it confirms."
    ),
    Stage.PLACING: msg("That takes a moment. This page then leads you to it."),
    Stage.IN_WALLET: msg("You can order with it right away."),
    Stage.ORDERED: msg("The money went on from your wallet into the escrow of the order."),
    Stage.NOT_ORDERED: msg("The money stays in your wallet: order with it whenever you like."),
    Stage.FAILED: msg("Nothing came into your wallet. You can try again."),
    Stage.LAPSED: msg("Nothing was taken from you. You can begin another payment."),
}
AND_NO_ORDER: dict[Stage, str] = {
    Stage.FAILED: msg("Your order was not placed either."),
    Stage.LAPSED: msg(
        "Your order was not placed either. Should the money come in all the same, it is placed then"
        " if that is still possible."
    ),
}
"""What is said beside where an order hangs on it."""

NOT_CONFIRMED = msg("The payment provider has not confirmed %(amount)s yet")
CAME_BACK = msg(
    "You are back from the payment page. If you have paid, the money shows up here once the"
    " provider confirms it, often within seconds. There is no need to pay again."
)
WHERE: dict[Stage, str] = {
    Stage.IN_WALLET: msg("Came in on"),
    Stage.PLACING: msg("Came in on"),
    Stage.ORDERED: msg("Came in on"),
    Stage.NOT_ORDERED: msg("Came in on"),
    Stage.FAILED: msg("Failed on"),
    Stage.LAPSED: msg("Lapsed on"),
    Stage.OVER: msg("Could be paid until"),
    Stage.NOT_BEGUN: msg("Asked for on"),
    Stage.OPEN: msg("Time left to pay"),
}
"""What stands before the instant that counts, or before the time that is left."""

NOT_PLACED: dict[str, str] = {
    Code.VERSION_MISMATCH: msg(
        "Its seller had changed the service since you looked: you decide whether you want it as it"
        " is now."
    ),
    Code.SERVICE_ARCHIVED: msg("Its seller had archived the service, so it took no orders."),
    Code.INSUFFICIENT_FUNDS: msg(
        "Your wallet held less than the order costs: something was spent from it meanwhile."
    ),
}
"""Why an order was not placed, where that is more than the code says by itself."""

LOOKS_AGAIN: tuple[tuple[timedelta, int], ...] = (
    (timedelta(minutes=15), 3),
    (timedelta(hours=2), 15),
)
"""How often (seconds) a page that is open looks again, by how old the payment is at most: who is
about to pay waits for it, and one that was forgotten keeps no session alive."""


@dataclass(frozen=True)
class PayInPage:
    """What the template shows; `url` is where it is paid now, `again` where another one begins, and
    `every` how often (seconds) to look again, 0 for never."""

    id: str
    address: str
    stage: Stage
    tone: Tone
    state: str
    headline: str
    leads: tuple[str, ...]
    label: str
    at: str
    countdown: Countdown | None
    amount: Money
    held: Money
    then: Money
    has_order: bool
    url: str
    again: str
    order_id: str
    reason: str
    not_placed: str
    reference: str
    created_at: datetime
    is_moving: bool
    every: int


def pay_in_page(
    one: PayIn, balances: list[Balance], reader: Reader, now: datetime, *, came_back: bool
) -> PayInPage:
    """Return the page of a payment at an instant (UTC) by this machine's clock: the provider's time
    is not that of a stack whose clock was moved.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    with reading(f"payment {one.id}"):
        return _page(one, balances, reader, now, came_back)


def _page(
    one: PayIn, balances: list[Balance], reader: Reader, now: datetime, came_back: bool
) -> PayInPage:
    stage, formatter = stage_of(one, now), reader.formatter
    is_back = came_back and stage is Stage.OPEN
    tone, label = LABELS[Stage.OVER if is_back else stage]
    amount = Money(amount=one.amount, currency=one.currency)
    held = sum(each.amount for each in balances if each.currency == one.currency)
    is_open = stage is Stage.OPEN
    return PayInPage(
        id=str(one.id),
        address=f"/wallet/pay-ins/{one.id}",
        stage=stage,
        tone="you" if is_open and not is_back else tone,
        state=formatter.say(label),
        headline=formatter.say(
            NOT_CONFIRMED if is_back else HEADLINES[stage],
            {"amount": formatter.money(one.amount, one.currency)},
        ),
        leads=(formatter.say(CAME_BACK),) if is_back else _leads(one, stage, reader),
        label=formatter.say(WHERE[stage]),
        at=_instant(one, stage, reader),
        countdown=_countdown(one, reader, now) if is_open else None,
        amount=amount,
        held=Money(amount=held, currency=one.currency),
        then=Money(amount=held + one.amount, currency=one.currency),
        has_order=one.has_wish or stage in (Stage.ORDERED, Stage.NOT_ORDERED),
        url=web_address(one.url or "") if is_open else "",
        again=f"/wallet/pay-ins/new?{urlencode(_again(amount, reader))}",
        order_id=str(one.order_id or ""),
        reason=one.reason or "",
        not_placed=_not_placed(one, reader),
        reference=one.reference or "",
        created_at=on_calendar(one.created_at),
        is_moving=stage in MOVING,
        every=_every(one, reader) if stage in MOVING else 0,
    )


def _leads(one: PayIn, stage: Stage, reader: Reader) -> tuple[str, ...]:
    say = reader.formatter.say
    more = AND_NO_ORDER.get(stage) if one.has_wish else None
    return (say(LEADS[stage]), *([say(more)] if more else ()))


def _instant(one: PayIn, stage: Stage, reader: Reader) -> str:
    """Return the instant that counts once no time runs any more."""
    by_stage = {Stage.OVER: one.until, Stage.NOT_BEGUN: one.created_at, Stage.OPEN: one.until}
    at = by_stage.get(stage, one.ended_at)
    return "" if at is None else reader.formatter.moment(on_calendar(at))


def _countdown(one: PayIn, reader: Reader, now: datetime) -> Countdown | None:
    if one.until is None:
        return None
    until = on_calendar(one.until)
    return countdown(until, now, until - on_calendar(one.created_at), reader.formatter)


def _again(amount: Money, reader: Reader) -> dict[str, str]:
    return {"amount": amount_written(amount, reader.language), "currency": amount.currency}


def _not_placed(one: PayIn, reader: Reader) -> str:
    if one.order_refused_code is None:
        return ""
    known = NOT_PLACED.get(one.order_refused_code)
    if known is not None:
        return reader.formatter.say(known)
    return problem_said(known_code(one.order_refused_code), reader.formatter)


def _every(one: PayIn, reader: Reader) -> int:
    age = reader.now - on_calendar(one.created_at)
    return next((seconds for most, seconds in LOOKS_AGAIN if age < most), 0)
