"""What it costs to tell an endpoint of a step, in statements."""

from temporalio.testing import ActivityEnvironment

from activities.notifications import NotificationActivities, StepRef
from activities.webhooks import WebhookChannel
from db.pool import create_pool
from tests.app_under_test import KEYRING
from tests.statements import counted
from tests.webhooks.conftest import Marketplace

STATEMENTS = 9


async def test_an_endpoint_is_told_in_so_many_statements(
    marketplace: Marketplace, database_url: str
) -> None:
    await marketplace.endpoint()
    steps = [await marketplace.write() for _ in range(2)]
    with counted() as statements:
        pool = await create_pool(database_url, 1)
        channel = WebhookChannel(pool, KEYRING, allow_private=True)
        activities = NotificationActivities(pool, {"webhook": channel})
        for step in steps:
            statements.sent.clear()  # of the first one, which has the driver look types up
            told = await ActivityEnvironment().run(
                activities.send_notifications, StepRef(order_id=step.order.id, seq=step.seq)
            )
        await pool.close()
    assert (told.delivered, told.pending) == (1, 0)
    # Not what the application that other tests share asks by itself.
    asked = statements.for_somebody()
    assert len(asked) == STATEMENTS, "\n".join(map(str, asked))
