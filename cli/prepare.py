"""What a stack on this machine needs of its database before anybody works on it."""

from db.clock_mark import AnotherClock, begin_test_clock, demand_the_machines_clock
from db.migrate import ChangedMigration, migrate
from embedded.errors import StackError

IS_MOVED = (
    "The stack in this data directory has a clock that can be moved, and would go back without it:"
    " start it with --test-clock, or take another --data-dir."
)
GOES_BY_ITS_OWN = (
    "The orders in this data directory go by the machine's clock, which nobody moves: start it"
    " without --test-clock, or take another --data-dir."
)


async def prepare(database_url: str, *, test_clock: bool, otherwise: str = GOES_BY_ITS_OWN) -> None:
    """Bring the database of a stack on this machine up to date, with or without a clock that can be
    moved; `otherwise` is said where there are orders that no clock can be moved for.

    Raises:
        StackError: it has the other kind of clock, or is of another release.
    """
    await _migrate(database_url)
    set_up = begin_test_clock if test_clock else demand_the_machines_clock
    try:
        await set_up(database_url)
    except AnotherClock as error:
        raise StackError(otherwise if test_clock else IS_MOVED) from error


async def _migrate(database_url: str) -> None:
    try:
        await migrate(database_url)
    except ChangedMigration as error:
        raise StackError(f"The database cannot be brought up to date: {error}.") from error
