"""Tokens of the marketplace's identity provider, checked with the keys that it publishes."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing

import httpx
import pytest

from api.auth import jwks, provider_client
from api.auth.tokens import BadToken, Verifier
from embedded.ports import Port, claim_ports
from infra.settings import Settings
from tests.api.assertions import code
from tests.api.conftest import AnotherApi
from tests.api.forged import signed, signed_with, unsigned
from tests.api.provider import AUDIENCE, ISSUER, Key, Provider, elliptic, publishing, rsa, token
from tests.app_under_test import ApiClient, AppUnderTest, Json, eventually
from tests.webhooks.receiver import flood, impolite

RSA, ELLIPTIC, FOREIGN = rsa("rsa-1"), elliptic("ec-1"), rsa("rsa-1")


@pytest.fixture(scope="module")
async def steady(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """An API whose provider is always there, for tests that do not touch it."""
    async with publishing(Provider([RSA, ELLIPTIC])) as provider, AsyncExitStack() as stack:
        yield await stack.enter_async_context(app.with_settings(**provider.trusted))


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """A provider with a key of each kind."""
    async with publishing(Provider([RSA, ELLIPTIC])) as running:
        yield running


@pytest.fixture
async def api(another_api: AnotherApi, provider: Provider) -> ApiClient:
    """An API that trusts the provider."""
    return await another_api(**provider.trusted)


@pytest.fixture
async def verifier(provider: Provider) -> AsyncIterator[Verifier]:
    """A verifier of its own, which trusts the provider."""
    values: Json = {"database_url": "postgresql://nowhere", **provider.trusted}
    async with aclosing(Verifier(Settings(_env_file=None, **values))) as made:
        yield made


async def asked_more_than(provider: Provider, times: int) -> None:
    """Waits until the provider has been asked more often than that."""

    async def asked() -> int:
        return provider.asked

    await eventually(asked, lambda found: found > times)


async def knock(api: ApiClient, bearer: str) -> httpx.Response:
    return await api.get("/v1/wallet", Authorization=f"Bearer {bearer}")


@pytest.mark.parametrize("key", [RSA, ELLIPTIC], ids=["RS256", "ES256"])
async def test_a_token_by_a_published_key_is_good(steady: ApiClient, key: Key) -> None:
    assert 200 == (await knock(steady, token(key))).status_code


async def test_a_token_may_be_for_several_programs(steady: ApiClient) -> None:
    bearer = token(RSA, aud=["another", AUDIENCE])
    assert 200 == (await knock(steady, bearer)).status_code


@pytest.mark.parametrize(
    "bearer",
    [
        pytest.param(token(FOREIGN), id="another key of the same name"),
        pytest.param(token(RSA, {"kid": "ec-1"}), id="the name of another key"),
        pytest.param(token(rsa("unknown")), id="an unknown name"),
        pytest.param(token(elliptic("ec-1")), id="another elliptic key"),
        pytest.param(token(RSA, exp=1), id="expired"),
        pytest.param(token(RSA, sub=""), id="no user"),
        pytest.param(token(RSA, aud="another-program"), id="for another program"),
        pytest.param(token(RSA, aud=["another", "third"]), id="for other programs"),
        pytest.param(token(RSA, aud=[]), id="for no program"),
        pytest.param(token(RSA, aud=f"{AUDIENCE} "), id="for almost us"),
        pytest.param(token(RSA, aud={AUDIENCE: True}), id="for an object"),
        pytest.param(token(RSA, aud=None), id="for whom is not said"),
        pytest.param(token(RSA, iss="https://evil.example/"), id="by another issuer"),
        pytest.param(token(RSA, iss=[ISSUER]), id="by a list of issuers"),
        pytest.param(token(RSA, iss=ISSUER.removesuffix("/")), id="by almost the issuer"),
        pytest.param(token(RSA, iss=None), id="by whom is not said"),
        pytest.param(token(FOREIGN, {"jwk": FOREIGN.as_dict(private=False)}), id="its own key"),
        pytest.param(signed(), id="the secret of another stack"),
        pytest.param(unsigned("none"), id="alg none"),
        pytest.param("garbage", id="garbage"),
    ],
)
async def test_a_token_by_anything_else_is_not(steady: ApiClient, bearer: str) -> None:
    assert (401, "unauthenticated") == code(await knock(steady, bearer))


@pytest.mark.parametrize("key", [RSA, ELLIPTIC], ids=["RS256", "ES256"])
async def test_a_public_key_is_no_shared_secret(steady: ApiClient, key: Key) -> None:
    published = json.dumps(key.as_dict(private=False)).encode()
    for secret in (key.as_pem(private=False), key.as_der(private=False), published):
        assert (401, "unauthenticated") == code(await knock(steady, signed_with(secret, key.kid)))


async def test_a_new_key_is_taken_up_and_an_old_one_put_away(
    api: ApiClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0)
    await knock(api, token(RSA))
    renewed = rsa("rsa-2")
    provider.keys = [renewed]
    assert [200, 401] == [(await knock(api, token(key))).status_code for key in (renewed, RSA)]


async def test_unknown_keys_do_not_make_the_api_ask_again_and_again(
    api: ApiClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await knock(api, token(RSA))
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 3600)
    for number in range(10):
        assert 401 == (await knock(api, token(elliptic(f"made-up-{number}")))).status_code
    assert 1 == provider.asked


async def test_a_provider_that_is_away_cannot_be_asked(api: ApiClient, provider: Provider) -> None:
    provider.instead = (503, b"")
    refused = await knock(api, token(RSA))
    provider.instead = None
    assert (503, "unavailable") == code(refused)
    assert 200 == (await knock(api, token(RSA))).status_code


async def test_a_provider_that_nobody_listens_for_is_away(another_api: AnotherApi) -> None:
    (port,) = claim_ports(Port(0, "an identity provider", ""))
    async with publishing(Provider([RSA]), port) as provider:
        pass
    api = await another_api(**provider.trusted)
    assert (503, "unavailable") == code(await knock(api, token(RSA)))
    async with publishing(provider, port):
        assert 200 == (await knock(api, token(RSA))).status_code


NONSENSE = [b"", b"<html>", b"null", b"[]", b"7", b"{}", b'{"keys": 7}', b'{"keys": [{}]}', b"\xff"]


async def test_a_provider_that_answers_nonsense_is_away(api: ApiClient, provider: Provider) -> None:
    got = {}
    for nonsense in NONSENSE:
        provider.instead = (200, nonsense)
        got[nonsense] = code(await knock(api, token(RSA)))
    assert dict.fromkeys(NONSENSE, (503, "unavailable")) == got


GZIP = [(b"content-encoding", b"gzip")]
TOO_LARGE = "The identity provider answers with more than 262144 bytes"
AWAY = "The identity provider does not answer"


def said(answer: httpx.Response) -> str:
    """The first sentence of a refusal."""
    detail: str = answer.json().get("detail", "")
    return detail.partition(".")[0]


def padded(provider: Provider, size: int) -> bytes:
    """Its keys, in so many bytes."""
    return provider.published().ljust(size)


def packed(provider: Provider, size: int) -> bytes:
    return gzip.compress(padded(provider, size))


@pytest.mark.parametrize("write", [padded, packed], ids=["plain", "packed"])
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (provider_client.MOST_BYTES - 1_000, (200, "")),  # and its head
        (provider_client.MOST_BYTES + 1, (503, TOO_LARGE)),
        (50_000_000, (503, TOO_LARGE)),
    ],
)
async def test_a_set_of_keys_may_have_so_many_bytes(
    write: Callable[[Provider, int], bytes],
    size: int,
    expected: tuple[int, str],
    api: ApiClient,
    provider: Provider,
) -> None:
    provider.headers = GZIP if write is packed else []
    provider.instead = (200, write(provider, size))
    answer = await knock(api, token(RSA))
    assert expected == (answer.status_code, said(answer))


TWICE = gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [(b"gzip", b"no gzip"), (b"br", b"{}"), (b"gzip, gzip", TWICE)],
    ids=["none", "unknown", "twice"],
)
async def test_what_cannot_be_unpacked_is_no_answer(
    coding: bytes, body: bytes, api: ApiClient, provider: Provider
) -> None:
    provider.headers, provider.instead = [(b"content-encoding", coding)], (200, body)
    assert (503, "unavailable") == code(await knock(api, token(RSA)))


@pytest.mark.parametrize("promise", [b"100 Continue", b"103 Early Hints"])
async def test_a_flood_of_promises_is_broken_off(
    another_api: AnotherApi, promise: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        provider_client, "FETCH_SECONDS", 60.0
    )  # for the bytes to be too many first
    async with impolite(lambda _, writer: flood(writer, promise)) as url:
        api = await another_api(**Provider([], url=url).trusted)
        answer = await knock(api, token(RSA))
    assert (503, TOO_LARGE) == (answer.status_code, said(answer))


async def test_a_set_of_keys_that_comes_in_drops_does_not_come(
    another_api: AnotherApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    monkeypatch.setattr(provider_client, "FETCH_SECONDS", 0.5)
    async with impolite(drip) as url:
        api = await another_api(**Provider([], url=url).trusted)
        answer = await knock(api, token(RSA))
    assert (503, AWAY) == (answer.status_code, said(answer))


async def test_keys_that_are_known_serve_while_the_provider_is_away(
    api: ApiClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await knock(api, token(RSA))
    monkeypatch.setattr(jwks, "FRESH_SECONDS", -1)
    got = {}
    for away in [(500, b""), (200, b"<html>"), (200, b"{}")]:
        provider.instead = away
        got[away] = await until_asked_again(api, provider)
    assert all(found == {200} for found in got.values()), got


async def until_asked_again(api: ApiClient, provider: Provider) -> set[int]:
    """How knocks are answered until the provider is asked once more. Who knocks while a fetch is
    under way begins no other."""
    before, got = provider.asked, set[int]()

    async def knocks() -> bool:
        got.add((await knock(api, token(RSA))).status_code)
        return provider.asked > before

    await eventually(knocks)
    return got


async def test_many_at_once_at_a_cold_start_ask_once(api: ApiClient, provider: Provider) -> None:
    bearer = token(ELLIPTIC)
    answers = await asyncio.gather(*(knock(api, bearer) for _ in range(50)))
    assert ({200}, 1) == ({one.status_code for one in answers}, provider.asked)


async def test_keys_that_are_old_serve_while_newer_ones_are_fetched(
    api: ApiClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await knock(api, token(RSA))
    monkeypatch.setattr(jwks, "FRESH_SECONDS", -1)
    provider.answers.clear()
    got = [(await knock(api, token(RSA))).status_code for _ in range(5)]
    await asked_more_than(provider, 1)
    provider.answers.set()
    assert ([200] * 5, 2) == (got, provider.asked)


async def test_many_unknown_keys_at_once_ask_once(
    verifier: Verifier, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.verify(token(RSA))
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0)
    unknown = [token(elliptic(f"made-up-{number}")) for number in range(50)]
    got = await asyncio.gather(*map(verifier.verify, unknown), return_exceptions=True)
    assert ({BadToken}, 2) == ({type(one) for one in got}, provider.asked)


async def test_who_goes_away_does_not_end_the_fetch_that_others_wait_for(
    verifier: Verifier, provider: Provider
) -> None:
    provider.answers.clear()
    gone, stays = (asyncio.create_task(verifier.verify(token(RSA))) for _ in range(2))
    await asked_more_than(provider, 0)
    gone.cancel()
    await asyncio.wait([gone])
    provider.answers.set()
    assert "user" in (await stays).roles
    assert (True, 1) == (gone.cancelled(), provider.asked)


async def test_a_fetch_under_way_does_not_keep_the_api_from_ending(
    verifier: Verifier, provider: Provider
) -> None:
    provider.answers.clear()
    waiting = asyncio.create_task(verifier.verify(token(RSA)))
    await asked_more_than(provider, 0)
    await verifier.aclose()
    await asyncio.wait([waiting])
    provider.answers.set()
    assert waiting.cancelled()
    assert "user" in (await verifier.verify(token(RSA))).roles


async def test_health_needs_no_provider(api: ApiClient, provider: Provider) -> None:
    provider.instead = (500, b"")
    answer = await eventually(
        lambda: api.get("/v1/health/ready"), lambda found: found.status_code == 200
    )
    assert all(answer.json().values())
