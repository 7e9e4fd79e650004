"""Disputes of payments are told in the feed, also of orders that have ended."""

from datetime import datetime

from tests.api.answers import Json
from tests.api.test_chargebacks import LOST, OPENED, UNTIL, disputes, paid_order
from tests.api.test_pay_ins import outcome_of
from tests.app_under_test import OPERATOR, ApiClient

TYPES = "type=payment.dispute_opened&type=payment.dispute_won&type=payment.dispute_lost"


async def told(shop: ApiClient, pay_in: Json) -> list[Json]:
    """What the feed has of disputes of a payment, in its order."""
    path, found, more = f"/v1/events?limit=100&{TYPES}", list[Json](), True
    after = ""
    while more:
        part = (await shop.get(f"{path}{after}", OPERATOR)).json()
        found += part["items"]
        after, more = f"&after={part['next_cursor']}", part["more"]
    return [one for one in found if one["data"]["chargeback"]["pay_in_id"] == pay_in["id"]]


async def test_a_dispute_of_an_order_that_has_ended_is_told_as_it_opens_and_ends(
    shop: ApiClient,
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("completed")
    said = [
        await disputes(shop, OPENED, pay_in, evidence_until=UNTIL, reason="fraudulent"),
        await disputes(shop, LOST, pay_in),
    ]
    for one in said:
        assert await outcome_of(shop, one) == "applied"
    opened, lost = await told(shop, pay_in)
    assert (opened["type"], lost["type"]) == ("payment.dispute_opened", "payment.dispute_lost")
    chargeback = opened["data"]["chargeback"]
    assert chargeback.pop("at") == opened["timestamp"]
    listed = (await shop.get("/v1/chargebacks?limit=100", OPERATOR)).json()["items"]
    (row,) = [one for one in listed if one["pay_in_id"] == pay_in["id"]]
    assert chargeback == {**{name: row[name] for name in chargeback}, "state": "opened"}
    assert chargeback["order_id"] == in_play.order["id"]
    assert datetime.fromisoformat(chargeback["evidence_until"]) == datetime.fromisoformat(UNTIL)
    assert lost["data"]["chargeback"]["state"] == "lost"
    path = f"/v1/events?after={opened['id']}&{TYPES}"
    following = (await shop.get(path, OPERATOR)).json()["items"]
    assert lost["id"] in [one["id"] for one in following]
