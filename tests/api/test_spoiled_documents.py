"""An order whose document nobody can stand for, in its money above all: it is neither shown nor
previewed nor changed, nothing waits for it, and `check` names it."""

import pytest

from db.audit import Proof
from db.pool import connection
from reconcile.proof import prove
from tests.api.assertions import code
from tests.api.spoiled_rows import UNREADABLE, changed, items
from tests.app_under_test import OPERATOR, AppUnderTest, Json, OrderInPlay, eventually

DOCUMENTS = {
    "no code": "jsonb_set(doc, '{currency}', '\"q\"')",
    "small letters": "jsonb_set(doc, '{currency}', '\"eur\"')",
    "a code that nobody knows": "jsonb_set(doc, '{currency}', '\"QQQ\"')",
    "another currency than it was paid in": "jsonb_set(doc, '{currency}', '\"USD\"')",
    "a price that no ledger holds": "jsonb_set(doc, '{lines,0,price}', '1e300')",
    "a price of nothing": "jsonb_set(doc, '{lines,0,price}', '0')",
    "a price below nothing": "jsonb_set(doc, '{lines,0,price}', '-2000')",
    "an extra that no ledger holds": "jsonb_set(doc, '{extras,0,price}', '1e300')",
    "an instant without a zone": "jsonb_set(doc, '{created_at}', '\"2026-01-01T00:00:00\"')",
    "a deadline without a zone": "jsonb_set(doc, '{deadline,at}', '\"2026-01-01T00:00:00\"')",
    "a service that is none": "jsonb_set(doc, '{service_id}', '\"logo\"')",
    "an extra's id that is none": "jsonb_set(doc, '{extras,0,id}', '\"logo\"')",
    "a window of a million years": ("jsonb_set(doc, '{policy,review_window}', '\"P365000000D\"')"),
    "a share of more than all": "jsonb_set(doc, '{policy,commission_bps}', '10001')",
}


@pytest.mark.parametrize("doc", DOCUMENTS.values(), ids=list(DOCUMENTS))
async def test_it_is_told_as_what_it_is_wherever_it_is_asked_for(
    app: AppUnderTest, doc: str
) -> None:
    bad = await (await app.place_order()).reach("in_progress")
    path = f"/v1/orders/{bad.order['id']}"
    async with changed(app, "orders", f"id = '{bad.order['id']}'", doc=doc):
        assert [] == await items(app, "/v1/orders", bad.buyer)
        asked = [
            await app.api.get(path, bad.buyer),
            await app.api.post(f"{path}/actions/cancel/preview", bad.seller),
            await app.api.post(f"{path}/actions/cancel", bad.seller),
            await app.api.post(f"{path}/actions/deliver/preview", bad.seller, {"message": "Done"}),
            await app.api.post(f"{path}/actions/deliver", bad.seller, {"message": "Done"}),
            await app.api.post(f"{path}/actions/cancel", OPERATOR),
        ]
        assert {UNREADABLE} == {code(answer) for answer in asked}
        async with connection(app.pool) as acquired:
            waiting = await acquired.fetchval(
                "SELECT count(*) FROM requests WHERE order_id = $1 AND outcome IS NULL",
                bad.order["id"],
            )
        assert 0 == waiting
        proof = await prove(app.pool, app.temporal, patience=0)
        assert f"order {bad.order['id']}" in {one.subject for one in proof.findings}
    await bad.act("cancel", bad.seller)


async def test_what_is_asked_of_a_newer_releases_order_is_written_and_decided(
    app: AppUnderTest,
) -> None:
    odd = await app.place_order()
    order_id = odd.order["id"]
    doc = "jsonb_set(doc, '{state}', '\"hovering\"')"
    async with (
        app.api_away(),  # whose relay would send it after some seconds, and the worker write there
        app.with_settings(relay_pause=60) as api,
        changed(app, "orders", f"id = '{order_id}'", doc=doc),
        changed(app, "events", f"order_id = '{order_id}'", doc=doc),
    ):
        answer = await api.act(odd.order, "accept", odd.seller, key=order_id)
        again = await api.act(odd.order, "accept", odd.seller, key=order_id)
    assert [202, 202] == [answer.status_code, again.status_code]
    assert answer.headers["Location"] == again.headers["Location"]

    async def outcome() -> Json | None:
        found = await app.api.get(answer.headers["Location"], odd.seller)
        decided: Json | None = found.json()["outcome"]
        return decided

    decided = await eventually(outcome)
    assert decided is not None
    assert decided["accepted"] is True


async def test_check_says_which_currencies_differ(app: AppUnderTest) -> None:
    bad = await app.place_order()
    doc = DOCUMENTS["another currency than it was paid in"]
    async with changed(app, "orders", f"id = '{bad.order['id']}'", doc=doc):
        proof = await prove(app.pool, app.temporal, patience=0)
    said = said_of(bad, proof, "differing-currencies")
    assert ["is in USD by its document, and was paid in EUR"] == said


def said_of(in_play: OrderInPlay, proof: Proof, check: str) -> list[str]:
    """What a check finds of an order."""
    found = [one for one in proof.findings if one.check == check]
    return [one.problem for one in found if one.subject == f"order {in_play.order['id']}"]


@pytest.mark.parametrize("price", ["1e300", "-1e300", "123456789012345678901234567890"])
async def test_check_names_no_sum_at_length(app: AppUnderTest, price: str) -> None:
    bad = await app.place_order()
    doc = f"jsonb_set(doc, '{{lines,0,price}}', '{price}')"
    async with changed(app, "orders", f"id = '{bad.order['id']}'", doc=doc):
        proof = await prove(app.pool, app.temporal, patience=0)
    said = [one.problem for one in proof.findings if one.subject == f"order {bad.order['id']}"]
    assert any("more than any account" in one for one in said)
    assert all(len(one) < 200 for one in said), said


async def test_check_says_where_an_order_has_no_price(app: AppUnderTest) -> None:
    bad = await app.place_order()
    doc = "jsonb_set(doc, '{lines}', '[]')"
    async with changed(app, "orders", f"id = '{bad.order['id']}'", doc=doc):
        proof = await prove(app.pool, app.temporal, patience=0)
    said = said_of(bad, proof, "wrong-escrow")
    assert ["is pending and its escrow holds 2000 of nothing that can be read"] == said
