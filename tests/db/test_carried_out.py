"""How late a deadline was carried out is told where it is: to whoever measures it, once."""

from datetime import timedelta

from activities.steps import StepActivities
from db.pool import Pool
from domain.step import Changed, Recorded, ToRecord
from domain.vocabulary import State
from tests.db.market import Market, completion, expiry, now

AGO = timedelta(seconds=30)


class Told:
    """Steps as a worker writes them, and what was told of deadlines."""

    def __init__(self, pool: Pool) -> None:
        self.of: list[tuple[str, timedelta]] = []
        self._steps = StepActivities(pool, lambda effect, lag: self.of.append((effect, lag)))

    async def record(self, step: ToRecord) -> Recorded | Changed:
        """One attempt."""
        return await self._steps.record_step(step)


async def test_a_deadline_is_told_with_how_late_it_was_written(market: Market, pool: Pool) -> None:
    order = await market.order(State.DELIVERED, deadline_at=now() - AGO)
    told = Told(pool)
    await told.record(expiry(order))
    ((effect, lag),) = told.of
    assert effect == "complete"
    assert AGO <= lag < AGO + timedelta(seconds=30)


async def test_one_that_was_written_before_is_not_told_again(market: Market, pool: Pool) -> None:
    order = await market.order(State.DELIVERED, deadline_at=now() - AGO)
    told = Told(pool)
    for _ in range(2):
        answer = await told.record(expiry(order))
    assert (answer.status, len(told.of)) == ("superseded", 1)


async def test_what_people_do_is_no_deadline(market: Market, pool: Pool) -> None:
    told = Told(pool)
    await told.record(completion(await market.order(State.DELIVERED)))
    assert told.of == []
