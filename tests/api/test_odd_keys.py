"""Key sets with entries that check no token, and tokens that do not name their key."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey

from api.auth import jwks
from api.auth.jwks import KeysUnavailable
from api.auth.tokens import BadToken, Verifier
from infra.settings import Settings
from tests.api.forged import OTHER_SECRET, signed, signed_with
from tests.api.provider import Key, Provider, elliptic, publishing, rsa, token
from tests.app_under_test import Json, eventually
from tests.own_logs import own_logs

RSA, ELLIPTIC = rsa("rsa-1"), elliptic("ec-1")
OTHER_RSA, OTHER_ELLIPTIC = rsa("rsa-2"), elliptic("ec-2")
SECRET = OctKey.import_key(OTHER_SECRET, {"kid": "secret", "alg": "HS256", "use": "sig"})
PUBLIC = RSA.as_dict(private=False)
ON_A_CURVE = ELLIPTIC.as_dict(private=False)
NEUTRAL = {name: value for name, value in PUBLIC.items() if name not in ("use", "kid")}

ODD: dict[str, Any] = {
    "an unknown curve": ON_A_CURVE | {"kid": "odd", "crv": "P-999"},
    "another curve": ECKey.generate_key("P-384", {"kid": "odd"}).as_dict(private=False),
    "a curve that is no text": ON_A_CURVE | {"kid": "odd", "crv": 256},
    "a point off its curve": ON_A_CURVE | {"kid": "odd", "x": ON_A_CURVE["y"]},
    "no modulus": {"kty": "RSA", "kid": "odd", "e": "AQAB"},
    "a modulus that is no text": {"kty": "RSA", "kid": "odd", "e": "AQAB", "n": 7},
    "a modulus that is no base64": {"kty": "RSA", "kid": "odd", "e": "AQAB", "n": "é$"},
    "an empty modulus": {"kty": "RSA", "kid": "odd", "e": "AQAB", "n": ""},
    "an unknown kind": {"kty": "AKP", "kid": "odd", "alg": "ML-DSA-44", "pub": "AA"},
    "a kind that is no text": PUBLIC | {"kid": "odd", "kty": ["RSA"]},
    "another kind": OKPKey.generate_key("Ed25519", {"kid": "odd"}).as_dict(private=False),
    "no kind": {"kid": "odd"},
    "for encryption": NEUTRAL | {"kid": "odd", "use": "enc"},
    "for encryption by its operations": NEUTRAL | {"kid": "odd", "key_ops": ["encrypt"]},
    "operations that are no list": NEUTRAL | {"kid": "odd", "key_ops": 7},
    "for another algorithm": NEUTRAL | {"kid": "odd", "alg": "PS512"},
    "an algorithm that is no text": NEUTRAL | {"kid": "odd", "alg": {}},
    "a name that is no text": PUBLIC | {"kid": 7},
    "a shared secret": SECRET.as_dict(private=True),
    "a shared secret without more": {"kty": "oct", "k": "c2VjcmV0"},
    "nothing": None,
    "a text": "key",
    "a number": 7,
    "a list": [PUBLIC],
    "an empty object": {},
}


@asynccontextmanager
async def trusting(keys: Sequence[Key], *odd: Any) -> AsyncIterator[tuple[Verifier, Provider]]:
    """A verifier that has not asked yet, and the provider that it trusts."""
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(publishing(Provider(list(keys), list(odd))))
        values: Json = {"database_url": "postgresql://nowhere", **provider.trusted}
        verifier = Verifier(Settings(_env_file=None, **values))
        yield await stack.enter_async_context(aclosing(verifier)), provider


async def refusal(verifier: Verifier, bearer: str) -> str:
    with pytest.raises(BadToken) as refused:
        await verifier.verify(bearer)
    return str(refused.value)


@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
async def test_an_odd_entry_hides_no_key(odd: Any) -> None:
    async with trusting([RSA, ELLIPTIC], odd) as (verifier, _):
        got = [await verifier.verify(token(key)) for key in (RSA, ELLIPTIC)]
    assert ["somebody"] * 2 == [caller.id for caller in got]


@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
async def test_an_odd_entry_is_named_in_the_log_once_a_fetch(odd: Any) -> None:
    async with trusting([RSA], odd) as (verifier, _):
        with own_logs() as logs:
            for _ in range(3):
                await verifier.verify(token(RSA))
    [entry] = logs
    [named] = entry["keys"]
    assert ("published keys ignored", "warning") == (entry["event"], entry["log_level"])
    kid = odd.get("kid") if isinstance(odd, dict) else None
    assert (repr(kid) if isinstance(kid, str) else "entry 1") == named.partition(":")[0]
    assert OTHER_SECRET not in str(logs)


async def test_beside_an_odd_entry_rotated_keys_are_taken_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", -1)
    async with trusting([RSA]) as (verifier, provider):
        await verifier.verify(token(RSA))
        provider.keys, provider.odd = [OTHER_RSA], [ODD["no modulus"]]
        assert "somebody" == (await verifier.verify(token(OTHER_RSA))).id
        assert "no published key fits it" == await refusal(verifier, token(RSA))


@pytest.mark.parametrize("odd", [[], list(ODD.values())], ids=["none", "odd ones"])
async def test_where_no_key_is_usable_that_is_said_and_logged(odd: list[Any]) -> None:
    async with trusting([], *odd) as (verifier, _):
        with own_logs() as logs, pytest.raises(KeysUnavailable, match="publishes no key"):
            await verifier.verify(token(RSA))
    assert ["published keys not fetched"] == [
        one["event"] for one in logs if one["log_level"] == "error"
    ]


async def test_a_provider_that_fails_is_logged_when_it_begins_and_when_it_ends() -> None:
    async with trusting([RSA]) as (verifier, provider):
        provider.instead = (500, b"")
        with own_logs() as logs:
            for _ in range(3):
                with pytest.raises(KeysUnavailable, match="does not answer"):
                    await verifier.verify(token(RSA))
            provider.instead = None
            for _ in range(3):
                await verifier.verify(token(RSA))
    events = [one["event"] for one in logs]
    assert ["published keys not fetched", "published keys are there again"] == events
    assert (4, "The identity provider does not answer.") == (provider.asked, logs[0]["because"])


async def test_a_background_fetch_that_fails_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "FRESH_SECONDS", -1)
    async with trusting([RSA]) as (verifier, provider):
        await verifier.verify(token(RSA))
        provider.instead = (200, b"<html>")
        with own_logs() as logs:
            await verifier.verify(token(RSA))

            async def logged() -> int:
                await asyncio.sleep(0)
                return len(logs)

            await eventually(logged)
    assert ["published keys not fetched"] == [one["event"] for one in logs]


# --- tokens without the name of a key ----------------------------------------------------------


NAMELESS = {"kid": None}


@pytest.mark.parametrize("key", [RSA, ELLIPTIC], ids=["RS256", "ES256"])
async def test_a_token_without_a_name_is_checked_by_the_only_key_that_fits(key: Key) -> None:
    async with trusting([RSA, ELLIPTIC], *ODD.values()) as (verifier, _):
        assert "somebody" == (await verifier.verify(token(key, NAMELESS))).id


async def test_where_several_keys_fit_a_token_has_to_name_its_own() -> None:
    async with trusting([RSA, OTHER_RSA, ELLIPTIC]) as (verifier, _):
        why = await refusal(verifier, token(RSA, NAMELESS))
        assert "it does not name its key (kid), and several fit it" == why
        assert "somebody" == (await verifier.verify(token(RSA))).id


async def test_where_no_key_fits_that_is_said() -> None:
    async with trusting([RSA]) as (verifier, _):
        assert "no published key fits it" == await refusal(verifier, token(ELLIPTIC, NAMELESS))


async def test_a_key_made_for_another_algorithm_does_not_fit() -> None:
    for_another = PUBLIC | {"kid": "rsa-9", "alg": "ES256"}
    async with trusting([], for_another, ON_A_CURVE) as (verifier, _):
        assert "no published key fits it" == await refusal(verifier, token(RSA, NAMELESS))


async def test_the_only_key_that_fits_has_to_have_signed() -> None:
    async with trusting([RSA, ELLIPTIC]) as (verifier, _):
        got = [await refusal(verifier, token(k, NAMELESS)) for k in (OTHER_RSA, OTHER_ELLIPTIC)]
    assert ["its signature does not hold"] * 2 == got


# --- shared secrets ----------------------------------------------------------------------------


@pytest.mark.parametrize("beside", [[], [RSA, ELLIPTIC]], ids=["alone", "beside keys"])
async def test_a_published_secret_proves_nothing(beside: list[Key]) -> None:
    secret = SECRET.as_dict(private=True)
    posing = [secret, secret | {"alg": "RS256"}, secret | {"alg": "ES256", "kid": "ec-1"}]
    async with trusting(beside, *posing) as (verifier, _):
        for header in ({}, {"kid": "secret"}, {"kid": "ec-1"}):
            with pytest.raises((BadToken, KeysUnavailable)):
                await verifier.verify(signed(OTHER_SECRET, header))


@pytest.mark.parametrize("key", [RSA, ELLIPTIC], ids=["RS256", "ES256"])
async def test_an_only_key_is_no_shared_secret_for_a_token_without_a_name(key: Key) -> None:
    async with trusting([key]) as (verifier, _):
        for secret in (key.as_pem(private=False), key.as_der(private=False)):
            assert "no published key fits it" == await refusal(verifier, signed_with(secret, None))
