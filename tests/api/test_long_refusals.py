"""A refusal stays short, however much is wrong."""

import json

import pytest

from tests.api.assertions import code
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    somebody,
)
from tests.contract import eur

INVALID = (422, "invalid-request")
LONGEST_BYTES = 16_384
MANY = {f"unknown-{number}": number for number in range(5_000)}


@pytest.fixture(scope="module")
async def in_play(app: AppUnderTest) -> OrderInPlay:
    """An order of which nothing is changed."""
    return await app.place_order()


def calls(in_play: OrderInPlay) -> list[tuple[str, str, Person]]:
    """A call of every kind that takes fields."""
    order = f"/v1/orders/{in_play.order['id']}"
    return [
        ("POST", "/v1/services", in_play.seller),
        ("POST", "/v1/orders", in_play.buyer),
        ("POST", f"/v1/wallets/{in_play.buyer.id}/top-ups", OPERATOR),
        ("POST", f"{order}/actions/accept", in_play.seller),
        ("POST", f"{order}/actions/deliver/preview", in_play.seller),
        ("PUT", "/v1/me", in_play.buyer),
        ("POST", "/v1/notifications/read", in_play.buyer),
        ("POST", "/v1/webhook-endpoints", OPERATOR),
    ]


async def refusals(api: ApiClient, in_play: OrderInPlay, body: Json) -> list[Json]:
    """How each of these calls is refused."""
    found = []
    for method, path, who in calls(in_play):
        answer = await api.call(method, path, who, body, key=f"long-{len(json.dumps(body))}")
        assert INVALID == code(answer), answer.text[:500]
        assert len(answer.content) < LONGEST_BYTES, path
        found.append(answer.json())
    return found


async def test_thousands_of_unknown_fields_are_counted(
    app: AppUnderTest, in_play: OrderInPlay
) -> None:
    for problem in await refusals(app.api, in_play, MANY):
        assert 20 == len(problem["errors"])
        assert problem["more_errors"] >= 5_000 - 20
        assert f" {problem['more_errors']} more " in problem["detail"]


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f469", '"'])
async def test_a_name_without_end_is_cut(
    app: AppUnderTest, in_play: OrderInPlay, letter: str
) -> None:
    for problem in await refusals(app.api, in_play, {letter * 20_000: 1}):
        assert any(error["field"].endswith("…") for error in problem["errors"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"extras": [{} for _ in range(50)]},
        {"extras": [MANY]},
        {"price": {**eur(1), **MANY}},
        {"extras": [{"title": "", "price": {}, "delivery_time": 5} for _ in range(50)]},
    ],
    ids=["empty", "inside a list", "inside", "all wrong"],
)
async def test_what_is_wrong_inside_is_counted_too(app: AppUnderTest, wrong: Json) -> None:
    body = {"title": "A logo", "price": eur(1), "delivery_time": "P1D", **wrong}
    answer = await app.api.post("/v1/services", somebody("seller"), body)
    assert INVALID == code(answer)
    assert len(answer.content) < LONGEST_BYTES
    assert (20, True) == (len(answer.json()["errors"]), answer.json()["more_errors"] > 0)


async def test_a_few_are_all_told(app: AppUnderTest) -> None:
    few = {f"unknown-{number}": 1 for number in range(17)}
    answer = await app.api.post("/v1/services", somebody("seller"), few)
    assert 20 == len(answer.json()["errors"])  # and three are missing
    assert "more_errors" not in answer.json()
