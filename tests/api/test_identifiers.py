"""Nobody is somebody else by another spelling, wherever a name or an id is taken."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from starlette.requests import Request

from api.answers import key_of
from api.auth.tokens import Caller
from api.problems import Problem
from api.schemas.base import Nothing
from tests.api.assertions import code
from tests.api.forged import signed
from tests.app_under_test import OPERATOR, AppUnderTest, Json, Person, somebody
from tests.contract import eur
from tests.domain.test_identifiers import ALICE_TO_THE_EYE, NO_ADDRESS_CARRIES, PEOPLE

INVALID, UNKNOWN = (422, "invalid-request"), (404, "not-found")
STRANGE = [*ALICE_TO_THE_EYE, *NO_ADDRESS_CARRIES]
IN_AN_ADDRESS = [name for name in STRANGE if name not in (".", "..")]
"""The client itself makes another address of the others."""


@pytest.fixture(scope="module")
async def alice(app: AppUnderTest) -> Person:
    """Somebody with money."""
    who = Person("alice")
    await app.api.top_up(who, 2_000)
    return who


@pytest.mark.parametrize("name", STRANGE, ids=ascii)
@pytest.mark.parametrize("path", ["wallet", "me", "orders"])
async def test_a_signed_name_is_not_cleaned(
    app: AppUnderTest, alice: Person, name: str, path: str
) -> None:
    answer = await app.api.get(f"/v1/{path}", Authorization=f"Bearer {signed(sub=name)}")
    assert (401, "unauthenticated") == code(answer)
    assert "its sub is not a user id (must not " in answer.json()["detail"]


async def test_nothing_is_paid_by_who_is_only_spelt_alike(app: AppUnderTest, alice: Person) -> None:
    service = await app.api.offer(somebody("seller"))
    body = {"service_id": service["id"], "brief": "A fish."}
    for name in STRANGE:
        bearer = {"Authorization": f"Bearer {signed(sub=name)}"}
        answer = await app.api.post("/v1/orders", None, body, key=str(uuid4()), **bearer)
        assert 401 == answer.status_code
    assert 2_000 == await app.api.balance(alice)


async def test_names_that_unicode_takes_for_alike_are_of_different_people(
    app: AppUnderTest,
) -> None:
    people = [Person(f"{name}-of-many") for name in PEOPLE]
    for cents, who in enumerate(people, 1):
        path = f"/v1/wallets/{quote(who.id, safe='')}/top-ups"
        answer = await app.api.post(path, OPERATOR, eur(cents), key=f"many-{cents}")
        assert (201, who.id) == (answer.status_code, answer.json()["user_id"])
    assert [*range(1, len(people) + 1)] == [await app.api.balance(who) for who in people]


@pytest.mark.parametrize("name", IN_AN_ADDRESS, ids=ascii)
async def test_an_address_names_exactly_one(app: AppUnderTest, alice: Person, name: str) -> None:
    word = quote(name, safe="")
    calls = [
        ("POST", f"/v1/wallets/{word}/top-ups"),
        ("POST", f"/v1/wallets/{word}/payouts"),
        ("GET", f"/v1/sellers/{word}/reputation"),
        ("GET", f"/v1/sellers/{word}/reputation/orders"),
        ("GET", f"/v1/services?seller_id={word}"),
    ]
    answers = [
        await app.api.call(how, path, OPERATOR, eur(7) if how == "POST" else None, key=str(uuid4()))
        for how, path in calls
    ]
    assert {INVALID} == {code(answer) for answer in answers}
    assert 2_000 == await app.api.balance(alice)


def fields(answer: httpx.Response) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def _spellings(own: str) -> list[str]:
    """How an id of ours could be written otherwise, and be read as the same."""
    return [
        own.upper(),
        own.replace("-", ""),
        f"{{{own}}}",
        f"urn:uuid:{own}",
        f"{own} ",
        f" {own}",
    ]


async def test_an_order_and_all_that_it_has_go_by_their_own_ids(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    own, seller = in_play.order["id"], in_play.seller
    for spelt in map(quote, _spellings(own)):
        for how, path in (
            ("GET", f"/v1/orders/{spelt}"),
            ("GET", f"/v1/orders/{spelt}/events"),
            ("GET", f"/v1/orders/{spelt}/stream"),
            ("GET", f"/v1/orders/{spelt}/ledger"),
            ("GET", f"/v1/orders/{spelt}/case"),
            ("POST", f"/v1/orders/{spelt}/actions/accept"),
            ("POST", f"/v1/orders/{spelt}/actions/accept/preview"),
            ("GET", f"/v1/services/{spelt.replace(own, in_play.service['id'])}"),
        ):
            assert UNKNOWN == code(await app.api.call(how, path, seller)), path
    assert "pending" == (await app.api.order(own, seller))["state"]


async def test_a_body_names_things_by_their_own_ids(app: AppUnderTest) -> None:
    in_play = await app.place_order(money=20_000)
    service = in_play.service
    extra = service["extras"][0]["id"]
    for given in _spellings(service["id"]):
        await _refused(app, in_play.buyer, "body.service_id", service_id=given)
    for given in _spellings(extra):
        body: Json = {"service_id": service["id"], "extra_ids": [given]}
        await _refused(app, in_play.buyer, "body.extra_ids.0", **body)
        bought = await app.api.act(in_play.order, "buy_extra", in_play.buyer, {"extra_id": given})
        assert INVALID == code(bought)


async def _refused(app: AppUnderTest, buyer: Person, field: str, **body: Any) -> None:
    answer = await app.api.post("/v1/orders", buyer, {"brief": "A fish.", **body}, key=str(uuid4()))
    assert (INVALID, [field]) == (code(answer), fields(answer))


async def test_a_request_goes_by_its_own_id(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    await in_play.act("accept", in_play.seller)
    path = f"/v1/orders/{in_play.order['id']}"
    journal = (await app.api.get(f"{path}/events", in_play.seller)).json()["items"]
    own = journal[-1]["request_id"]
    assert 200 == (await app.api.get(f"{path}/requests/{own}", in_play.seller)).status_code
    for spelt in map(quote, _spellings(own)):
        if spelt != own:
            answer = await app.api.get(f"{path}/requests/{spelt}", in_play.seller)
            assert UNKNOWN == code(answer), spelt


async def test_what_is_numbered_goes_by_its_own_number(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    inbox = (await app.api.get("/v1/notifications", in_play.seller)).json()["items"]
    own = inbox[0]["id"]
    for spelt in (f"0{own}", f"+{own}", f"{own}.0", f"%20{own}", f"{own}%20"):
        answer = await app.api.post(f"/v1/notifications/{spelt}/read", in_play.seller)
        assert UNKNOWN == code(answer), spelt
        sent = await app.api.post(f"/v1/webhook-deliveries/{spelt}/redeliver", OPERATOR)
        assert UNKNOWN == code(sent), spelt
        told = await app.api.post("/v1/notifications/read", in_play.seller, {"up_to": spelt})
        assert INVALID == code(told), spelt


@pytest.mark.parametrize("given", [" key", "key ", "  "], ids=repr)
def test_an_idempotency_key_is_not_cleaned(given: str) -> None:
    """HTTP itself takes spaces round a header away, so this is how the rest of the way sees it."""
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": []})
    with pytest.raises(Problem) as refused:
        key_of(request, Caller("alice", frozenset(), 0.0), given, Nothing())
    assert INVALID == (refused.value.status, refused.value.code)
