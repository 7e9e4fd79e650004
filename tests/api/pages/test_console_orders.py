"""Operators find orders by everything that lists can be asked for, and see all of one."""

import csv
import io
import re
from uuid import uuid4

import pytest

from db.needs import Need
from tests.api.pages.browser import visiting
from tests.api.pages.test_console import heading, operator
from tests.app_under_test import AppUnderTest, somebody
from tests.contract import WAY

BAD = '<script>alert(1)</script>"><img src=x>'
STATES = list(WAY)


async def test_orders_are_for_operators_alone(app: AppUnderTest) -> None:
    order = await app.place_order()
    pages = ["/console/orders", "/console/orders.csv", f"/console/orders/{order.order['id']}"]
    callers = [(somebody("m", "mediator"), 403), (order.buyer, 403), (None, 401)]
    for who, status in callers:
        async with visiting(app, who) as visit:
            assert [(await visit.get(page)).status_code for page in pages] == [status] * 3


async def test_an_order_is_found_by_its_words_its_person_its_state_and_its_id(
    app: AppUnderTest,
) -> None:
    order = await app.place_order(title="A heron in ink")
    link = f'href="/console/orders/{order.order["id"]}"'
    queries = {
        "q=heron": True,
        f"q={order.order['id'][:8]}": True,
        f"q={order.buyer.id}": True,
        f"person={order.seller.id}": True,
        f"person={order.seller.id}&state=pending": True,
        f"person={order.seller.id}&state=delivered": False,
        f"person={order.seller.id}&need=late": False,
        f"person={order.seller.id}&from=2020-01-01&to=2200-01-01": True,
        f"person={order.seller.id}&to=2020-01-01": False,
        f"person={order.seller.id}&sort=changed&q=&state=&need=&from=&to=": True,
    }
    async with visiting(app, operator()) as visit:
        for query, is_there in queries.items():
            answer = await visit.get(f"/console/orders?{query}")
            assert answer.status_code == 200, query
            assert (link in answer.text) is is_there, query
            if is_there:
                assert f"{order.buyer.id} from {order.seller.id}" in answer.text
                assert "last step " in answer.text


async def test_an_operator_chooses_what_is_shown_of_each_order(app: AppUnderTest) -> None:
    order = await app.place_order()
    async with visiting(app, operator()) as visit:
        usual = (await visit.get(f"/console/orders?person={order.seller.id}")).text
        query = f"person={order.seller.id}&column=placed&column=buyer"
        page = (await visit.get(f"/console/orders?{query}")).text
    assert columns_of(usual) == ["Waits for", "Deadline, and then", "In escrow", "Temporal"]
    assert columns_of(page) == ["Buyer", "Placed"]
    assert f"<bdi>{order.buyer.id}</bdi>" in page
    assert "column=buyer&amp;column=placed&amp;sort=changed" in page
    assert page.count(" checked>") == 2


def columns_of(page: str) -> list[str]:
    """The heads of the list's table, but for what it always shows."""
    return re.findall(r'<th [^>]*role="columnheader"[^>]*>([^<]+)</th>', page)


@pytest.mark.parametrize(
    "query",
    ["state=lost", "column=secret", "need=everything", "payment=lost", "from=soon", "to=0001-01-01",
     "to=9999-12-31", "q=%00", "person=%20a%00", "cursor=x", "q=" + "x" * 301],
)  # fmt: skip
async def test_what_cannot_be_looked_for_is_refused_in_style(query: str, app: AppUnderTest) -> None:
    async with visiting(app, operator()) as visit:
        answer = await visit.get(f"/console/orders?{query}")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_every_need_has_its_list(app: AppUnderTest) -> None:
    async with visiting(app, operator()) as visit:
        for need in Need:
            answer = await visit.get(f"/console/orders?need={need}", Accept_Language="fr")
            assert answer.status_code == 200, answer.text


async def test_the_list_can_be_had_as_a_file(app: AppUnderTest) -> None:
    order = await app.place_order(title="=cmd|x")
    async with visiting(app, operator()) as visit:
        answer = await visit.get(f"/console/orders.csv?person={order.seller.id}")
    assert answer.headers["Content-Type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["id"], row["title"]) == (order.order["id"], "'=cmd|x")


async def test_by_when_an_order_has_to_move_on_is_shown(app: AppUnderTest) -> None:
    async with app.with_settings(holding_limit="P90D") as api:
        limited = await app.place_order(api=api)
    unlimited = await app.place_order()
    async with visiting(app, operator()) as visit:
        shown = (await visit.get(f"/console/orders/{limited.order['id']}")).text
        without = (await visit.get(f"/console/orders/{unlimited.order['id']}")).text
    for fact in ("Money held until", "Last safe instant"):
        assert fact in shown
        assert fact not in without


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["en", "fr"])
async def test_an_order_is_shown_in_every_state(
    state: str, language: str, app: AppUnderTest
) -> None:
    order = await (await app.place_order()).reach(state)
    async with visiting(app, operator()) as visit:
        answer = await visit.get(f"/console/orders/{order.order['id']}", Accept_Language=language)
    assert answer.status_code == 200, answer.text
    assert order.order["title"] in heading(answer.text)
    assert 'class="cards"' in answer.text
    assert "style=" not in answer.text


async def test_words_of_people_are_shown_as_they_wrote_them(app: AppUnderTest) -> None:
    order = await app.place_order(title=BAD[:80])
    await order.act("accept", order.seller)
    await order.act("deliver", order.seller, {"message": BAD})
    said = await app.api.post(
        f"/v1/orders/{order.order['id']}/messages", order.buyer, {"text": BAD}, key="said"
    )
    assert said.status_code == 201
    refused = await app.api.act(order.order, "accept", order.seller)
    assert refused.status_code == 409
    async with visiting(app, operator()) as visit:
        answer = await visit.get(f"/console/orders/{order.order['id']}")
        listed = await visit.get(f"/console/orders?person={order.seller.id}")
    for text in (answer.text, listed.text):
        assert "<script>alert" not in text
        assert "<img" not in text
    assert answer.text.count("&lt;script&gt;") >= 3
    assert "action-not-allowed" in answer.text


async def test_what_each_could_do_is_said_with_its_money(app: AppUnderTest) -> None:
    order = await (await app.place_order()).reach("delivered")
    async with visiting(app, operator()) as visit:
        answer = await visit.get(f"/console/orders/{order.order['id']}", Accept_Language="en")
    assert "+€16.00" in answer.text  # to the seller, should the buyer complete it
    assert "+€20.00" in answer.text  # to the buyer, should it be cancelled


UI = "https://temporal.example/ui"


async def test_the_way_to_the_workflow_is_shown_where_it_is_known(app: AppUnderTest) -> None:
    order = await app.place_order()
    page = f"/console/orders/{order.order['id']}"
    async with (
        app.with_settings(temporal_ui=f"{UI}/") as api,
        visiting(app, operator(), api) as visit,
    ):
        found, led = await visit.get(page), await visit.get(f"{page}/workflow")
    async with visiting(app, operator()) as visit:
        plain, nowhere = await visit.get(page), await visit.get(f"{page}/workflow")
    assert f'href="{page}/workflow"' in found.text
    name = f"order-{order.order['id']}"
    run = (await app.temporal.get_workflow_handle(name).describe()).run_id
    way = f"{UI}/namespaces/{app.temporal.namespace}/workflows/{name}/{run}/user-metadata"
    assert (303, way) == (led.status_code, led.headers["Location"])
    assert '/workflow"' not in plain.text
    assert 404 == nowhere.status_code


async def test_it_leads_to_the_latest_run_and_to_the_list_where_there_is_none(
    app: AppUnderTest,
) -> None:
    order = await app.place_order()
    name, nobody = f"order-{order.order['id']}", "0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10"
    await app.temporal.get_workflow_handle(name).terminate("by mistake")
    again = await app.temporal.start_workflow("OrderWorkflow", id=name, task_queue="nobody")
    async with (
        app.with_settings(temporal_ui=UI) as api,
        visiting(app, operator(), api) as visit,
    ):
        led = await visit.get(f"/console/orders/{order.order['id']}/workflow")
        lost = await visit.get(f"/console/orders/{nobody}/workflow")
        no_id = await visit.get("/console/orders/x/workflow")
    async with app.with_settings(temporal_ui=UI) as api, visiting(app, order.buyer, api) as visit:
        refused = await visit.get(f"/console/orders/{order.order['id']}/workflow")
    assert led.headers["Location"].endswith(f"/{name}/{again.result_run_id}/user-metadata")
    listed = f"workflows?query=WorkflowId%20%3D%20%27order-{nobody}%27"
    assert lost.headers["Location"].endswith(listed)
    assert (404, 403) == (no_id.status_code, refused.status_code)


async def test_while_temporal_is_away_a_page_says_so(app: AppUnderTest) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
        async with (
            app.with_settings(temporal_ui=UI) as api,
            visiting(app, operator(), api) as visit,
        ):
            answer = await visit.get(f"/console/orders/{uuid4()}/workflow")
    assert (503, True) == (answer.status_code, "text/html" in answer.headers["Content-Type"])


async def test_an_order_that_is_not_there_is_a_page(app: AppUnderTest) -> None:
    async with visiting(app, operator()) as visit:
        for name in ("0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10", "x"):
            answer = await visit.get(f"/console/orders/{name}")
            assert answer.status_code == 404
            assert answer.headers["Content-Type"].startswith("text/html")
