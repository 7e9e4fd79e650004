"""A payment that a bank disputes stops its order before the provider is answered: nobody has to see
to the payment first, who may be down for longer than the order's deadline takes."""

from uuid import UUID

import pytest

from api.gateway import Away, Gateway, Refused
from api.relay import Relay
from db.pool import connection
from db.requests import Pending
from tests.api.test_chargebacks import OPENED, WON, becomes, disputes, paid_order
from tests.app_under_test import ApiClient, AppUnderTest


async def asked_of(app: AppUnderTest, order_id: str) -> list[str]:
    """What the provider has asked of an order."""
    async with connection(app.pool) as acquired:
        rows = await acquired.fetch(
            "SELECT action FROM requests WHERE order_id = $1 AND request_id LIKE 'chargeback-%'"
            " ORDER BY received_at",
            UUID(order_id),
        )
    return [row["action"] for row in rows]


async def test_its_order_freezes_and_goes_on_though_nobody_sees_to_the_payment(
    app: AppUnderTest, shop: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise Refused("INVALID_ARGUMENT")

    in_play, pay_in = await paid_order(shop)
    monkeypatch.setattr(Gateway, "tell_payment", refuse)
    await disputes(shop, OPENED, pay_in)
    assert await asked_of(app, in_play.order["id"]) == ["payment_disputed"]
    await becomes(in_play, payment_hold=True)
    await disputes(shop, WON, pay_in)
    await becomes(in_play, payment_hold=False)


async def test_where_temporal_is_away_it_is_written_down_and_brought_to_the_order_later(
    app: AppUnderTest, shop: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, tries = Relay.send, list[Pending]()

    async def away_at_first(relay: Relay, request: Pending) -> None:
        if request.action == "payment_disputed":
            tries.append(request)
            if len(tries) == 1:
                raise Away("UNAVAILABLE")
        await send(relay, request)

    in_play, pay_in = await paid_order(shop)
    monkeypatch.setattr(Relay, "send", away_at_first)
    await disputes(shop, OPENED, pay_in)
    assert await asked_of(app, in_play.order["id"]) == ["payment_disputed"]
    await becomes(in_play, payment_hold=True)
    assert len(tries) > 1
