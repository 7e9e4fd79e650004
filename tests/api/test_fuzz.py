"""Whatever is sent, the answer is one of the contract's: never a 5xx, never a crash.

That each answer is well-formed and documented is looked at after each test: see conftest.py.
"""

import json
import unicodedata
from copy import deepcopy
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.app_under_test import MEDIATOR, AppUnderTest, Json, OrderInPlay, Person
from tests.contract import eur

# The same examples in every run, so that a failure is one for everybody.
PATIENT = settings(derandomize=True, database=None, deadline=None, max_examples=60)
ODD_TEXTS = st.sampled_from(
    [
        *("", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "﷽" * 300, "\u202e", "null", "NaN"),
        *("0", "-1", "1e9", "P1D", "PT0S", "P-1D", "P999999999D", "EUR", "eur", "XXX"),
        *("'; DROP TABLE orders; --", "{{7*7}}", "${jndi:ldap://x}", "%s%n", "../../etc/passwd"),
        *("https://a.example", "http://[", "javascript:0", "x" * 101, "x" * 201, "x" * 10_001),
        str(uuid4()),
    ]
)
TEXTS = ODD_TEXTS | st.text(max_size=20)
NUMBERS = (
    st.sampled_from([0, -0.0, -1, 2**31, 2**63, 2**64, 10**10, 10**10 + 1, 10**400, 1e308])
    | st.integers()
    | st.floats()
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
GOOD: Json = {
    "/v1/services": {
        "title": "A logo",
        "description": "With two drafts.",
        "price": eur(2000),
        "delivery_time": "P3D",
        "revision_time": "P1D",
        "revisions_included": 2,
        "extras": [{"title": "Source files", "price": eur(500), "delivery_time": "P1D"}],
    },
    "/v1/orders": {"service_id": str(uuid4()), "brief": "A logo.", "extra_ids": [str(uuid4())]},
    "top-ups": eur(1),
    "payouts": eur(1),
    "accept": {},
    "deliver": {"message": "Here it is.", "links": ["https://a.example"]},
    "request_revision": {"reason": "Bluer."},
    "accept_revision": {},
    "refuse_revision": {"ground": "vague", "reason": "How?"},
    "complete": {},
    "open_dispute": {"reason": "It is not blue."},
    "buy_extra": {"extra_id": str(uuid4())},
    "cancel": {"reason": "I am ill."},
    "assign": {},
    "resolve": {
        "outcome": "split",
        "refund": eur(1000),
        "delivery_time": "P1D",
        "reasons": "It is not blue.",
    },
}


def places(part: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed within a document."""
    inner: Any = ()
    if isinstance(part, dict):
        inner = part.items()
    elif isinstance(part, list):
        inner = enumerate(part)
    return [way, *(one for name, value in inner for one in places(value, (*way, name)))]


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, Any]:
    """An endpoint and a body that was good before some of it was changed."""
    where = draw(st.sampled_from(sorted(GOOD)))
    body = {"whole": deepcopy(GOOD[where])}
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(places(body["whole"])))
        spoil(draw, body, ("whole", *way))
    return where, body["whole"]


def spoil(draw: st.DrawFn, body: Any, way: tuple[Any, ...]) -> None:
    for step in way[:-1]:
        body = body[step]
    last = way[-1]
    match draw(st.sampled_from(["replace", "remove", "add"])):
        case "remove" if last != "whole":
            del body[last]
        case "add" if isinstance(body[last], dict):
            body[last][draw(TEXTS)] = draw(VALUES)
        case _:
            body[last] = draw(VALUES)


@pytest.fixture(scope="module")
async def ended(app: AppUnderTest) -> OrderInPlay:
    """An order that nothing happens to any more; who acts on it is refused for that alone."""
    in_play = await (await app.place_order()).reach("disputed")
    await in_play.act("resolve", MEDIATOR, {"outcome": "refund", "reasons": "It is not blue."})
    return in_play


def address(where: str, in_play: OrderInPlay) -> str:
    if where.startswith("/"):
        return where
    if where in ("top-ups", "payouts"):
        return f"/v1/wallets/fuzz-wallet/{where}"
    return f"/v1/orders/{in_play.order['id']}/actions/{where}"


def callers(in_play: OrderInPlay) -> list[Person]:
    everything = ("user", "mediator", "operator")
    return [Person(one, everything) for one in (in_play.buyer.id, in_play.seller.id, "fuzzer")]


@settings(PATIENT, max_examples=100)
@given(asked=spoilt(), who=st.integers(0, 2))
async def test_no_body_breaks_the_api(
    app: AppUnderTest, ended: OrderInPlay, asked: tuple[str, Any], who: int
) -> None:
    where, body = asked
    headers = callers(ended)[who].headers | {
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid4()),
    }
    answer = await app.api.client.post(
        address(where, ended), content=json.dumps(body), headers=headers
    )
    assert answer.status_code < 500, f"{where} {body!r}: {answer.text}"


@PATIENT
@given(body=st.binary(max_size=60), media_type=st.sampled_from(["application/json", "text/plain"]))
async def test_no_bytes_break_the_api(
    app: AppUnderTest, ended: OrderInPlay, body: bytes, media_type: str
) -> None:
    headers = callers(ended)[2].headers | {"Content-Type": media_type, "Idempotency-Key": "fuzz"}
    answer = await app.api.client.post("/v1/orders", content=body, headers=headers)
    assert 422 == answer.status_code


def _sendable(raw: bytes) -> bytes:
    """Without the control characters that HTTP itself refuses."""
    return bytes(byte for byte in raw if byte >= 0x20 and byte != 0x7F).strip()


HEADERS = st.binary(max_size=30).map(_sendable)


@PATIENT
@given(key=HEADERS, etag=HEADERS, token=HEADERS, honest=st.booleans())
async def test_no_header_breaks_the_api(
    app: AppUnderTest, ended: OrderInPlay, key: bytes, etag: bytes, token: bytes, honest: bool
) -> None:
    good = callers(ended)[2].headers["Authorization"].encode()
    headers = [
        (b"Authorization", good if honest else b"Bearer " + (token or b"x")),
        (b"Idempotency-Key", key),
        (b"If-Match", etag),
    ]
    path = address("accept", ended)
    answer = await app.api.client.post(path, headers=headers)
    assert answer.status_code in ((403, 412, 422) if honest else (401,)), answer.text


@PATIENT
@given(
    path=st.sampled_from(["/v1/services", "/v1/orders", "/v1/wallet/entries", "/v1/disputes"]),
    query=st.dictionaries(
        st.sampled_from(["cursor", "limit", "seller_id", "role", "state", "other"]), TEXTS
    ),
)
async def test_no_query_breaks_the_api(
    app: AppUnderTest, ended: OrderInPlay, path: str, query: dict[str, str]
) -> None:
    text = "&".join(f"{name}={_quoted(value)}" for name, value in query.items())
    headers = callers(ended)[2].headers
    answer = await app.api.client.get(f"{path}?{text}", headers=headers)
    # Several long texts may make an address that is longer than any is taken.
    assert answer.status_code in (200, 413, 422), answer.text


@PATIENT
@given(
    path=st.sampled_from(
        ["/v1/services/{}", "/v1/orders/{}", "/v1/orders/{}/events", "/v1/orders/ended/requests/{}"]
    ),
    value=TEXTS.filter(lambda text: text.strip("./") and len(text) < 1_000),
)
async def test_no_id_breaks_the_api(
    app: AppUnderTest, ended: OrderInPlay, path: str, value: str
) -> None:
    filled = path.replace("ended", ended.order["id"]).format(_quoted(value))
    answer = await app.api.client.get(filled, headers=callers(ended)[0].headers)
    odd = any(letter == "/" or unicodedata.category(letter) in ("Cc", "Cs") for letter in value)
    assert (422 if odd else 404) == answer.status_code


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
