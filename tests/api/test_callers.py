"""Who may call what: every endpoint with every kind of caller, in one table."""

from dataclasses import dataclass
from itertools import count

import httpx
import pytest

from tests.api.answers import Json
from tests.api.forged import PLAIN, forged
from tests.api.readings import eur
from tests.house import MEDIATOR, OPERATOR, Deal, House, Person, somebody

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
}
# The order of a call has ended, except for bef, asg and oth. So what a caller may do in another
# state is answered with 409, and what they may never do with 403.
TABLE = """
                                                   for str buy sel bef aft asg oth jdg ope own

POST /services                                     401 201 201 201 403 403 403 403 201 403 201
GET  /services                                     401 200 200 200 200 200 200 200 200 200 200
GET  /services/{service_id}                        401 200 200 200 200 200 200 200 200 200 200
POST /orders                                       401 402 402 403 403 403 403 403 402 403 402
GET  /orders                                       401 200 200 200 200 200 200 200 200 200 200
GET  /orders/{order_id}                            401 404 200 200 404 200 200 200 200 200 200
GET  /orders/{order_id}/events                     401 404 200 200 404 200 200 200 200 200 200
GET  /orders/{order_id}/ledger                     401 404 200 200 404 200 200 200 200 200 200
GET  /orders/{order_id}/requests/{request_id}      401 404 200 200 404 200 200 200 200 200 200

POST /orders/{order_id}/actions/accept             401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/deliver            401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/request_revision   401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/accept_revision    401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/refuse_revision    401 404 403 409 404 403 403 403 403 403 403
POST /orders/{order_id}/actions/complete           401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/open_dispute       401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/buy_extra          401 404 409 403 404 403 403 403 409 403 409
POST /orders/{order_id}/actions/cancel             401 404 409 409 404 403 403 403 409 409 409
POST /orders/{order_id}/actions/assign             401 404 403 403 404 409 409 409 403 403 403
POST /orders/{order_id}/actions/resolve            401 404 403 403 404 409 422 409 403 403 403

GET  /wallet                                       401 200 200 200 200 200 200 200 200 200 200
GET  /wallet/entries                               401 200 200 200 200 200 200 200 200 200 200
POST /wallets/{user_id}/top-ups                    401 403 403 403 403 403 403 403 403 201 201
POST /wallets/{user_id}/payouts                    401 403 403 403 403 403 403 403 403 402 402
GET  /disputes                                     401 403 403 403 200 200 200 200 200 200 200

GET  /health/live                                  200 200 200 200 200 200 200 200 200 200 200
GET  /health/ready                                 200 200 200 200 200 200 200 200 200 200 200
"""

BODIES: Json = {
    "services": {"title": "A logo", "price": eur(2000), "delivery_time": "P3D"},
    "deliver": {"message": "Here it is."},
    "request_revision": {"reason": "Bluer."},
    "refuse_revision": {"ground": "vague", "reason": "How?"},
    "open_dispute": {"reason": "It is not blue."},
    "buy_extra": {"extra_id": "no such extra"},
    # The rules let the assigned mediator do this, and it is refused only then, for its sum.
    "resolve": {"outcome": "split", "refund": eur(9_999_999), "reasons": "None."},
    "top-ups": eur(1),
    "payouts": eur(9_999_999_999),
}
_numbers = count()


@dataclass(frozen=True)
class Row:
    """An endpoint, and the status that each kind of caller gets."""

    method: str
    path: str
    statuses: dict[str, int]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def rows() -> list[Row]:
    head, *lines = [line.split() for line in TABLE.splitlines() if line.strip()]
    kinds = [KINDS[short] for short in head]
    return [
        Row(method, f"/v1{path}", dict(zip(kinds, map(int, statuses), strict=True)))
        for method, path, *statuses in lines
    ]


@dataclass(frozen=True)
class Visit:
    """A kind of caller, and the order that they ask for."""

    who: Person
    deal: Deal

    def address(self, path: str) -> str:
        """The path of a row, filled in."""
        return path.format(
            service_id=self.deal.service["id"],
            order_id=self.deal.order["id"],
            request_id=self.deal.order["request_id"],
            user_id="somebody-else",
        )


async def visits_of(house: House) -> dict[str, Visit]:
    running = await _with_request(await (await house.deal(price=eur(2000))).reach("delivered"))
    taken = await (await house.deal()).reach("disputed")
    assigned = somebody("mediator", "mediator")
    await taken.act("assign", assigned)
    await _with_request(taken)
    ended = await (await house.deal(money=2000)).reach("disputed")
    await ended.act("resolve", MEDIATOR, {"outcome": "refund", "reasons": "It is not blue."})
    await house.door.post(
        f"/v1/wallets/{ended.buyer.id}/payouts", OPERATOR, eur(2000), key=ended.buyer.id
    )
    await _with_request(ended)
    return {
        "stranger": Visit(somebody("stranger"), ended),
        "buyer": Visit(ended.buyer, ended),
        "seller": Visit(ended.seller, ended),
        "before": Visit(MEDIATOR, running),
        "after": Visit(MEDIATOR, ended),
        "assigned": Visit(assigned, taken),
        "other": Visit(somebody("mediator", "mediator"), taken),
        "judge": Visit(Person(ended.buyer.id, ("user", "mediator")), ended),
        "operator": Visit(OPERATOR, ended),
        "owner": Visit(Person(ended.buyer.id, ("user", "operator")), ended),
    }


async def _with_request(deal: Deal) -> Deal:
    """Adds the id of a request that was made of the order."""
    last = (await deal.door.events(deal.order, deal.buyer))[-1]
    deal.order["request_id"] = last["request_id"]
    return deal


@pytest.fixture(scope="module")
async def visits(house: House) -> dict[str, Visit]:
    """Each kind of caller with an order."""
    return await visits_of(house)


async def call(house: House, row: Row, visit: Visit, who: Person | None, **headers: str) -> int:
    body = BODIES.get(row.path.rpartition("/")[2])
    if row.path == "/v1/orders":
        body = {"service_id": visit.deal.service["id"], "brief": "Another one."}
    answer: httpx.Response = await house.door.call(
        row.method,
        visit.address(row.path),
        who,
        body if row.method == "POST" else None,
        key=f"visit-{next(_numbers)}",
        **headers,
    )
    return answer.status_code


@pytest.mark.parametrize("row", rows(), ids=str)
async def test_every_caller_gets_what_the_table_says(
    house: House, visits: dict[str, Visit], row: Row
) -> None:
    got = {kind: await call(house, row, visit, visit.who) for kind, visit in visits.items()}
    assert {"forged": row.statuses["forged"], **got} == row.statuses


@pytest.mark.parametrize("row", rows(), ids=str)
async def test_no_forged_token_is_taken_for_a_caller(
    house: House, visits: dict[str, Visit], row: Row
) -> None:
    got = {
        name: await call(house, row, visits["operator"], None, **bearing(header))
        for name, header in forged().items()
        if name in PLAIN
    }
    assert dict.fromkeys(PLAIN, row.statuses["forged"]) == got


@pytest.mark.parametrize("name", forged())
async def test_no_forgery_whatever_is_taken_for_a_caller(house: House, name: str) -> None:
    answer = await house.door.get("/v1/wallet", None, **bearing(forged()[name]))
    assert 401 == answer.status_code


def bearing(header: str | None) -> Json:
    return {} if header is None else {"Authorization": header}


def test_the_table_has_every_endpoint(document: Json) -> None:
    endpoints = {
        f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item
    }
    assert endpoints == {str(row) for row in rows()}


async def test_nobody_changed_the_orders_of_the_table(
    house: House, visits: dict[str, Visit]
) -> None:
    versions = {kind: visit.deal.order["version"] for kind, visit in visits.items()}
    assert versions == {kind: (await visit.deal.now())["version"] for kind, visit in visits.items()}
