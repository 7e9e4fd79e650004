"""Payments into wallets as lines of a list: their payer's own, or that of those who operate."""

from dataclasses import dataclass
from datetime import datetime

from api.pages.pay_in_stage import LABELS, stage_of
from api.pages.reader import Reader
from api.pages.tones import Tone
from db.odd_values import on_calendar
from db.pay_ins import PayIn
from db.reading import reading
from domain.money import Money


@dataclass(frozen=True)
class PayInLine:
    """A payment, and where it stands."""

    id: str
    created_at: datetime
    user_id: str
    amount: Money
    tone: Tone
    state: str
    reference: str
    order_id: str


def pay_in_line(one: PayIn, reader: Reader) -> PayInLine:
    """Return a line.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    with reading(f"payment {one.id}"):
        tone, label = LABELS[stage_of(one, reader.now)]
        return PayInLine(
            id=str(one.id),
            created_at=on_calendar(one.created_at),
            user_id=one.user_id,
            amount=Money(amount=one.amount, currency=one.currency),
            tone=tone,
            state=reader.formatter.say(label),
            reference=one.reference or "",
            order_id=str(one.order_id or ""),
        )
