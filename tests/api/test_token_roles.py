"""Roles in the tokens of identity providers, in the shapes of Keycloak, Auth0 and Entra."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.api.conftest import AnotherApi
from tests.api.forged import signed
from tests.api.provider import AUDIENCE, Provider, publishing, rsa, token
from tests.app_under_test import ApiClient, AppUnderTest, Json

KEY = rsa("nnniBrxL0qhG79pkF3ccQj_l0jDmxKrYYy2YLlEe1s")
NAMESPACE = "https://market.example/roles"

KEYCLOAK: Json = {
    "jti": "onrtac:6f4a2a3e-0c83-9f4e-2a57-3f9d51d1f0a1",
    "aud": [AUDIENCE, "account"],
    "sub": "36fa0f91-f94d-4a0c-afed-6b7d952e47da",
    "typ": "Bearer",
    "azp": "market-web",
    "sid": "2a88c258-f73a-4103-b862-e1fbd8f4e04e",
    "acr": "1",
    "allowed-origins": ["https://market.example"],
    "realm_access": {"roles": ["offline_access", "default-roles-market", "uma_authorization"]},
    "resource_access": {
        "market.api": {"roles": ["mediator"]},
        "account": {"roles": ["manage-account", "view-profile"]},
    },
    "scope": "openid email profile",
    "email_verified": True,
    "name": "Ana Silva",
    "preferred_username": "ana",
    "given_name": "Ana",
    "family_name": "Silva",
    "roles": None,
}
AUTH0: Json = {
    NAMESPACE: ["customer", "marketplace-admin"],
    "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
    "aud": [AUDIENCE, "https://market.eu.auth0.com/userinfo"],
    "azp": "my_client_id",
    "scope": "openid profile email",
    "permissions": ["read:orders"],
    "roles": None,
}
ENTRA: Json = {
    "aio": "AXQAi/8TAAAA",
    "azp": "6e74172b-be56-4843-9ff4-e66a39bb12e3",
    "azpacr": "0",
    "groups": ["0fa3c1f0-52a4-4b3b-9a1b-7f1d3d0d6b11", "b1a7c2de-3a6a-4c8c-8f3e-8a4d5f7c9e10"],
    "name": "Ana Silva",
    "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
    "preferred_username": "ana@market.example",
    "rh": "0.ARoAv4j5cvGGr0GRqy180BHbR",
    "roles": ["Task.Read", "Marketplace.Operator"],
    "scp": "access_as_user",
    "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
    "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "uti": "fqiBqXLPj0eQa82S-IYFAA",
    "ver": "2.0",
}


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    """A provider that signs by RS256."""
    async with publishing(Provider([KEY])) as running:
        yield running


async def roles(
    app: AppUnderTest, provider: Provider, claims: Json, **settings: Any
) -> list[str] | int:
    """The roles that a token of these claims has where these settings are made, or the status."""
    async with AsyncExitStack() as stack:
        trusting = app.with_settings(**provider.trusted, **settings)
        api = await stack.enter_async_context(trusting)
        return await shown(api, token(KEY, {"typ": "JWT"}, **claims))


async def shown(api: ApiClient, bearer: str) -> list[str] | int:
    answer = await api.get("/v1/me", Authorization=f"Bearer {bearer}")
    found: list[str] = answer.json().get("roles")
    return found if answer.status_code == 200 else answer.status_code


@pytest.mark.parametrize(
    ("claims", "settings", "expected"),
    [
        (KEYCLOAK, {"roles_claim": "realm_access.roles"}, []),
        (
            KEYCLOAK,
            {"roles_claim": "realm_access.roles", "role_names": "default-roles-market=user"},
            ["user"],
        ),
        (KEYCLOAK, {"roles_claim": '["resource_access", "market.api", "roles"]'}, ["mediator"]),
        (KEYCLOAK, {"roles_claim": "resource_access.market.api.roles"}, []),
        (KEYCLOAK, {}, []),
        (
            AUTH0,
            {"roles_claim": NAMESPACE, "role_names": "customer=user,marketplace-admin=operator"},
            ["operator", "user"],
        ),
        (AUTH0, {"roles_claim": NAMESPACE}, []),
        (ENTRA, {"role_names": '{"Marketplace.Operator": "operator"}'}, ["operator"]),
        (
            ENTRA,
            {
                "roles_claim": "groups",
                "role_names": "b1a7c2de-3a6a-4c8c-8f3e-8a4d5f7c9e10=mediator,"
                "0fa3c1f0-52a4-4b3b-9a1b-7f1d3d0d6b11=user",
            },
            ["mediator", "user"],
        ),
        (ENTRA, {"roles_claim": "scp", "role_names": "access_as_user=user"}, ["user"]),
        (ENTRA | {"roles": ["finance", "support", "provider", "user"]}, {}, ["user"]),
        (
            ENTRA | {"roles": ["finance", "support"]},
            {"role_names": "finance=finance,help=support"},
            ["finance"],
        ),
        (KEYCLOAK, {"roles_claim": "scope", "role_names": "email=user"}, ["user"]),
    ],
)
async def test_each_provider_keeps_roles_where_it_is_said(
    app: AppUnderTest, provider: Provider, claims: Json, settings: Json, expected: list[str]
) -> None:
    assert expected == await roles(app, provider, claims, **settings)


@pytest.mark.parametrize("odd", [{"roles": ["operator"]}, "operator", "", {}])
async def test_odd_names_of_roles_are_told_from_none(another_api: AnotherApi, odd: object) -> None:
    """What is there and can be no roles lets nobody in, as little as another odd claim would."""
    api = await another_api(roles_claim="realm_access.roles")
    found = await shown(api, signed(roles=None, realm_access={"roles": odd}))
    expected = {"operator": ["operator"], "": []}
    assert found == (expected[odd] if isinstance(odd, str) else 401)


@pytest.mark.parametrize(
    ("realm_access", "expected"),
    [(None, []), ({}, []), ({"roles": None}, []), ("roles", 401), (["roles"], 401), (7, 401)],
)
async def test_a_way_that_leads_nowhere_shows_no_roles(
    another_api: AnotherApi, realm_access: object, expected: object
) -> None:
    api = await another_api(roles_claim="realm_access.roles")
    assert expected == await shown(api, signed(roles=["operator"], realm_access=realm_access))


async def test_roles_may_stand_in_one_text(app: AppUnderTest) -> None:
    found = await shown(app.api, signed(roles="user  operator emperor"))
    assert found == ["operator", "user"]


async def test_a_role_with_a_name_of_its_own_is_not_known_by_ours(another_api: AnotherApi) -> None:
    """The provider's other programs may have operators of their own."""
    api = await another_api(role_names="marketplace-admin=operator")
    assert await shown(api, signed(roles=["operator", "user"])) == ["user"]
    assert await shown(api, signed(roles=["marketplace-admin"])) == ["operator"]
    assert await shown(api, signed(roles="user marketplace-admin")) == ["operator", "user"]
