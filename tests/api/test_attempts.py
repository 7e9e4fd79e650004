"""What one person may try on one order is bounded, at all processes together."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from infra.settings import Settings
from tests.api.assertions import code
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import OPERATOR, SECRET, OrderInPlay, Person
from tests.contract import body_of, eur

LIMITED = (429, "rate-limited")
MOST = 4


async def test_who_tries_too_much_on_an_order_is_told_when_to_go_on(
    order_in: OrderIn, another_api: AnotherApi
) -> None:
    in_play, api = await order_in("pending"), await another_api(max_attempts=MOST)
    answers = [await api.act(in_play.order, "accept", in_play.buyer) for _ in range(MOST + 1)]
    assert [403] * MOST == [answer.status_code for answer in answers[:-1]]
    assert LIMITED == code(answers[-1])
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3_600 / MOST
    assert "Nothing changed" in answers[-1].json()["detail"]
    # Whoever has no attempt left reads on, and looks at what an action would do.
    path = f"/v1/orders/{in_play.order['id']}"
    assert 200 == (await api.get(path, in_play.buyer)).status_code
    preview = await api.post(f"{path}/actions/cancel/preview", in_play.buyer)
    assert 200 == preview.status_code
    # The others go on: their own attempts are theirs.
    assert 200 == (await api.act(in_play.order, "accept", in_play.seller)).status_code
    assert MOST + 2 == len(await api.events(in_play.order, OPERATOR))


@pytest.mark.parametrize("action", ["deliver", "cancel", "propose_settlement", "assign"])
async def test_every_action_counts(action: str, order_in: OrderIn, another_api: AnotherApi) -> None:
    in_play, api = await order_in("pending"), await another_api(max_attempts=MOST)
    for _ in range(MOST):
        await api.act(in_play.order, "accept", in_play.buyer)
    answer = await api.act(in_play.order, action, in_play.buyer, body_of(action))
    assert LIMITED == code(answer)


async def test_accepted_ones_count_too(order_in: OrderIn, another_api: AnotherApi) -> None:
    in_play, api = await order_in("delivered"), await another_api(max_attempts=MOST)
    proposals = [
        await api.act(in_play.order, "propose_settlement", in_play.buyer, {"refund": eur(cents)})
        for cents in range(100, 100 + 2 * MOST)
    ]
    assert [200] * MOST + [429] * MOST == [answer.status_code for answer in proposals]


async def test_what_is_answered_again_under_its_key_is_no_attempt(
    order_in: OrderIn, another_api: AnotherApi
) -> None:
    in_play, api = await order_in("pending"), await another_api(max_attempts=MOST)
    key = str(uuid4())
    first = await api.act(in_play.order, "deliver", in_play.seller, body_of("deliver"), key=key)
    for _ in range(2 * MOST):
        again = await api.act(in_play.order, "deliver", in_play.seller, body_of("deliver"), key=key)
        assert (first.status_code, first.content) == (again.status_code, again.content)
    assert 200 == (await api.act(in_play.order, "accept", in_play.seller)).status_code


async def test_a_key_that_was_refused_for_haste_is_good_later(
    order_in: OrderIn, another_api: AnotherApi
) -> None:
    in_play, api = await order_in("pending"), await another_api(max_attempts=1)
    patient = await another_api(max_attempts=0)
    key = str(uuid4())
    await api.act(in_play.order, "deliver", in_play.seller, body_of("deliver"))
    assert LIMITED == code(await api.act(in_play.order, "accept", in_play.seller, key=key))
    answer = await patient.act(in_play.order, "accept", in_play.seller, key=key)
    assert 200 == answer.status_code


async def test_all_processes_count_together_and_another_token_is_the_same_person(
    order_in: OrderIn, another_api: AnotherApi
) -> None:
    in_play = await order_in("pending")
    apis = [await another_api(max_attempts=MOST) for _ in range(2)]
    twin = Person(in_play.seller.id, ("user", "mediator"))
    answers = await asyncio.gather(
        *(
            api.act(in_play.order, "complete", who)
            for api in apis
            for who in (in_play.seller, twin)
            for _ in range(MOST)
        )
    )
    assert MOST == sum(answer.status_code != 429 for answer in answers)


async def test_a_long_text_that_was_cut_is_still_compared_whole_under_its_key(
    order_in: OrderIn,
) -> None:
    in_play, key = await order_in("pending"), str(uuid4())
    assert 409 == (await _delivered(in_play, f"{'x' * 9_000}a", key)).status_code
    assert 409 == (await _delivered(in_play, f"{'x' * 9_000}a", key)).status_code
    other = await _delivered(in_play, f"{'x' * 9_000}b", key)
    assert (422, "idempotency-key-reused") == code(other)


async def _delivered(in_play: OrderInPlay, message: str, key: str) -> httpx.Response:
    return await in_play.api.act(
        in_play.order, "deliver", in_play.seller, {"message": message}, key=key
    )


def test_a_person_at_work_never_meets_it() -> None:
    settings = Settings(_env_file=None, database_url="postgresql://nowhere", jwt_secret=SECRET)
    assert 60 == settings.max_attempts
