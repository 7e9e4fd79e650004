"""Every variable of the production files is read, and every setting can be given there."""

import re
from pathlib import Path

import pytest
from temporalio.envconfig import ClientConfig

from infra.settings import Settings
from tests.deployment.files import REQUIRED, SETTINGS, Json, settings_of, text_of, variables_of


def test_every_variable_of_ours_is_a_setting(
    compose: Json, example: dict[str, str], dockerfile: str
) -> None:
    named = {name for _, name, _ in variables_of(compose)} | set(example)
    named |= set(re.findall(r"SEQUESTRE_[A-Z_]+", dockerfile))
    assert set() == {name for name in named if name.startswith("SEQUESTRE_")} - SETTINGS


def test_the_example_names_every_setting(example: dict[str, str]) -> None:
    assert set() == SETTINGS - set(example)


def test_the_example_says_what_each_variable_is_for(repository: Path) -> None:
    said = False
    for line in text_of(repository, ".env.example").splitlines():
        if re.match(r"[A-Z_]+=", line):
            assert said, line
        else:
            said = line.startswith("# ") and not line.startswith("# ---")


def test_the_examples_values_are_the_codes_defaults(example: dict[str, str]) -> None:
    given = {name.removeprefix("SEQUESTRE_").lower(): example[name] for name in SETTINGS}
    assert settings_of() == settings_of(**{name: value for name, value in given.items() if value})


def test_the_example_names_every_variable_that_compose_asks_for(
    repository: Path, example: dict[str, str]
) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", text_of(repository, "docker-compose.yml")))
    assert set() == asked - set(example)


def test_the_example_names_nothing_that_nobody_reads(
    repository: Path, example: dict[str, str]
) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", text_of(repository, "docker-compose.yml")))
    assert set() == set(example) - asked - SETTINGS


def test_every_setting_reaches_the_api(compose: Json) -> None:
    assert SETTINGS - {"SEQUESTRE_JWT_SECRET"} <= set(compose["api"]["environment"])


def test_what_compose_leaves_empty_keeps_its_default(
    compose: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in compose["api"]["environment"].items():
        if re.fullmatch(r"\$\{[A-Z_]+:-\}", str(value)):
            monkeypatch.setenv(name, "")
    monkeypatch.setenv("SEQUESTRE_DATABASE_URL", "postgresql://x/y")
    assert settings_of() == Settings(_env_file=None)


@pytest.mark.parametrize("service", ["api", "worker"])
def test_temporals_sdk_reads_each_of_its_variables(compose: Json, service: str) -> None:
    named = {
        name: str(value)
        for name, value in compose[service]["environment"].items()
        if name.startswith("TEMPORAL_")
    }
    assert {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"} <= set(named)
    nothing = ClientConfig.load_client_connect_config(disable_file=True, override_env_vars={})
    for name, value in named.items():
        only_it = ClientConfig.load_client_connect_config(
            disable_file=True, override_env_vars={name: value}
        )
        assert nothing != only_it, f"{name} changes nothing"


def test_the_api_alone_is_told_whose_tokens_are_good(compose: Json) -> None:
    told = {service for service, name, _ in variables_of(compose) if "JW" in name}
    assert {"api"} == told


@pytest.mark.parametrize("name", ["JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE"])
def test_whose_tokens_are_good_cannot_be_forgotten(compose: Json, name: str) -> None:
    assert REQUIRED.fullmatch(compose["api"]["environment"][f"SEQUESTRE_{name}"])
