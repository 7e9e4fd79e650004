"""Each constraint, unique index and trigger is dropped in turn, and what it refused is let through:
a test of `test_refusals.py` or `test_guards.py` misses it."""

import pytest

from tests.db.market import Owner
from tests.db.provocations import BACKED, Breach, Drops, Provocation, backers, drop, named, refusal
from tests.db.test_guards import CHANGES, FINAL, LEGLESS, REMOVALS, UNPAID
from tests.db.test_refusals import CHECKS, NULLABLE, REFERENCES, UNIQUE, UPDATES, columns_of

PROVOCATIONS: list[Provocation] = [
    *UNIQUE,
    *CHECKS,
    *REFERENCES,
    *UPDATES,
    *CHANGES,
    *REMOVALS,
    LEGLESS,
    *FINAL,
    *UNPAID,
]


@pytest.mark.parametrize("provocation", PROVOCATIONS, ids=named)
async def test_without_what_refuses_it_a_provocation_is_let_through(
    provocation: Provocation, tampering: Owner, drops: Drops
) -> None:
    gone = [provocation.breaks, *backers(provocation)]
    for backer in backers(provocation):
        others = [name for name in gone if name != backer]
        assert await refusal(tampering, provocation, others, drops), f"{backer} refuses nothing"
    assert await refusal(tampering, provocation, gone, drops) == ""


@pytest.mark.parametrize("table", NULLABLE)
async def test_without_not_null_a_row_without_its_value_is_let_through(
    table: str, tampering: Owner, drops: Drops
) -> None:
    # A copy is in its original's way, whatever it lacks; and a primary key demands its values too.
    await drop(tampering, {row.breaks for row in UNIQUE if row.table == table}, drops)
    for column in await columns_of(tampering, table) - NULLABLE[table]:
        await tampering.execute(
            f"ALTER TABLE {table} ALTER {column} DROP IDENTITY IF EXISTS;"
            f" ALTER TABLE {table} ALTER {column} DROP NOT NULL"
        )
        assert await refusal(tampering, Breach("", table, {column: None}), (), drops) == ""


async def test_all_that_the_schema_refuses_is_provoked_and_nothing_else(drops: Drops) -> None:
    assert {provocation.breaks for provocation in PROVOCATIONS} == set(drops)


async def test_every_pair_is_of_two_that_are_there(drops: Drops) -> None:
    assert {pair.by for pair in BACKED} <= set(drops)
    assert all(any(pair.is_of(one) for one in PROVOCATIONS) for pair in BACKED)
