"""A database of a newer release answers a worker in words that it does not know: it waits."""

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.steps import UNTIL_UPGRADED, StepActivities
from db.pool import Pool
from db.steps import NewerDatabase
from domain.vocabulary import State
from tests.db.market import Market, Owner, completion
from tests.db.oracles import violations

ANSWERS_ANEW = """
ALTER FUNCTION record_step(jsonb) RENAME TO record_step_of_before;
CREATE FUNCTION record_step(p jsonb) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_build_object('status', 'parked', 'doc', doc) FROM orders
   WHERE id = (p->>'order_id')::uuid $$;
GRANT EXECUTE ON FUNCTION record_step(jsonb) TO sequestre_app;
"""
AS_BEFORE = """
DROP FUNCTION record_step(jsonb);
ALTER FUNCTION record_step_of_before(jsonb) RENAME TO record_step;
"""


async def test_an_unknown_answer_is_tried_again_later_and_nothing_is_guessed(
    market: Market, owner: Owner, pool: Pool
) -> None:
    record = completion(await market.order(State.DELIVERED))
    activity = StepActivities(pool).record_step
    await owner.execute(ANSWERS_ANEW)
    try:
        with pytest.raises(NewerDatabase, match="'parked', which only a newer release"):
            await market.record(record)
        with pytest.raises(ApplicationError) as raised:
            await ActivityEnvironment().run(activity, record)
    finally:
        await owner.execute(AS_BEFORE)
    assert (raised.value.non_retryable, raised.value.next_retry_delay) == (False, UNTIL_UPGRADED)
    assert (await ActivityEnvironment().run(activity, record)).status == "recorded"
    assert await violations(owner) == []
