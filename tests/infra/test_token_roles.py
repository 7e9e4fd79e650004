"""Where tokens hold roles and what they are called there: what the two settings may say."""

import pytest

from api.auth.tokens import Authority
from infra.token_roles import OWN_NAMES, ROLES, UNNAMED, claim_path, role_names


def test_the_roles_are_those_that_callers_have() -> None:
    assert list(ROLES) == [authority.value for authority in Authority]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("roles", ("roles",)),
        ("realm_access.roles", ("realm_access", "roles")),
        ("resource_access.market-api.roles", ("resource_access", "market-api", "roles")),
        ("https://market.example/roles", ("https://market.example/roles",)),
        ("market.example/roles", ("market.example/roles",)),
        ("cognito:groups", ("cognito:groups",)),
        ('["market.example.roles"]', ("market.example.roles",)),
        (
            '["resource_access", "https://a.b/", "roles"]',
            ("resource_access", "https://a.b/", "roles"),
        ),
    ],
)
def test_a_claim_is_named_with_the_way_to_it(text: str, path: tuple[str, ...]) -> None:
    assert path == claim_path(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "a.", ".a", "a..b", " roles", "a. b", "a\nb"),
        *("[]", "[", '[""]', '["a", 7]', "[[]]", "[" * 100_000, '["a", ["b"]]'),
    ],
    ids=lambda text: text[:20],
)
def test_what_names_no_claim_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be the name of a claim"):
        claim_path(text)


def test_by_themselves_roles_go_by_their_own_names() -> None:
    assert {role: {role} for role in ROLES} == OWN_NAMES


def test_what_moves_money_at_a_provider_is_named_first() -> None:
    """A provider's `finance` may be another program's."""
    assert {"user", "mediator", "operator"} == set(UNNAMED)
    assert "finance" not in role_names("boss=operator")
    assert role_names("finance=finance,help=support")["help"] == {"support"}


@pytest.mark.parametrize(
    "text",
    [
        "marketplace-admin=operator",
        " marketplace-admin = operator ",
        '{"marketplace-admin": "operator"}',
        '{"marketplace-admin": ["operator"]}',
    ],
)
def test_a_role_that_is_named_is_known_by_that_name_alone(text: str) -> None:
    expected = {"marketplace-admin": {"operator"}, "user": {"user"}, "mediator": {"mediator"}}
    assert expected == role_names(text)


@pytest.mark.parametrize(
    "text",
    ["all=user,all=mediator,boss=operator", '{"all": ["user", "mediator"], "boss": "operator"}'],
)
def test_one_name_may_stand_for_several_roles(text: str) -> None:
    assert {"all": {"user", "mediator"}, "boss": {"operator"}} == role_names(text)


def test_a_name_may_have_signs_of_its_own() -> None:
    assert role_names("a=b=user,c=mediator,d=operator")["a=b"] == {"user"}
    assert role_names('{"a,b": "user"}')["a,b"] == {"user"}


@pytest.mark.parametrize(
    "text",
    [
        *("operator", "=operator", "a=", "a=root", "a=OPERATOR", "a=operator,", ",", "a:operator"),
        *("{", "{}", '{"a": 7}', '{"a": []}', '{"a": {"b": 1}}', '{"": "user"}', '["a"]'),
        "a\tb=user",
    ],
)
def test_what_names_no_role_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the roles are user, mediator, operator, support"):
        role_names(text)
