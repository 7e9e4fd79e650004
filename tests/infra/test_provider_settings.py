"""Which provider a stack has, and what its processes load for it."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from infra.provider_settings import provider_of
from infra.settings import Settings
from providers.manual import ManualProvider
from providers.stripe import StripeProvider

ROOT = Path(__file__).parents[2]
STRIPE: dict[str, Any] = {
    "provider": "stripe",
    "stripe_secret_key": "sk_test_one",
    "stripe_webhook_secrets": "whsec_one, whsec_two",
}


def settings(**said: Any) -> Settings:
    """What is set, and nothing else."""
    return Settings(_env_file=None, database_url="postgresql://x/y", **said)


def test_an_operator_writes_payments_down_where_nothing_is_set() -> None:
    assert isinstance(provider_of(settings()), ManualProvider)


async def test_stripe_is_asked_where_it_is_named() -> None:
    provider = provider_of(settings(**STRIPE))
    assert isinstance(provider, StripeProvider)
    assert provider._webhook_secrets == ("whsec_one", "whsec_two")
    assert not provider._is_live
    await provider.aclose()


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({}, "https://api.stripe.com"),
        ({"stripe_api_base": "https://proxy.example/stripe/"}, "https://proxy.example/stripe"),
        ({"stripe_api_base": "http://[::1]:8080"}, "http://[::1]:8080"),
    ],
)
async def test_stripe_is_asked_where_it_is(said: dict[str, Any], asked: str) -> None:
    provider = provider_of(settings(**STRIPE, **said))
    assert isinstance(provider, StripeProvider)
    assert provider._stripe._requestor._options.base_addresses["api"] == asked
    await provider.aclose()


async def test_a_live_stack_has_real_keys() -> None:
    said = {**STRIPE, "live": True, "stripe_secret_key": "rk_live_one"}
    provider = provider_of(settings(**said))
    assert isinstance(provider, StripeProvider)
    assert provider._is_live
    await provider.aclose()


def test_no_key_is_shown() -> None:
    said = settings(**STRIPE)
    assert "_one" not in f"{said!r}{said}{said.model_dump_json()}"


@pytest.mark.parametrize(
    ("provider", "loaded"),
    [
        ("", False),
        (
            "provider='stripe', stripe_secret_key='sk_test_1', stripe_webhook_secrets='whsec_1'",
            True,
        ),
    ],
)
def test_stripes_client_is_loaded_where_it_is_chosen(provider: str, loaded: bool) -> None:
    program = (
        "import sys; from infra.provider_settings import provider_of;"
        "from infra.settings import Settings;"
        "import api.server, worker;"
        f"provider_of(Settings(_env_file=None, database_url='postgresql://x/y', {provider}));"
        "print('stripe' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout == f"{loaded}\n"


def test_a_provider_whose_client_is_not_installed_is_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("infra.provider_settings.find_spec", lambda _: None)
    with pytest.raises(ValidationError, match="needs its client"):
        settings(**STRIPE)


def test_an_order_is_out_of_escrow_before_its_provider_lets_go_of_the_money() -> None:
    assert settings().policy.holding_limit is None
    assert settings(**STRIPE).policy.holding_limit == timedelta(days=90)
    assert settings(**STRIPE, holding_limit="P60D").policy.holding_limit == timedelta(days=60)
    with pytest.raises(ValidationError, match="leaves no time for work"):
        settings(**STRIPE, review_window="P90D")
