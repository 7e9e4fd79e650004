"""A chargeback that cannot be carried out keeps no other one waiting."""

from uuid import UUID

import pytest

from db import chargebacks
from db.errors import Crowded
from db.pool import Connection
from db.requests import Pending
from tests.api.test_chargebacks import OPENED, becomes, disputes, paid_order
from tests.app_under_test import ApiClient, eventually


async def test_one_that_cannot_be_carried_out_keeps_no_other_waiting(
    shop: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, stuck), (in_play, pay_in) = await paid_order(shop), await paid_order(shop)
    carry, tries = chargebacks.carry, list[UUID]()

    async def stumbles(connection: Connection, one: UUID) -> Pending | None:
        found = await chargebacks.get(connection, one)
        assert found is not None
        if str(found.pay_in_id) != stuck["id"]:
            return await carry(connection, one)
        tries.append(one)
        raise Crowded

    async def tried() -> int:
        return len(tries)

    monkeypatch.setattr(chargebacks, "carry", stumbles)
    await disputes(shop, OPENED, stuck)
    await eventually(tried)
    await disputes(shop, OPENED, pay_in)
    await becomes(in_play, payment_hold=True)
