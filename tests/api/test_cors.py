"""Pages of other origins: none unless a setting names them, those that it names and no others."""

import pytest
from pydantic import ValidationError

from infra.settings import Settings
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import ApiClient, AppUnderTest, Json, somebody

SHOP = "https://shop.example.org"
ORIGINS = f"{SHOP}, http://localhost:3000"
NOT_THESE = [
    "https://shop.example.org.evil.example",
    "https://evil.shop.example.org",
    "http://shop.example.org",
    "https://shop.example.org:8443",
    "https://shop.example.org/",
    "https://SHOP.example.org",
    "http://localhost",
    "null",
    "*",
    "",
]
ASKS = {"Access-Control-Request-Method": "POST"}


async def asked(api: ApiClient, origin: str, path: str = "/v1/orders", **more: str) -> Json:
    """What a browser is told before a request, by the names of headers in small letters."""
    headers = {"Origin": origin, **ASKS, **more}
    answer = await api.client.request("OPTIONS", path, headers=headers)
    return {"status": answer.status_code, "body": answer.text, **answer.headers}


def words(text: str) -> set[str]:
    return {word.strip().lower() for word in text.split(",")}


async def test_without_the_setting_no_page_is_let_in(app: AppUnderTest) -> None:
    told = await asked(app.api, SHOP)
    answer = await app.api.get("/v1/wallet", somebody("buyer"), origin=SHOP)
    assert (405, 200) == (told["status"], answer.status_code)
    assert [] == [one for one in (*told, *answer.headers) if one.startswith("access-control")]


@pytest.mark.parametrize("origin", [SHOP, "http://localhost:3000"])
async def test_an_origin_that_is_named_is_let_in(another_api: AnotherApi, origin: str) -> None:
    api = await another_api(cors_origins=ORIGINS)
    wanted = "authorization, content-type, idempotency-key, if-match, last-event-id, x-request-id"
    told = await asked(api, origin, **{"Access-Control-Request-Headers": wanted})
    assert (204, "") == (told["status"], told["body"])
    assert origin == told["access-control-allow-origin"]
    assert words("GET, HEAD, POST, PUT, PATCH, DELETE") == words(
        told["access-control-allow-methods"]
    )
    assert words(wanted) <= words(told["access-control-allow-headers"])
    assert "Origin" in told["vary"]
    assert "access-control-allow-credentials" not in told


async def test_what_its_pages_may_read(another_api: AnotherApi, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    api = await another_api(cors_origins=ORIGINS)
    path = f"/v1/orders/{in_play.order['id']}"
    answer = await api.get(path, in_play.buyer, origin=SHOP)
    assert (200, SHOP) == (answer.status_code, answer.headers["Access-Control-Allow-Origin"])
    shown = words(answer.headers["Access-Control-Expose-Headers"])
    assert {"etag", "location", "x-request-id", "retry-after"} <= shown


@pytest.mark.parametrize("origin", NOT_THESE)
async def test_others_are_not(another_api: AnotherApi, origin: str) -> None:
    api = await another_api(cors_origins=ORIGINS)
    told = await asked(api, origin)
    answer = await api.get("/v1/wallet", somebody("buyer"), origin=origin)
    assert (403, 200) == (told["status"], answer.status_code)
    assert "forbidden" in told["body"]
    assert "access-control-allow-origin" not in {**told, **answer.headers}


@pytest.mark.parametrize(
    "more",
    [
        {"Access-Control-Request-Method": "TRACE"},
        {"Access-Control-Request-Headers": "cookie"},
        {"Access-Control-Request-Headers": "authorization, x-other"},
    ],
    ids=repr,
)
async def test_what_no_page_may_send_is_refused(another_api: AnotherApi, more: Json) -> None:
    api = await another_api(cors_origins=ORIGINS)
    told = await asked(api, SHOP, **more)
    assert (403, "application/problem+json") == (told["status"], told["content-type"])


async def test_browsers_ask_before_anybody_signs_in_and_beside_the_limits(
    another_api: AnotherApi,
) -> None:
    api = await another_api(cors_origins=ORIGINS, rate_limit=1, rate_burst=1, max_in_flight=1)
    assert [204] * 20 == [(await asked(api, SHOP))["status"] for _ in range(20)]
    assert 401 == (await api.get("/v1/wallet")).status_code
    assert 204 == (await asked(api, SHOP))["status"]


async def test_and_within_bounds(another_api: AnotherApi) -> None:
    api = await another_api(cors_origins=ORIGINS)
    told = await asked(api, SHOP, **{"Access-Control-Request-Headers": "x" * 17_000})
    assert (413, SHOP) == (told["status"], told["access-control-allow-origin"])


async def test_a_page_can_read_every_refusal(another_api: AnotherApi) -> None:
    api = await another_api(cors_origins=ORIGINS, rate_limit=1, rate_burst=1, max_body=1024)
    eager = somebody("eager")
    page: Json = {"origin": SHOP}
    answers = [
        await api.post("/v1/services", eager, {"title": "x" * 2_000}, **page),
        await api.get("/v1/wallet", eager, **page),
        await api.get("/v1/wallet", X="x" * 17_000, **page),
        await api.get("/v1/wallet", content_encoding="br", **page),
        await api.get("/v1/orders/%ff", **page),
        await api.get("/v1/wallet", **page),
    ]
    assert [413, 429, 413, 415, 422, 401] == [answer.status_code for answer in answers]
    assert [SHOP] * 6 == [one.headers["Access-Control-Allow-Origin"] for one in answers]


async def test_an_answer_of_one_origin_is_not_taken_for_anothers(another_api: AnotherApi) -> None:
    api = await another_api(cors_origins=ORIGINS)
    for origin in ("", SHOP, "https://other.example"):
        answer = await api.get("/v1/health/live", origin=origin)
        assert "Origin" in answer.headers["Vary"]


async def test_options_that_no_browser_asks_before_a_request_are_what_they_were(
    another_api: AnotherApi,
) -> None:
    api = await another_api(cors_origins=ORIGINS)
    assert 405 == (await api.call("OPTIONS", "/v1/wallet", origin=SHOP)).status_code


TAKEN = [
    "https://shop.example.org",
    "https://shop.example.org:8443",
    "http://localhost:3000,http://127.0.0.1:3000",
    "http://[::1]:3000",
    "https://xn--bcher-kva.example",
]
NOT_TAKEN = [
    *(
        "*",
        "https://*",
        "https://*.example.org",
        "null",
        "shop.example.org",
        "https://",
        "http://-",
    ),
    *("https://shop.example.org/", "https://shop.example.org/app", "https://Shop.example.org"),
    *("https://shop.example.org:443", "http://shop.example.org:80", "https://shop.example.org:0"),
    *("https://shop.example.org:65536", "https://user@shop.example.org", "https://bücher.example"),
    *("https://shop.example.org?x", "https://shop.example.org#x", "ftp://shop.example.org"),
    *(
        ",",
        "https://shop.example.org,",
        "https://shop.example.org,*",
        "https://a b",
        "https://a..b",
    ),
    *("https://shop.example.org\nhttps://other.example", "https://shop.example.org;x", "file://"),
]


def settings(origins: str) -> Settings:
    return Settings(_env_file=None, database_url="postgresql://x/y", cors_origins=origins)


@pytest.mark.parametrize("origins", TAKEN)
def test_origins_as_browsers_send_them_are_taken(origins: str) -> None:
    assert tuple(origins.split(",")) == settings(origins).allowed_origins


@pytest.mark.parametrize("origins", NOT_TAKEN)
def test_what_would_match_nothing_or_too_much_is_told_at_once(origins: str) -> None:
    with pytest.raises(ValidationError, match="must name origins one by one"):
        settings(origins)
