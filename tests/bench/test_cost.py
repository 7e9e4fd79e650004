"""A life costs no more than the repository says: events, bytes, statements, transactions."""

from collections.abc import AsyncIterator

import pytest

from bench.cost import Cost, cost
from bench.cost_bounds import CostBounds, kept_bounds
from bench.stack import measured_stack

LIVES = 7


@pytest.fixture(scope="module")
async def found() -> AsyncIterator[Cost]:
    """What lives cost on a stack where nobody else acts."""
    async with measured_stack(fast=True) as stack:
        yield await cost(stack, LIVES)


async def test_a_life_costs_no_more_than_is_kept(found: Cost) -> None:
    assert [*kept_bounds().exceeded_by(found)] == []


async def test_a_life_is_counted_whole(found: Cost) -> None:
    assert found.statements >= found.transactions >= 6
    assert min(found.events, found.history_bytes, found.wal_bytes, found.inner_statements) > 0


async def test_a_dearer_life_is_named_with_its_bound(found: Cost) -> None:
    bounds = CostBounds(
        events=found.events,
        history_bytes=found.history_bytes,
        statements=found.statements - 1,
        transactions=found.transactions,
    )
    assert [*bounds.exceeded_by(found)] == [
        f"statements: {found.statements} a life, and at most {found.statements - 1}"
        " by cost_bounds.json"
    ]
