"""Operators see what fails to be delivered, send it again, and read what the checks found."""

import pytest

from db import last_checks
from db.audit import Finding, Proof
from db.pool import connection, transaction
from tests.api.pages.browser import Visit, hidden, visiting
from tests.api.pages.test_console import operator
from tests.app_under_test import OPERATOR, AppUnderTest, somebody


async def endpoint_of(app: AppUnderTest) -> str:
    body = {"url": "https://shop.example/hooks?<b>"}
    answer = await app.api.post("/v1/webhook-endpoints", OPERATOR, body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def fail_all(app: AppUnderTest, endpoint: str, status: str) -> None:
    """Everything that the endpoint was sent came to nothing."""
    async with transaction(app.pool) as acquired:
        await acquired.execute(
            "UPDATE deliveries SET status = $2, attempts = 1, last_error = 'answers <i>503</i>',"
            " last_attempt = now(), started_at = now() WHERE endpoint_id::text = $1",
            endpoint,
            status,
        )


async def post(visit: Visit, page: str, at: str, **fields: str) -> int:
    html = (await visit.get(page)).text
    sent = {"made_for": hidden(html, "made_for"), "key": hidden(html, "key"), **fields}
    return (await visit.client.post(at, data=sent)).status_code


@pytest.mark.parametrize("page", ["/console/deliveries", "/console/findings"])
async def test_they_are_for_operators_alone(page: str, app: AppUnderTest) -> None:
    for who, status in ((somebody("m", "mediator"), 403), (somebody("u"), 403), (None, 401)):
        async with visiting(app, who) as visit:
            assert (await visit.get(page)).status_code == status


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_failing_endpoint_is_seen_and_sent_to_again(
    language: str, app: AppUnderTest
) -> None:
    endpoint = await endpoint_of(app)
    here = f"/console/deliveries/{endpoint}"
    async with app.worker_away():
        await app.place_order()
        await fail_all(app, endpoint, "failed")
        async with visiting(app, operator()) as visit:
            listed = await visit.get("/console/deliveries", Accept_Language=language)
            shown = await visit.get(here, Accept_Language=language)
            failed = await visit.get(f"{here}?status=failed", Accept_Language=language)
            for html in (listed.text, shown.text):
                assert "&lt;i&gt;503" in html
                assert "<i>503" not in html
            assert "order.placed" in failed.text
            assert 303 == await post(visit, here, f"{here}/again", delivery="all")
            after = await visit.get(f"{here}?status=failed", Accept_Language=language)
            assert "order.placed" not in after.text
            assert 303 == await post(visit, here, f"{here}/test")
            assert "endpoint.test" in (await visit.get(here)).text
    assert (
        204
        == (await app.api.call("DELETE", f"/v1/webhook-endpoints/{endpoint}", OPERATOR)).status_code
    )


async def test_one_message_is_sent_again(app: AppUnderTest) -> None:
    endpoint = await endpoint_of(app)
    here = f"/console/deliveries/{endpoint}"
    async with app.worker_away():
        await app.place_order()
        await fail_all(app, endpoint, "failed")
        async with connection(app.pool) as acquired:
            number = await acquired.fetchval(
                "SELECT max(id) FROM deliveries WHERE endpoint_id::text = $1", endpoint
            )
        async with visiting(app, operator()) as visit:
            assert 303 == await post(visit, here, f"{here}/again", delivery=str(number))
            assert 404 == await post(visit, here, f"{here}/again", delivery="nothing")
            disabled = await app.api.post(f"/v1/webhook-endpoints/{endpoint}/disable", OPERATOR)
            assert 200 == disabled.status_code
            assert 409 == await post(visit, here, f"{here}/again", delivery="all")
            assert 422 == await post(visit, here, f"{here}/test")
            strange = "/console/deliveries/0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10"
            assert 404 == (await visit.get(strange)).status_code
    assert (
        204
        == (await app.api.call("DELETE", f"/v1/webhook-endpoints/{endpoint}", OPERATOR)).status_code
    )


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_findings_say_what_to_do_and_lead_to_their_order(
    language: str, app: AppUnderTest
) -> None:
    order = (await app.place_order()).order["id"]
    wrong = Finding("escrow-empty", f"order {order}", "holds <b>5</b> cents")
    stuck = Finding("stuck", "order x", "nothing has followed")
    async with connection(app.pool) as acquired:
        await last_checks.note(acquired, "nightly", Proof(3, [wrong], [stuck], None, [stuck]))
    async with visiting(app, operator()) as visit:
        shown = await visit.get("/console/findings", Accept_Language=language)
    async with connection(app.pool) as acquired:
        await last_checks.note(acquired, "nightly", Proof(3, [], []))
    assert shown.status_code == 200
    assert f'href="/console/orders/{order}"' in shown.text
    assert "holds &lt;b&gt;5" in shown.text
    assert 'value="sequestre repair"' in shown.text


async def test_the_clock_is_on_no_stack_but_its_own(app: AppUnderTest) -> None:
    async with visiting(app, operator()) as visit:
        assert 404 == (await visit.get("/console/clock")).status_code
