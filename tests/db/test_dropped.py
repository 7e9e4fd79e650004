"""Each constraint, unique index and trigger is dropped in turn, and what it refused is let through:
a test of the table that provokes it misses it."""

import pytest

from tests.db.constraint_violations import (
    BACKED,
    Breach,
    Drops,
    Violation,
    backers,
    drop,
    named,
    refusal,
)
from tests.db.feeding import FEEDING
from tests.db.market import Owner
from tests.db.test_demanded_values import NULLABLE, columns_of
from tests.db.test_guards import (
    BACKWARDS,
    CHANGES,
    FINAL,
    LEGLESS,
    REMOVALS,
    REWRITINGS,
    UNPAID,
    UNTOLD,
)
from tests.db.test_kept_lists import KEEPING
from tests.db.test_references import REFERENCES
from tests.db.test_refusals import CHECKS, UNIQUE, UPDATES

PROVOCATIONS: list[Violation] = [
    *UNIQUE,
    *CHECKS,
    *REFERENCES,
    *UPDATES,
    *CHANGES,
    *REMOVALS,
    *REWRITINGS,
    *BACKWARDS,
    LEGLESS,
    *FINAL,
    *UNPAID,
    *UNTOLD,
]


@pytest.mark.parametrize("violation", PROVOCATIONS, ids=named)
async def test_without_what_refuses_it_a_violation_is_let_through(
    violation: Violation, tampering: Owner, drops: Drops
) -> None:
    gone = [violation.breaks, *backers(violation)]
    for backer in backers(violation):
        others = [name for name in gone if name != backer]
        assert await refusal(tampering, violation, others, drops), f"{backer} refuses nothing"
    assert await refusal(tampering, violation, gone, drops) == ""


@pytest.mark.parametrize("table", NULLABLE)
async def test_without_not_null_a_row_without_its_value_is_let_through(
    table: str, tampering: Owner, drops: Drops
) -> None:
    # A copy is in its original's way, whatever it lacks; a primary key demands its values too, and
    # so do the lists that are kept of it, and who looks whether there is what it tells of.
    keys = {row.breaks for row in UNIQUE if row.table == table}
    keeping = {name for name in KEEPING | FEEDING if name.startswith(f"{table}.")}
    looking = {one.breaks for one in UNTOLD if one.table == table}
    await drop(tampering, keys | keeping | looking, drops)
    for column in await columns_of(tampering, table) - NULLABLE[table]:
        await tampering.execute(
            f"ALTER TABLE {table} ALTER {column} DROP IDENTITY IF EXISTS;"
            f" ALTER TABLE {table} ALTER {column} DROP NOT NULL"
        )
        assert await refusal(tampering, Breach("", table, {column: None}), (), drops) == ""


async def test_all_that_the_schema_refuses_is_provoked_and_nothing_else(drops: Drops) -> None:
    assert {violation.breaks for violation in PROVOCATIONS} == set(drops) - KEEPING - FEEDING


async def test_every_pair_is_of_two_that_are_there(drops: Drops) -> None:
    assert {pair.by for pair in BACKED} <= set(drops)
    assert all(any(pair.is_of(one) for one in PROVOCATIONS) for pair in BACKED)
