"""What was last done on an order: why somebody finds it other than they thought."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api import paging, render
from api.pages.order_story import deed_of
from api.pages.standing import Standing
from api.state import Services
from db.events import NEWEST, PART_BYTES, steps_before
from db.pool import connection
from domain.vocabulary import Role
from texts.telling import told

AMONG = 5
"""Steps among which there is one that is no reminder."""


@dataclass(frozen=True)
class LatestStep:
    """Who did what last, in a line, and when."""

    text: str
    at: datetime


async def latest_step(shared: Services, found: Standing, role: Role) -> LatestStep | None:
    """Return what was last done, reminders left out, as its reader in one capacity is told it; None
    where it cannot be read.

    Raises:
        Unavailable: the database does not answer.
    """
    number = UUID(found.row.order.id)
    async with connection(shared.pool) as acquired:
        rows = (await steps_before(acquired, number, NEWEST, AMONG, PART_BYTES)).entries
    done = (row for row in rows if not str(row.event).endswith("_reminder"))
    for event in paging.shown(done, lambda row: render.event(number, row)):
        return LatestStep(told(deed_of(event), found.told(role)), event.at)
    return None
