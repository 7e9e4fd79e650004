"""How often one caller may ask, and that nobody is hurt by what another does."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Scope

from api.guard.rate_limit_identity import MACHINE_FACTOR, address
from api.guard.rate_limits import Buckets
from tests.api.assertions import code
from tests.api.conftest import AnotherApi
from tests.app_under_test import ApiClient, AppUnderTest, Person, somebody
from tests.contract import eur

LIMITED = (429, "rate-limited")
SLOW = {"rate_limit": 6, "rate_burst": 3}
"""One request in ten seconds after the first three."""


class StoppedClock:
    """A bucket's clock that goes on when it is told to, however long an answer takes."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
async def slow(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """A slow API for tests of callers whom nobody has met before, each of whom has a bucket."""
    async with app.with_settings(clock=StoppedClock(), **SLOW) as api:
        yield api


async def ask(
    api: ApiClient, times: int, who: Person | None, path: str = "/v1/wallet"
) -> list[int]:
    return [(await api.get(path, who)).status_code for _ in range(times)]


async def test_who_asks_too_often_is_told_when_to_go_on(slow: ApiClient) -> None:
    api, who = slow, somebody("eager")
    assert [200, 200, 200] == await ask(api, 3, who)
    answer = await api.get("/v1/wallet", who)
    assert LIMITED == code(answer)
    assert 1 <= int(answer.headers["Retry-After"]) <= 10


async def test_after_the_wait_there_is_one_more(another_api: AnotherApi) -> None:
    clock, who = StoppedClock(), somebody("patient")
    api = await another_api(clock=clock, rate_limit=60, rate_burst=1)
    assert [200, 429] == await ask(api, 2, who)
    answer = await api.get("/v1/wallet", who)
    clock.now += int(answer.headers["Retry-After"])
    assert [200, 429] == await ask(api, 2, who)


async def test_one_callers_haste_is_not_anothers_wait(slow: ApiClient) -> None:
    await ask(slow, 10, somebody("eager"))
    assert [200] == await ask(slow, 1, somebody("calm"))


async def test_another_token_of_the_same_user_is_the_same_caller(slow: ApiClient) -> None:
    api, who = slow, somebody("eager")
    same = Person(who.id, ("user", "mediator"))
    assert [200, 200] == await ask(api, 2, who)
    assert [200, 429] == await ask(api, 2, same)


async def test_requests_without_a_valid_token_share_their_address(another_api: AnotherApi) -> None:
    api = await another_api(clock=StoppedClock(), **SLOW)
    forged = {"Authorization": "Bearer no.such.token"}
    assert [401, 401] == await ask(api, 2, None)
    assert 401 == (await api.client.get("/v1/wallet", headers=forged)).status_code
    assert LIMITED == code(await api.client.get("/v1/wallet", headers=forged))
    assert [200] == await ask(api, 1, somebody("honest"))


async def test_addresses_that_do_not_exist_count_too(another_api: AnotherApi) -> None:
    api = await another_api(clock=StoppedClock(), **SLOW)
    assert [404, 404, 404, 429] == await ask(api, 4, None, "/v1/nowhere")


async def test_an_operator_speaks_for_many(slow: ApiClient) -> None:
    api, backend = slow, somebody("backend", "operator")
    count = SLOW["rate_burst"] * MACHINE_FACTOR
    assert [200] * count == await ask(api, count, backend)
    assert [429] == await ask(api, 1, backend)


async def test_health_is_asked_as_often_as_one_likes(slow: ApiClient) -> None:
    assert [200] * 20 == await ask(slow, 20, None, "/v1/health/live")


async def test_a_refused_request_does_nothing(slow: ApiClient) -> None:
    api, seller = slow, somebody("seller")
    body = {"title": "A logo", "price": eur(1), "delivery_time": "P1D"}
    answers = [await api.post("/v1/services", seller, body) for _ in range(5)]
    listed = await api.get(f"/v1/services?seller_id={seller.id}", somebody("reader"))
    assert [201, 201, 201, 429, 429] == [one.status_code for one in answers]
    assert 3 == len(listed.json()["items"])


async def test_a_refused_body_is_taken_so_that_the_answer_arrives(slow: ApiClient) -> None:
    api, seller = slow, somebody("seller")
    await ask(api, 3, seller)
    answer = await api.client.post(
        "/v1/services", content=b"x" * 10_000_000, headers=seller.headers
    )
    assert LIMITED == code(answer)


async def test_zero_is_no_limit(another_api: AnotherApi) -> None:
    api = await another_api(rate_limit=0, rate_burst=1)
    assert [200] * 20 == await ask(api, 20, somebody("eager"))


async def test_requests_at_once_get_no_more_than_the_bucket_has(slow: ApiClient) -> None:
    api, who = slow, somebody("eager")
    answers: list[httpx.Response] = await asyncio.gather(
        *(api.get("/v1/wallet", who) for _ in range(20))
    )
    assert 3 == [one.status_code for one in answers].count(200)


# --- buckets ---------------------------------------------------------------------------------


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets = Buckets(per_minute=60, burst=5)
    taken = [now for now in (n / 10 for n in range(200)) if buckets.take("ana", now) == 0.0]
    assert [0.0, 0.1, 0.2, 0.3, 0.4] == taken[:5]
    assert [float(second) for second in range(1, 20)] == pytest.approx(taken[5:])


def test_the_wait_that_is_told_is_the_wait_there_is() -> None:
    buckets = Buckets(per_minute=7, burst=3)
    clock = 1_000_000.0
    for _ in range(1_000):
        wait = buckets.take("ana", clock)
        if wait:
            assert buckets.take("ana", clock + wait - 0.001) > 0
            clock += wait
            assert buckets.take("ana", clock) == 0.0


def test_a_hundred_thousand_callers_take_no_more_room_than_the_most() -> None:
    buckets = Buckets(per_minute=60, burst=10, most=1_000)
    for number in range(100_000):
        buckets.take(str(number), number / 100_000)
    assert 1_000 >= len(buckets)


def test_who_keeps_asking_is_not_forgotten_among_many() -> None:
    buckets = Buckets(per_minute=1, burst=5, most=1_000)
    strangers = itertools.count()
    taken = 0
    for _ in range(20):
        taken += buckets.take("eager", 0.0) == 0.0
        for _ in range(100):
            buckets.take(f"stranger-{next(strangers)}", 0.0)
    assert 5 == taken


def test_callers_who_have_gone_are_let_go() -> None:
    buckets = Buckets(per_minute=60, burst=10)
    for number in range(1_000):
        buckets.take(str(number), 0.0)
    for number in range(1_000):
        buckets.take("ana", 100.0 + number)
    assert 1 == len(buckets)


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (("203.0.113.7", 1), "203.0.113.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::1", 1), "2001:db8:1:2::/64"),
        (("::ffff:203.0.113.7", 1), "203.0.113.7"),
        (("/run/api.sock", 0), "/run/api.sock"),
        (None, ""),
    ],
)
def test_an_address_is_what_one_customer_has(client: tuple[str, int] | None, expected: str) -> None:
    scope: Scope = {"type": "http", "client": client}
    assert expected == address(scope)


async def strangers(api: ApiClient, *addresses: str, header: str = "X-Forwarded-For") -> list[int]:
    """How requests without a token are answered that say to come from these addresses."""
    asked = [await api.client.get("/v1/wallet", headers={header: one}) for one in addresses]
    return [answer.status_code for answer in asked]


FOUR = ("203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP"])
@pytest.mark.parametrize("believed", [None, "10.0.0.5", "192.0.2.0/24"])
async def test_nobody_says_for_themselves_where_they_come_from(
    another_api: AnotherApi, monkeypatch: pytest.MonkeyPatch, believed: str | None, header: str
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # what uvicorn would go by
    api = await another_api(clock=StoppedClock(), trusted_proxies=believed, **SLOW)
    assert [401, 401, 401, 429] == await strangers(api, *FOUR, header=header)


@pytest.mark.parametrize("named", ["127.0.0.1", "10.0.0.5, 127.0.0.0/8"])
async def test_a_proxy_that_is_named_is_believed(another_api: AnotherApi, named: str) -> None:
    api = await another_api(clock=StoppedClock(), trusted_proxies=named, **SLOW)
    assert [401] * 4 == await strangers(api, *FOUR)
    through = [f"{made_up}, {FOUR[0]}" for made_up in FOUR]  # what the client said, and the proxy
    assert [401, 401, 429, 429] == await strangers(api, *through)
