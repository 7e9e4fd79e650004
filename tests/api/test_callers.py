"""Who may call what: every endpoint with every kind of caller, in one table."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from itertools import count

import httpx
import pytest

from db.pool import connection
from tests.api.answers import Json
from tests.api.bodies import body_for
from tests.api.forged import PLAIN, forged
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    SECRET,
    AppUnderTest,
    OrderInPlay,
    Person,
    eventually,
    somebody,
)
from tests.contract import eur

KINDS = {
    "for": "forged",  # or no token at all
    "str": "stranger",
    "buy": "buyer",
    "sel": "seller",
    "bef": "before",  # a mediator, before there is a dispute
    "aft": "after",  # a mediator, after the ruling
    "asg": "assigned",  # the mediator who has taken the case
    "oth": "other",  # a mediator, on a case that another has taken
    "jdg": "judge",  # the buyer, who is a mediator besides
    "ope": "operator",
    "own": "owner",  # the buyer, who is an operator besides
    "sup": "support",
    "fin": "finance",
    "prv": "provider",
    "s+p": "both",  # whose token shows support and provider
}
# The order of a call has ended, except for bef, asg and oth. So what a caller may do in another
# state is answered with 409, and what they may never do with 403. A preview is answered as its
# action would be.
TABLE = """
                                                   for str buy sel bef aft asg oth jdg ope own

POST /services                                     401 201 201 201 403 403 403 403 201 403 201
GET  /services                                     401 200 200 200 200 200 200 200 200 200 200
GET  /services/{service_id}                        401 200 200 200 200 200 200 200 200 200 200
PATCH /services/{service_id}                       401 403 403 200 403 403 403 403 403 403 403
POST /services/{service_id}/archive                401 403 403 200 403 403 403 403 403 403 403
POST /services/{service_id}/restore                401 403 403 200 403 403 403 403 403 403 403
POST /orders                                       401 402 402 403 403 403 403 403 402 403 402
GET  /orders                                       401 200 200 200 200 200 200 200 200 200 200
GET  /orders/{order_id}                            401 404 200 200 404 200 200 200 200 200 200
GET  /orders/{order_id}/events                     401 404 200 200 404 200 200 200 200 200 200
GET  /orders/{order_id}/ledger                     401 404 200 200 404 200 200 200 200 200 200
GET  /orders/{order_id}/stream                     401 404 200 200 404 200 200 200 200 200 200
POST /orders/{order_id}/stream-ticket              401 404 201 201 404 201 201 201 201 201 201
GET  /orders/{order_id}/case                       401 404 200 200 404 200 200 200 200 200 200
GET  /orders/{order_id}/requests/{request_id}      401 404 200 200 404 200 200 200 200 200 200
GET  /orders/{order_id}/messages                   401 404 200 200 404 200 200 200 200 200 200
POST /orders/{order_id}/messages                   401 404 201 201 404 409 201 201 201 403 201
POST /orders/{order_id}/messages/read              401 404 200 200 404 200 200 200 200 200 200

POST /orders/{order_id}/actions/accept             401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/deliver            401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/request_revision   401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/accept_revision    401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/refuse_revision    401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/complete           401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/open_dispute       401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/buy_extra          401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/request_offer      401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/make_offer         401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/withdraw_offer     401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/decline_offer      401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/accept_offer       401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/request_cancellation 401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/refuse_cancellation 401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/propose_settlement 401 404 409 409 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/withdraw_settlement 401 404 409 409 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/accept_settlement  401 404 409 409 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/add_statement      401 404 409 409 404 409 200 200 409 403 409
POST /orders/{order_id}/actions/cancel             401 404 409 409 404 403 403 403 409 409 409
POST /orders/{order_id}/actions/assign             401 404 403 403 404 409 409 409 403 409 403
POST /orders/{order_id}/actions/release            401 404 403 403 404 409 200 409 403 409 403
POST /orders/{order_id}/actions/resolve            401 404 403 403 404 409 422 409 403 403 403

GET  /wallet                                       401 200 200 200 200 200 200 200 200 200 200
GET  /wallet/entries                               401 200 200 200 200 200 200 200 200 200 200
POST /wallets/{user_id}/top-ups                    401 403 403 403 403 403 403 403 403 201 201
POST /wallets/{user_id}/payouts                    401 403 403 403 403 403 403 403 403 402 402
GET  /wallets/{user_id}                            401 403 403 403 403 403 403 403 403 200 200
GET  /wallets/{user_id}/entries                    401 403 403 403 403 403 403 403 403 200 200
GET  /accounts                                     401 403 403 403 403 403 403 403 403 200 200
POST /accounts/commission/payouts                  401 403 403 403 403 403 403 403 403 402 402
GET  /transfers                                    401 403 403 403 403 403 403 403 403 200 200
GET  /transfers/{transfer_id}                      401 403 403 403 403 403 403 403 403 200 200
POST /transfers/{transfer_id}/reverse              401 403 403 403 403 403 403 403 403 201 409
POST /pay-ins                                      401 409 409 409 403 403 403 403 409 403 409
GET  /pay-ins                                      401 200 200 200 200 200 200 200 200 200 200
GET  /pay-ins/{pay_in_id}                          401 404 404 404 404 404 404 404 404 404 404
GET  /provider-events                              401 403 403 403 403 403 403 403 403 200 200
GET  /chargebacks                                  401 403 403 403 403 403 403 403 403 200 200
GET  /receivables                                  401 403 403 403 403 403 403 403 403 200 200
POST /providers/{name}/events                      404 404 404 404 404 404 404 404 404 404 404
POST /payouts                                      401 409 409 409 403 403 403 403 409 403 409
GET  /payouts                                      401 200 200 200 200 200 200 200 200 200 200
GET  /payouts/{payout_id}                          401 404 404 404 404 404 404 404 404 404 404
POST /payouts/{payout_id}/cancel                   401 404 404 404 404 404 404 404 404 404 404
POST /payouts/{payout_id}/approve                  401 403 403 403 403 403 403 403 403 404 404
POST /payouts/{payout_id}/refuse                   401 403 403 403 403 403 403 403 403 404 404
GET  /payout-account                               401 409 409 409 409 409 409 409 409 409 409
POST /payout-account                               401 409 409 409 403 403 403 403 409 403 409
GET  /disputes                                     401 403 403 403 200 200 200 200 200 200 200

GET  /sellers/{seller_id}/reputation               401 200 200 200 200 200 200 200 200 200 200
GET  /sellers/{seller_id}/reputation/orders        401 403 403 200 403 403 403 403 403 200 200

GET  /me                                           401 200 200 200 200 200 200 200 200 200 200
PUT  /me                                           401 200 200 200 200 200 200 200 200 200 200
POST /me/email/confirmation                        401 422 422 422 422 422 422 422 422 422 422
GET  /users/{user_id}                              401 403 403 403 403 403 403 403 403 200 200
PUT  /users/{user_id}                              401 403 403 403 403 403 403 403 403 200 200
GET  /notifications                                401 200 200 200 200 200 200 200 200 200 200
POST /notifications/read                           401 200 200 200 200 200 200 200 200 200 200
POST /notifications/{notification_id}/read         401 404 404 404 404 404 404 404 404 404 404

GET  /events                                       401 403 403 403 403 403 403 403 403 200 200
GET  /operator-journal                             401 403 403 403 403 403 403 403 403 200 200

GET  /webhook-endpoints                            401 403 403 403 403 403 403 403 403 200 200
POST /webhook-endpoints                            401 403 403 403 403 403 403 403 403 201 201
GET  /webhook-endpoints/{endpoint_id}              401 403 403 403 403 403 403 403 403 200 200
PUT  /webhook-endpoints/{endpoint_id}              401 403 403 403 403 403 403 403 403 200 200
PATCH /webhook-endpoints/{endpoint_id}             401 403 403 403 403 403 403 403 403 200 200
DELETE /webhook-endpoints/{endpoint_id}            401 403 403 403 403 403 403 403 403 204 204
POST /webhook-endpoints/{endpoint_id}/test         401 403 403 403 403 403 403 403 403 202 202
POST /webhook-endpoints/{endpoint_id}/rotate       401 403 403 403 403 403 403 403 403 200 200
POST /webhook-endpoints/{endpoint_id}/disable      401 403 403 403 403 403 403 403 403 200 200
POST /webhook-endpoints/{endpoint_id}/enable       401 403 403 403 403 403 403 403 403 200 200
GET  /webhook-endpoints/{endpoint_id}/deliveries   401 403 403 403 403 403 403 403 403 200 200
POST /webhook-deliveries/{delivery_id}/redeliver   401 403 403 403 403 403 403 403 403 404 404

GET  /test-clock                                   404 404 404 404 404 404 404 404 404 404 404
POST /test-clock/advance                           404 404 404 404 404 404 404 404 404 404 404

GET  /health/live                                  200 200 200 200 200 200 200 200 200 200 200
GET  /health/ready                                 200 200 200 200 200 200 200 200 200 200 200
"""
OPERATING = """
                                                   sup fin prv s+p

POST /services                                     403 403 403 403
GET  /services                                     200 200 200 200
GET  /services/{service_id}                        200 200 200 200
PATCH /services/{service_id}                       403 403 403 403
POST /services/{service_id}/archive                403 403 403 403
POST /services/{service_id}/restore                403 403 403 403
POST /orders                                       403 403 403 403
GET  /orders                                       200 200 200 200
GET  /orders/{order_id}                            200 200 404 200
GET  /orders/{order_id}/events                     200 200 404 200
GET  /orders/{order_id}/ledger                     200 200 404 200
GET  /orders/{order_id}/stream                     200 200 404 200
POST /orders/{order_id}/stream-ticket              201 201 404 201
GET  /orders/{order_id}/case                       200 200 404 200
GET  /orders/{order_id}/requests/{request_id}      200 200 404 200
GET  /orders/{order_id}/messages                   200 200 404 200
POST /orders/{order_id}/messages                   403 403 404 403
POST /orders/{order_id}/messages/read              200 200 404 200

POST /orders/{order_id}/actions/accept             403 403 404 403
POST /orders/{order_id}/actions/deliver            403 403 404 403
POST /orders/{order_id}/actions/request_revision   403 403 404 403
POST /orders/{order_id}/actions/accept_revision    403 403 404 403
POST /orders/{order_id}/actions/refuse_revision    403 403 404 403
POST /orders/{order_id}/actions/complete           403 403 404 403
POST /orders/{order_id}/actions/open_dispute       403 403 404 403
POST /orders/{order_id}/actions/buy_extra          403 403 404 403
POST /orders/{order_id}/actions/request_offer      403 403 404 403
POST /orders/{order_id}/actions/make_offer         403 403 404 403
POST /orders/{order_id}/actions/withdraw_offer     403 403 404 403
POST /orders/{order_id}/actions/decline_offer      403 403 404 403
POST /orders/{order_id}/actions/accept_offer       403 403 404 403
POST /orders/{order_id}/actions/request_cancellation 403 403 404 403
POST /orders/{order_id}/actions/refuse_cancellation 403 403 404 403
POST /orders/{order_id}/actions/propose_settlement 403 403 404 403
POST /orders/{order_id}/actions/withdraw_settlement 403 403 404 403
POST /orders/{order_id}/actions/accept_settlement  403 403 404 403
POST /orders/{order_id}/actions/add_statement      403 403 404 403
POST /orders/{order_id}/actions/cancel             403 403 404 403
POST /orders/{order_id}/actions/assign             409 403 404 409
POST /orders/{order_id}/actions/release            409 403 404 409
POST /orders/{order_id}/actions/resolve            403 403 404 403

GET  /wallet                                       200 200 200 200
GET  /wallet/entries                               200 200 200 200
POST /wallets/{user_id}/top-ups                    403 201 201 201
POST /wallets/{user_id}/payouts                    403 402 402 402
GET  /wallets/{user_id}                            200 200 403 200
GET  /wallets/{user_id}/entries                    200 200 403 200
GET  /accounts                                     200 200 403 200
POST /accounts/commission/payouts                  403 402 403 403
GET  /transfers                                    200 200 200 200
GET  /transfers/{transfer_id}                      200 200 404 200
POST /transfers/{transfer_id}/reverse              403 409 403 403
POST /pay-ins                                      403 403 403 403
GET  /pay-ins                                      200 200 200 200
GET  /pay-ins/{pay_in_id}                          404 404 404 404
GET  /provider-events                              200 200 403 200
GET  /chargebacks                                  200 200 403 200
GET  /receivables                                  200 200 403 200
POST /providers/{name}/events                      404 404 404 404
POST /payouts                                      403 403 403 403
GET  /payouts                                      200 200 200 200
GET  /payouts/{payout_id}                          404 404 404 404
POST /payouts/{payout_id}/cancel                   404 404 404 404
POST /payouts/{payout_id}/approve                  403 404 403 403
POST /payouts/{payout_id}/refuse                   403 404 403 403
GET  /payout-account                               409 409 409 409
POST /payout-account                               403 403 403 403
GET  /disputes                                     200 200 403 200

GET  /sellers/{seller_id}/reputation               200 200 200 200
GET  /sellers/{seller_id}/reputation/orders        200 200 403 200

GET  /me                                           200 200 200 200
PUT  /me                                           200 200 200 200
POST /me/email/confirmation                        422 422 422 422
GET  /users/{user_id}                              200 200 403 200
PUT  /users/{user_id}                              200 403 403 200
GET  /notifications                                200 200 200 200
POST /notifications/read                           200 200 200 200
POST /notifications/{notification_id}/read         404 404 404 404

GET  /events                                       200 200 403 200
GET  /operator-journal                             200 200 403 200

GET  /webhook-endpoints                            200 200 403 200
POST /webhook-endpoints                            403 403 403 403
GET  /webhook-endpoints/{endpoint_id}              200 200 403 200
PUT  /webhook-endpoints/{endpoint_id}              403 403 403 403
PATCH /webhook-endpoints/{endpoint_id}             403 403 403 403
DELETE /webhook-endpoints/{endpoint_id}            403 403 403 403
POST /webhook-endpoints/{endpoint_id}/test         202 403 403 202
POST /webhook-endpoints/{endpoint_id}/rotate       403 403 403 403
POST /webhook-endpoints/{endpoint_id}/disable      403 403 403 403
POST /webhook-endpoints/{endpoint_id}/enable       403 403 403 403
GET  /webhook-endpoints/{endpoint_id}/deliveries   200 200 403 200
POST /webhook-deliveries/{delivery_id}/redeliver   404 403 403 404

GET  /test-clock                                   404 404 404 404
POST /test-clock/advance                           404 404 404 404

GET  /health/live                                  200 200 200 200
GET  /health/ready                                 200 200 200 200
"""

OWN_BODIES: Json = {
    # The rules let the assigned mediator do this, and it is refused only then, for its sum.
    "resolve": {"outcome": "split", "refund": eur(9_999_999), "reasons": "None."},
    "payouts": eur(9_999_999_999),
}
NOT_THERE = "00000000-0000-4000-8000-000000000000"
READY = "/v1/health/ready"
_numbers = count()


@dataclass(frozen=True)
class Row:
    """An endpoint, and the status that each kind of caller gets."""

    method: str
    path: str
    statuses: dict[str, int]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def read(table: str) -> Iterator[Row]:
    """The rows of one of the tables."""
    head, *lines = [line.split() for line in table.splitlines() if line.strip()]
    kinds = [KINDS[short] for short in head]
    for method, path, *statuses in lines:
        yield Row(method, f"/v1{path}", dict(zip(kinds, map(int, statuses), strict=True)))


def rows() -> list[Row]:
    operating = {str(row): row.statuses for row in read(OPERATING)}
    written = [replace(row, statuses=row.statuses | operating[str(row)]) for row in read(TABLE)]
    previews = [
        replace(row, path=f"{row.path}/preview") for row in written if "/actions/" in row.path
    ]
    return written + previews


@dataclass(frozen=True)
class Visit:
    """A kind of caller, the order that they ask for, and an endpoint of the marketplace."""

    who: Person
    in_play: OrderInPlay
    endpoint_id: str
    transfer_id: str

    def address(self, path: str) -> str:
        """The path of a row, filled in."""
        return path.format(
            service_id=self.in_play.service["id"],
            order_id=self.in_play.order["id"],
            request_id=self.in_play.order["request_id"],
            user_id="somebody-else",
            seller_id=self.in_play.seller.id,
            endpoint_id=self.endpoint_id,
            delivery_id="999999999",
            transfer_id=self.transfer_id,
            pay_in_id="00000000-0000-4000-8000-000000000000",
            name="stripe",
            payout_id=NOT_THERE,
            notification_id="999999999",
        )


async def visits_of(app: AppUnderTest) -> dict[str, Visit]:
    running = await _with_request(await (await app.place_order(price=eur(2000))).reach("delivered"))
    taken = await (await app.place_order()).reach("disputed")
    assigned = somebody("mediator", "mediator")
    await taken.act("assign", assigned)
    await _with_request(taken)
    ended = await (await app.place_order(money=2000)).reach("disputed")
    await ended.act("resolve", MEDIATOR, {"outcome": "refund", "reasons": "It is not blue."})
    await app.api.post(
        f"/v1/wallets/{ended.buyer.id}/payouts", OPERATOR, eur(2000), key=ended.buyer.id
    )
    await _with_request(ended)
    whose = {
        "stranger": (somebody("stranger"), ended),
        "buyer": (ended.buyer, ended),
        "seller": (ended.seller, ended),
        "before": (MEDIATOR, running),
        "after": (MEDIATOR, ended),
        "assigned": (assigned, taken),
        "other": (somebody("mediator", "mediator"), taken),
        "judge": (Person(ended.buyer.id, ("user", "mediator")), ended),
        "operator": (OPERATOR, ended),
        "owner": (Person(ended.buyer.id, ("user", "operator")), ended),
        **{role: (somebody(role, role), ended) for role in ("support", "finance", "provider")},
        "both": (somebody("both", "support", "provider"), ended),
    }
    endpoint_id = await new_endpoint(app, ended.seller.id)
    await app.api.call("PUT", "/v1/users/somebody-else", OPERATOR, body_for("/{user_id}"))
    moved = await app.api.post(
        "/v1/wallets/somebody-else/top-ups", OPERATOR, eur(1), key=f"visit-{ended.seller.id}"
    )
    transfer_id = moved.json()["id"]
    return {
        kind: Visit(who, in_play, endpoint_id, transfer_id)
        for kind, (who, in_play) in whose.items()
    }


async def new_endpoint(app: AppUnderTest, key: str) -> str:
    """The id of an endpoint that was not there before."""
    body = body_for("webhook-endpoints")
    added = await app.api.post("/v1/webhook-endpoints", OPERATOR, body, key=key)
    endpoint_id: str = added.json()["id"]
    return endpoint_id


async def _with_request(in_play: OrderInPlay) -> OrderInPlay:
    """Adds the id of a request that was made of the order."""
    last = (await in_play.api.events(in_play.order, in_play.buyer))[-1]
    in_play.order["request_id"] = last["request_id"]
    return in_play


async def disable_endpoints(app: AppUnderTest) -> None:
    """Nobody is to be told of what the tests after these do."""
    async with connection(app.pool) as acquired:
        await acquired.execute("UPDATE webhook_endpoints SET disabled_at = now()")


@pytest.fixture(scope="module")
async def visits(app: AppUnderTest) -> AsyncIterator[dict[str, Visit]]:
    """Each kind of caller with an order."""
    yield await visits_of(app)
    await disable_endpoints(app)


async def glance(app: AppUnderTest, path: str, who: Person | None, **headers: str) -> int:
    """The status of a stream, which has no end to wait for."""
    sent = {**(who.signed(SECRET) if who else {}), **headers}
    async with app.api.client.stream("GET", path, headers=sent) as answer:
        return answer.status_code


async def call(
    app: AppUnderTest, row: Row, visit: Visit, who: Person | None, **headers: str
) -> int:
    if row.path == READY:
        # A worker that was busy for ten seconds is taken for dead until its next heartbeat.
        await eventually(lambda: app.api.get(READY), lambda found: found.status_code == 200)
    name = row.path.removesuffix("/preview").rpartition("/")[2]
    body = OWN_BODIES.get(name) or body_for(row.path)
    if row.path.endswith("/stream"):
        return await glance(app, visit.address(row.path), who, **headers)
    if row.method == "DELETE":
        # The other rows speak of an endpoint that is there.
        visit = replace(visit, endpoint_id=await new_endpoint(app, f"gone-{next(_numbers)}"))
    if row.path == "/v1/orders":
        body = {"service_id": visit.in_play.service["id"], "brief": "Another one."}
    answer: httpx.Response = await app.api.call(
        row.method,
        visit.address(row.path),
        who,
        body if row.method in ("POST", "PUT", "PATCH") else None,
        key=f"visit-{next(_numbers)}",
        **headers,
    )
    if name == "archive" and answer.status_code == 200:
        # The other rows speak of a service that takes orders.
        path = visit.address("/v1/services/{service_id}/restore")
        assert (await app.api.post(path, visit.who)).status_code == 200
    if name == "release" and answer.status_code == 200 and not row.path.endswith("/preview"):
        # The other rows speak of a case that somebody has.
        again = await app.api.act(visit.in_play.order, "assign", visit.who)
        assert again.status_code == 200
    return answer.status_code


@pytest.mark.parametrize("row", rows(), ids=str)
async def test_every_caller_gets_what_the_table_says(
    app: AppUnderTest, visits: dict[str, Visit], row: Row
) -> None:
    got = {kind: await call(app, row, visit, visit.who) for kind, visit in visits.items()}
    assert {"forged": row.statuses["forged"], **got} == row.statuses


@pytest.mark.parametrize("row", rows(), ids=str)
async def test_no_forged_token_is_taken_for_a_caller(
    app: AppUnderTest, visits: dict[str, Visit], row: Row
) -> None:
    got = {
        name: await call(app, row, visits["operator"], None, **bearing(header))
        for name, header in forged().items()
        if name in PLAIN
    }
    assert dict.fromkeys(PLAIN, row.statuses["forged"]) == got


@pytest.mark.parametrize("name", forged())
async def test_no_forgery_whatever_is_taken_for_a_caller(app: AppUnderTest, name: str) -> None:
    answer = await app.api.get("/v1/wallet", None, **bearing(forged()[name]))
    assert 401 == answer.status_code


def bearing(header: str | None) -> Json:
    return {} if header is None else {"Authorization": header}


def test_the_table_has_every_endpoint(document: Json) -> None:
    endpoints = {
        f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item
    }
    assert endpoints == {str(row) for row in rows()}


async def test_nobody_changed_the_orders_of_the_table(
    app: AppUnderTest, visits: dict[str, Visit]
) -> None:
    """But for the statement that the mediator made."""
    ended = {
        kind: visit.in_play for kind, visit in visits.items() if kind not in ("assigned", "other")
    }
    versions = {kind: in_play.order["version"] for kind, in_play in ended.items()}
    assert versions == {kind: (await in_play.now())["version"] for kind, in_play in ended.items()}
