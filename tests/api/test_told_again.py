"""What a provider says of a payment that is over is not lost with the workflow that was told."""

from datetime import UTC, datetime

import pytest

from db import provider_events
from db.pool import connection
from domain.money import Money
from domain.payments import ProviderEventKind
from providers.protocol import ProviderEvent
from tests.api.test_pay_ins import PAID, ended, outcome_of, started, tell
from tests.app_under_test import ApiClient, AppUnderTest, somebody
from tests.providers.paper import NAME, said


@pytest.mark.parametrize("kind", [PAID, ProviderEventKind.DISPUTE_OPENED])
async def test_what_was_told_to_a_workflow_that_is_gone_is_told_again(
    kind: ProviderEventKind, app: AppUnderTest, shop: ApiClient
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    await tell(shop, said(PAID, pay_in))
    await ended(shop, buyer, pay_in, "paid")
    name, reference = f"late-{pay_in['id']}", f"another-{pay_in['id']}"
    money = Money(**pay_in["amount"])
    at = datetime.now(UTC)
    event = ProviderEvent(name, kind, "late", at, reference, pay_in["id"], money)
    async with connection(app.pool) as acquired, acquired.transaction():
        await provider_events.note(acquired, NAME, event)
        await acquired.execute(
            "UPDATE provider_events SET told_at = now() - interval '3 hours' WHERE id = $1", name
        )
    expected = "theirs_only" if kind is PAID else "applied"
    assert await outcome_of(shop, {"id": name}) == expected
