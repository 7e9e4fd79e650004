"""Payments out of wallets as lines of a list: their owner's, or that of those who operate."""

from dataclasses import dataclass
from datetime import datetime

from api.pages.payout_stage import LABELS, MOVING, Stage, stage_of
from api.pages.reader import Reader
from api.pages.tones import Tone
from db.odd_values import AnyInstant, on_calendar
from db.payouts import Payout
from db.reading import reading
from domain.money import Money


@dataclass(frozen=True)
class PayoutLine:
    """A payout, where it stands, why and since when."""

    id: str
    created_at: datetime
    user_id: str
    amount: Money
    stage: Stage
    tone: Tone
    state: str
    since: datetime
    reason: str
    reference: str

    @property
    def is_moving(self) -> bool:
        """Return whether something is to come of it."""
        return self.stage in MOVING


def payout_line(one: Payout, reader: Reader) -> PayoutLine:
    """Return a line.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    with reading(f"payout {one.id}"):
        stage = stage_of(one)
        tone, label = LABELS[stage]
        return PayoutLine(
            id=str(one.id),
            created_at=on_calendar(one.created_at),
            user_id=one.user_id,
            amount=Money(amount=one.amount, currency=one.currency),
            stage=stage,
            tone=tone,
            state=reader.formatter.say(label),
            since=on_calendar(since(one)),
            reason=one.reason or "",
            reference=one.reference or "",
        )


def since(one: Payout) -> AnyInstant:
    """Return when a payout came to where it stands: it ended, the provider was asked, or its owner
    asked for it."""
    return one.ended_at or one.called_at or one.created_at
