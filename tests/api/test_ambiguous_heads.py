"""A head that can be read in two ways, or says what nobody here does: refused, and never half of it
dropped in silence."""

import gzip
import json
from uuid import uuid4

import pytest

from tests.api.assertions import code
from tests.api.test_heads import on_the_wire
from tests.app_under_test import AppUnderTest, Json, Person, somebody

INVALID = (422, "invalid-request")
NEW_SERVICE: Json = {
    "title": "A logo",
    "price": {"amount": 100, "currency": "EUR"},
    "delivery_time": "P1D",
    "extras": [],
}


async def offered(
    app: AppUnderTest, who: Person, *more: tuple[str, str], body: bytes | None = None
) -> tuple[int, Json, dict[str, str]]:
    """The answer to a new service with these headers besides, each as often as it is named."""
    headers = [*who.headers.items(), ("Content-Type", "application/json"), *more]
    answer = await app.api.client.post(
        "/v1/services", headers=headers, content=body or json.dumps(NEW_SERVICE)
    )
    return answer.status_code, answer.json(), dict(answer.headers)


async def count(app: AppUnderTest, seller: Person) -> int:
    answer = await app.api.get(f"/v1/services?seller_id={seller.id}", seller)
    return len(answer.json()["items"])


@pytest.mark.parametrize(
    "more",
    [
        [("Idempotency-Key", "one"), ("Idempotency-Key", "two")],
        [("idempotency-key", "one"), ("IDEMPOTENCY-KEY", "two"), ("Idempotency-Key", "one")],
        [("Idempotency-Key", "one"), ("Idempotency-Key", "")],
        [("Content-Type", "text/plain")],
        [("If-Match", '"1"'), ("If-Match", '"2"')],
        [("Last-Event-ID", "1"), ("Last-Event-ID", "2")],
    ],
)
async def test_two_values_of_one_header_are_refused(
    app: AppUnderTest, more: list[tuple[str, str]]
) -> None:
    seller = somebody("seller")
    status, said, _ = await offered(app, seller, *more)
    [name] = {one.lower() for one, _ in more}
    assert INVALID == (status, said["code"])
    assert (
        f"header.{name.title().replace('Id', 'ID') if 'vent' in name else name.title()}"
        in (said["errors"][0]["field"])
    )
    assert 0 == await count(app, seller)


async def test_two_tokens_are_nobodys(app: AppUnderTest) -> None:
    seller = somebody("seller")
    for other in (somebody("other").headers["Authorization"], "Basic eDp5", ""):
        status, said, headers = await offered(app, seller, ("Authorization", other))
        assert (401, "unauthenticated") == (status, said["code"])
        assert "Bearer" == headers["www-authenticate"]
        assert "Authorization" in said["detail"]
    assert 0 == await count(app, seller)


async def test_the_same_value_twice_is_one(app: AppUnderTest) -> None:
    seller, key = somebody("seller"), f"twice-{uuid4()}"
    again = [("Idempotency-Key", key)] * 2
    first = await offered(app, seller, *again, *seller.headers.items())
    second = await offered(app, seller, *again)
    assert (201, 201, first[1]["id"]) == (first[0], second[0], second[1]["id"])
    assert 1 == await count(app, seller)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "GZIP", "gzip, identity", "x-own"])
async def test_a_body_in_a_coding_is_refused_as_that(app: AppUnderTest, coding: str) -> None:
    seller = somebody("seller")
    for body in (gzip.compress(json.dumps(NEW_SERVICE).encode()), None):
        status, said, headers = await offered(app, seller, ("Content-Encoding", coding), body=body)
        assert (415, "unsupported-encoding") == (status, said["code"])
        assert "identity" == headers["accept-encoding"]
        assert "Content-Encoding" in said["detail"]
    assert 0 == await count(app, seller)


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
async def test_no_coding_is_none(app: AppUnderTest, coding: str) -> None:
    status, _, _ = await offered(app, somebody("seller"), ("Content-Encoding", coding))
    assert 201 == status


@pytest.mark.parametrize(
    ("version", "framing"),
    [
        ("1.1", "Content-Length: 4\r\nTransfer-Encoding: chunked"),
        ("1.1", "Transfer-Encoding: chunked\r\nContent-Length: 0"),
        ("1.1", "transfer-encoding: Chunked\r\ncontent-length: 4"),
        ("1.0", "Connection: keep-alive\r\nTransfer-Encoding: chunked"),
    ],
)
async def test_two_lengths_of_a_body_are_refused_and_end_the_connection(
    app: AppUnderTest, version: str, framing: str
) -> None:
    """Whoever stands before the API may have read another end of the body (RFC 9112 §6.1)."""
    token = somebody("seller").headers["Authorization"]
    whose = f"Host: here\r\nAuthorization: {token}\r\n"
    head = f"POST /v1/services HTTP/{version}\r\n{whose}{framing}\r\n\r\n"
    behind = f"GET /v1/me HTTP/1.1\r\n{whose}\r\n"
    answer = await on_the_wire(app, f"{head}4\r\ntrue\r\n0\r\n\r\n{behind}".encode())
    assert answer.startswith(b"HTTP/1.1 422 ")
    assert 1 == answer.count(b"\r\ndate: ")
    assert b"Transfer-Encoding" in answer


WEAK = ['W/"{}"', 'W/"{}", "99"', 'w/"{}"']


@pytest.mark.parametrize("tag", WEAK)
async def test_a_weak_tag_matches_nothing(app: AppUnderTest, tag: str) -> None:
    """Only a strong one says that it is the same (RFC 9110 §13.1.1)."""
    in_play = await app.place_order()
    version = in_play.order["version"]
    path = f"/v1/orders/{in_play.order['id']}/actions/accept"
    for rest in ("", "/preview"):
        refused = await app.api.post(path + rest, in_play.seller, If_Match=tag.format(version))
        assert (412, "version-mismatch") == code(refused)
    done = await app.api.post(path, in_play.seller, If_Match=f'W/"{version}", "{version}"')
    assert 200 == done.status_code


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/services?sort=price", "query.sort"),
        ("/v1/services?limit=1&Limit=2", "query.Limit"),
        ("/v1/services?", None),
        ("/v1/services?limit=1", None),
        ("/v1/services?limit=1&limit=1", None),
        ("/v1/services?limit=1&limit=2", "query.limit"),
        ("/v1/orders?state=pending&colour=blue", "query.colour"),
        ("/v1/wallet?currency=EUR", "query.currency"),
        ("/v1/wallet/entries?before=1", "query.before"),
        ("/v1/me?x", "query.x"),
        ("/v1/notifications?unread=true&unread=false", "query.unread"),
    ],
)
async def test_what_nobody_asks_for_in_a_query_is_refused(
    app: AppUnderTest, path: str, field: str | None
) -> None:
    answer = await app.api.get(path, somebody("reader"))
    if field is None:
        assert 200 == answer.status_code
        return
    assert INVALID == code(answer)
    assert [field] == [one["field"] for one in answer.json()["errors"]]
