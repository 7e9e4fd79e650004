"""Who of those who operate did what: written with the deed, and changed by nobody afterwards."""

import csv
import io
from uuid import uuid4

import pytest

from db.pool import transaction
from tests.api.assertions import code
from tests.api.bodies import body_for
from tests.api.conftest import OrderIn
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    somebody,
)
from tests.contract import eur

WHY = "Goodwill, after a week."


async def journal(app: AppUnderTest, query: str, who: Person = OPERATOR) -> list[Json]:
    """The deeds that a query finds, newest first."""
    answer = await app.api.get(f"/v1/operator-journal?{query}", who)
    assert 200 == answer.status_code, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def only(app: AppUnderTest, query: str) -> Json:
    """The one deed that a query finds, without its number, its instant and its call."""
    (found,) = await journal(app, query)
    return {name: one for name, one in found.items() if name not in ("id", "at", "request_id")}


def done(by: Person, deed: str, subject: str, subject_id: str, **more: str | None) -> Json:
    """A deed as the journal has it."""
    of = {"by": by.id, "roles": sorted(by.roles), "deed": deed}
    of |= {"subject": subject, "subject_id": subject_id}
    rest = {"user_id": None, "reason": None, "outcome": "done", "code": None, "refusal": None}
    return {**of, **rest, **more}


async def test_money_is_noted_with_who_why_and_the_call(app: AppUnderTest) -> None:
    rich, by = somebody("rich"), somebody("finance", "finance", "user")
    path, call = f"/v1/wallets/{rich.id}/top-ups", f"call-{rich.id}"
    body = eur(700) | {"reason": WHY}
    made = await app.api.post(path, by, body, key=rich.id, X_Request_Id=call)
    again = await app.api.post(path, by, body, key=rich.id)
    assert (201, made.text) == (again.status_code, again.text)
    transfer = made.json()["id"]
    expected = done(by, "top_up", "transfer", transfer, user_id=rich.id, reason=WHY)
    assert expected == await only(app, f"subject_id={transfer}")
    assert call == (await journal(app, f"by={by.id}"))[0]["request_id"]


async def test_what_is_refused_is_no_deed(app: AppUnderTest) -> None:
    poor, by = somebody("poor"), somebody("finance", "finance")
    for key in ("poor", None):
        path = f"/v1/wallets/{poor.id}/payouts"
        answer = await app.api.post(path, by, eur(700), key=key and f"{key}-{by.id}")
        assert answer.status_code in (400, 402)
    assert [] == await journal(app, f"by={by.id}")


async def test_a_kept_answer_that_expired_makes_no_second_deed(app: AppUnderTest) -> None:
    rich, by = somebody("rich"), somebody("machine", "provider")
    path = f"/v1/wallets/{rich.id}/top-ups"
    made = (await app.api.post(path, by, eur(700), key="once")).json()
    async with transaction(app.pool) as acquired:
        await acquired.execute("SET LOCAL ROLE NONE")
        await acquired.execute("SET LOCAL session_replication_role = replica")
        await acquired.execute("DELETE FROM idempotency_keys WHERE caller = $1", by.id)
    assert made == (await app.api.post(path, by, eur(700), key="once")).json()
    assert 1 == len(await journal(app, f"by={by.id}"))


async def test_what_is_taken_back_is_noted_at_what_was_taken_back(app: AppUnderTest) -> None:
    rich, by = somebody("rich"), somebody("finance", "finance")
    path = f"/v1/wallets/{rich.id}/top-ups"
    made = (await app.api.post(path, OPERATOR, eur(700), key=by.id)).json()["id"]
    answer = await app.api.post(f"/v1/transfers/{made}/reverse", by, {"reason": WHY})
    assert 201 == answer.status_code
    expected = done(by, "reversal", "transfer", made, user_id=rich.id, reason=WHY)
    assert expected == await only(app, f"by={by.id}")
    assert ["reversal", "top_up"] == [
        one["deed"] for one in await journal(app, f"user_id={rich.id}")
    ]


async def test_an_action_is_noted_with_what_became_of_it(
    order_in: OrderIn, app: AppUnderTest
) -> None:
    in_play, by = await order_in("disputed"), somebody("support", "support")
    order = in_play.order["id"]
    await in_play.act("assign", by, {"mediator_id": MEDIATOR.id})
    await in_play.act("release", by, {"reason": "The wrong one."})
    refused = await in_play.api.act(in_play.order, "accept", by)
    assert (403, "forbidden") == code(refused)
    found = await journal(app, f"subject_id={order}")
    assert [
        done(by, "accept", "order", order, outcome="refused", code="forbidden"),
        done(by, "release", "order", order, reason="The wrong one."),
        done(by, "assign", "order", order, user_id=MEDIATOR.id),
    ] == [{name: one[name] for name in done(by, "", "", "")} for one in found]
    told = await in_play.api.events(in_play.order, OPERATOR)
    assert [one["request_id"] for one in found] == [one["request_id"] for one in told[:-4:-1]]


async def test_an_action_waits_for_its_order_to_decide_it(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    async with app.worker_away():
        answer = await in_play.api.act(in_play.order, "cancel", OPERATOR, {"reason": WHY})
        assert 202 == answer.status_code
        waits = await only(app, f"subject_id={in_play.order['id']}")
        assert ("cancel", "waiting", WHY) == (waits["deed"], waits["outcome"], waits["reason"])


async def test_what_is_signalled_by_hand_is_noted_without_roles(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    handle = app.temporal.get_workflow_handle(f"order-{in_play.order['id']}")
    said = {"actor": {"id": "olga", "role": "operator"}, "request_id": str(uuid4())}
    await handle.signal("cancel", said)
    await handle.result()
    found = await only(app, f"subject_id={in_play.order['id']}")
    assert done(Person("olga", ()), "cancel", "order", in_play.order["id"]) == found


async def test_what_parties_and_mediators_do_is_not_in_it(
    order_in: OrderIn, app: AppUnderTest
) -> None:
    in_play: OrderInPlay = await order_in("disputed")
    await in_play.act("assign", MEDIATOR)
    assert [] == await journal(app, f"subject_id={in_play.order['id']}")


async def test_endpoints_messages_and_people_are_noted(app: AppUnderTest) -> None:
    by, somebody_new = somebody("operator", "operator"), somebody("new")
    added = await app.api.post("/v1/webhook-endpoints", by, body_for("webhook-endpoints"))
    endpoint = added.json()["id"]
    at = f"/v1/webhook-endpoints/{endpoint}"
    await app.api.call("PATCH", at, by, {"events": ["order.placed"]})
    await app.api.call("PUT", at, by, body_for("webhook-endpoints"))
    sent = await app.api.post(f"{at}/test", by)
    assert 202 == sent.status_code
    await app.api.post(f"/v1/webhook-deliveries/{sent.json()['id']}/redeliver", by)
    for way in ("rotate", "disable", "enable"):
        assert 200 == (await app.api.post(f"{at}/{way}", by)).status_code
    assert 204 == (await app.api.call("DELETE", at, by)).status_code
    assert 404 == (await app.api.call("DELETE", at, by)).status_code
    await app.api.call("PUT", f"/v1/users/{somebody_new.id}", by, {"name": "Ana"})
    found = await journal(app, f"by={by.id}")
    expected = [
        ("set_up_user", somebody_new.id),
        *((deed, endpoint) for deed in ("delete_endpoint", "enable_endpoint", "disable_endpoint")),
        ("rotate_key", endpoint),
        ("redeliver", sent.json()["id"]),
        ("test_endpoint", endpoint),
        *[("change_endpoint", endpoint)] * 2,
        ("add_endpoint", endpoint),
    ]
    assert expected == [(one["deed"], one["subject_id"]) for one in found]


async def test_who_takes_a_list_away_is_noted_if_it_is_not_their_own(app: AppUnderTest) -> None:
    by, buyer = somebody("support", "support"), somebody("buyer")
    for who in (by, buyer):
        for limit in ("", "?limit=2"):
            answer = await app.api.get(f"/v1/orders{limit}", who, Accept="text/csv")
            assert 200 == answer.status_code
    await app.api.get("/v1/orders", by)
    assert ["orders", "orders"] == [one["subject_id"] for one in await journal(app, f"by={by.id}")]
    assert [] == await journal(app, f"by={buyer.id}")


async def test_it_is_read_in_parts_since_an_instant_and_by_what_was_done(app: AppUnderTest) -> None:
    by, rich = somebody("finance", "finance"), somebody("rich")
    for number in range(5):
        path = f"/v1/wallets/{rich.id}/{'payouts' if number == 3 else 'top-ups'}"
        assert 201 == (await app.api.post(path, by, eur(10), key=f"{by.id}-{number}")).status_code
    whole = await journal(app, f"by={by.id}")
    assert ["top_up", "payout", "top_up", "top_up", "top_up"] == [one["deed"] for one in whole]
    first = await app.api.get(f"/v1/operator-journal?by={by.id}&limit=2", OPERATOR)
    query = f"by={by.id}&cursor={first.json()['next_cursor']}"
    assert whole == [*first.json()["items"], *await journal(app, query)]
    assert whole[:2] == await journal(app, f"by={by.id}&since={whole[1]['at']}")
    assert [whole[1]] == await journal(app, f"by={by.id}&deed=payout&user_id={rich.id}")


async def test_it_is_a_table_too(app: AppUnderTest) -> None:
    by, rich = somebody("finance", "finance"), somebody("rich")
    body = eur(10) | {"reason": "=1+1"}
    await app.api.post(f"/v1/wallets/{rich.id}/top-ups", by, body, key=by.id)
    answer = await app.api.get(f"/v1/operator-journal?by={by.id}", OPERATOR, Accept="text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (by.id, '["finance"]', "'=1+1") == (row["by"], row["roles"], row["reason"])


@pytest.mark.parametrize("query", ["deed=steal", "since=yesterday", "by=%20x", "of=ana"])
async def test_what_cannot_be_looked_for_is_refused(query: str, app: AppUnderTest) -> None:
    answer = await app.api.get(f"/v1/operator-journal?{query}", OPERATOR)
    assert (422, "invalid-request") == code(answer)


async def test_a_reason_is_no_part_of_a_body_that_has_none(app: AppUnderTest) -> None:
    """A key of before there were reasons is good for the same body."""
    rich, by = somebody("rich"), somebody("finance", "finance")
    path = f"/v1/wallets/{rich.id}/top-ups"
    made = await app.api.post(path, by, eur(10), key="same")
    assert 201 == made.status_code
    other = await app.api.post(path, by, eur(10) | {"reason": WHY}, key="same")
    assert (422, "idempotency-key-reused") == code(other)
    long = await app.api.post(path, by, eur(10) | {"reason": "x" * 201}, key="long")
    assert (422, "invalid-request") == code(long)
