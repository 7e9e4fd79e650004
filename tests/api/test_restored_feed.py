"""Who goes on in the feed from an event that was lost when a backup was restored."""

from uuid import UUID

import asyncpg

from api.auth.order_roles import roles_in
from api.auth.tokens import NEVER, Authority, Caller
from api.pages.cases.whole import whole_case
from db import orders, restorations
from db.pool import connection
from tests.app_under_test import OPERATOR, AppUnderTest

LOST = "/v1/events?after=evt_transfer_999999999"


async def test_is_told_with_which_to_go_on(own_app: AppUnderTest) -> None:
    before = (await own_app.api.get(LOST, OPERATOR)).json()
    assert "leave it out to begin with the first" in str(before["errors"])
    in_play = await own_app.place_order()
    last = (await own_app.api.get("/v1/events?limit=100", OPERATOR)).json()["next_cursor"]
    owner = await asyncpg.connect(own_app.database_url)
    assert await restorations.note(owner, anyway=True) == 1
    noted = await restorations.latest(owner)
    assert noted is not None
    await owner.close()
    await in_play.act("accept", in_play.seller)
    answer = await own_app.api.get(LOST, OPERATOR)
    assert answer.status_code == 422
    assert f"what came after the backup is gone. Go on with {last}" in str(answer.json()["errors"])
    found = (await own_app.api.get(f"/v1/events?after={last}", OPERATOR)).json()["items"]
    assert [(one["type"], one["data"]["event"]["seq"]) for one in found] == [
        ("order.accepted", noted.base + 1)
    ]


async def test_an_order_goes_on_for_everybody_who_looks_at_it(own_app: AppUnderTest) -> None:
    in_play = await (await own_app.place_order()).reach("in_progress")
    owner = await asyncpg.connect(own_app.database_url)
    await restorations.note(owner, anyway=True)
    noted = await restorations.latest(owner)
    await owner.close()
    assert noted is not None
    first = noted.base + 1
    headers = {"If_Match": f'"{in_play.order["version"]}"'}
    path = f"/v1/orders/{in_play.order['id']}/actions/deliver"
    answer = await own_app.api.post(path, in_play.seller, {"message": "Here."}, **headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == first
    assert answer.headers["ETag"] == f'"{first}"'
    in_play.order = answer.json()
    late = await own_app.api.post(path, in_play.seller, {"message": "Again."}, **headers)
    assert (late.status_code, late.json()["code"]) == (412, "version-mismatch")
    assert (await in_play.act("complete", in_play.buyer))["state"] == "completed"
    said = await own_app.api.post(
        f"/v1/orders/{in_play.order['id']}/messages", in_play.buyer, {"text": "Thanks!"}
    )
    assert said.json()["id"] == str(first)
    assert (await own_app.api.order(in_play.order["id"], in_play.seller))["unread_messages"] == 1
    read = f"/v1/orders/{in_play.order['id']}/messages/read"
    marked = await own_app.api.post(read, in_play.seller, {"up_to": str(first)})
    assert (marked.status_code, marked.json()["unread"]) == (200, 0)
    beyond = await own_app.api.post(read, in_play.seller, {"up_to": str(first + 1)})
    assert (beyond.status_code, f"the newest is {first}" in beyond.text) == (404, True)


async def test_a_case_is_whole_across_the_gap(own_app: AppUnderTest) -> None:
    in_play = await (await own_app.place_order()).reach("in_progress")
    owner = await asyncpg.connect(own_app.database_url)
    await restorations.note(owner, anyway=True)
    await owner.close()
    await in_play.reach("delivered")
    case = (await own_app.api.get(f"/v1/orders/{in_play.order['id']}/case", OPERATOR)).json()
    assert (len(case["journal"]), case["journal_whole"]) == (3, True)
    async with connection(own_app.pool) as acquired:
        row = await orders.get(acquired, UUID(in_play.order["id"]))
        assert row is not None
        operator = Caller(OPERATOR.id, frozenset({Authority.OPERATOR}), NEVER)
        assert (await whole_case(acquired, row, roles_in(row.order, operator))).journal_whole
