"""`sequestre repair --journal`: what repairs have been begun, by whom, and what became of them."""

from typing import Any

from cli.stack_connection import StackConnection, reached
from cli.terminal import Terminal, shown
from db import operator_journal, repairs
from db.odd_values import microseconds_of
from db.operator_journal import JournalledDeed, WantedDeeds
from db.pool import Connection, connection
from db.repairs import Repair
from domain.operator_deeds import Deed, Subject
from domain.operator_text import instant

LATEST = 100
_TERMINATIONS, _REPAIRS = WantedDeeds(deed=Deed.TERMINATE), WantedDeeds(deed=Deed.REPAIR)


async def show_journal(where: StackConnection, console: Terminal) -> None:
    """Print the latest repairs of orders and payments and terminations of workflows without one,
    oldest first, each with its outcome."""
    async with reached(where) as (pool, _), connection(pool) as acquired:
        latest = await _latest(acquired)
    if not latest:
        console.say("Nothing was ever repaired.")
    for _, words in latest:
        console.say(words, markup=False)


async def _latest(connection: Connection) -> list[tuple[int, str]]:
    ended = await operator_journal.page(connection, _TERMINATIONS, None, LATEST)
    repaired = await repairs.latest(connection, LATEST)
    begun = await operator_journal.page(connection, _REPAIRS, None, LATEST)
    told = [(microseconds_of(one.at), _repair(one)) for one in repaired]
    # Those of orders have their finding in a journal of their own.
    of_payments = [one for one in begun if one.subject == Subject.WORKFLOW]
    told += [(microseconds_of(one.at), _repair_of_payment(one)) for one in of_payments]
    told += [(microseconds_of(one.at), _termination(one)) for one in ended]
    return sorted(told, key=lambda one: one[0])[-LATEST:]


def _repair(one: Repair) -> str:
    what = f"order {one.order_id} {shown(one.finding)};\n  the repair {one.remedy}"
    return _told(one.at, one.by, what, one.accepted, one.refusal)


def _repair_of_payment(one: JournalledDeed) -> str:
    what = f"workflow {shown(one.subject_id)};\n  the repair {one.reason}"
    return _told(one.at, one.by_id, what, one.accepted, one.refusal)


def _termination(one: JournalledDeed) -> str:
    what = f"workflow {shown(one.subject_id)} was to be terminated: {one.reason}"
    return _told(one.at, one.by_id, what, one.accepted, one.refusal)


def _told(at: Any, by: str, what: str, accepted: bool | None, refusal: str | None) -> str:
    told = f"{instant(at)}, {shown(by)}: {what}"  # an instant may be in no calendar
    if accepted is None:
        return f"{told}\n  it was begun, and nobody noted what became of it"
    return told if accepted else f"{told}\n  Temporal refused it: {shown(refusal or '')}"
