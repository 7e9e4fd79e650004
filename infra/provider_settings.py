"""Who holds the money: which payment provider a stack has, and how it shows itself there."""

import re
from importlib.util import find_spec
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.setting_types import NO_TRUSTED_ADDRESS, is_trusted_address, wrong
from providers.manual import ManualProvider
from providers.protocol import Provider

_KEY = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9_]+")
_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]+")
OF_STRIPE_ALONE = "must be set where SEQUESTRE_PROVIDER is stripe, and only there"


def _key(said: SecretStr) -> SecretStr:
    if not _KEY.fullmatch(said.get_secret_value()):
        raise wrong("must be a secret or a restricted key of Stripe's: sk_live_… or rk_live_…")
    return said


def _webhook_secrets(said: SecretStr) -> SecretStr:
    if not all(map(_WEBHOOK_SECRET.fullmatch, _parts(said))):
        raise wrong("must be what Stripe signs events with, with commas between them: whsec_…")
    return said


def _api_base(address: str) -> str:
    if not is_trusted_address(address):
        raise wrong(NO_TRUSTED_ADDRESS)
    if set(address) & set("?#"):
        raise wrong("must be an address without ? and #")
    return address.rstrip("/")


def _parts(said: SecretStr) -> list[str]:
    return [part.strip() for part in said.get_secret_value().split(",")]


StripeKey = Annotated[SecretStr, AfterValidator(_key)]
WebhookSecrets = Annotated[SecretStr, AfterValidator(_webhook_secrets)]
ApiBase = Annotated[str, AfterValidator(_api_base)]


class ProviderSettings(BaseSettings):
    """What is set of the payment provider, for every process alike."""

    model_config = SettingsConfigDict(
        env_prefix="SEQUESTRE_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    live: bool = False
    """Whether money is real here. Without it a provider's keys must be those of its tests."""
    provider: Literal["manual", "stripe"] = "manual"
    """Who takes money in and pays it out; `manual`: an operator writes down what was paid."""
    payout_approval_above: int | None = Field(default=None, ge=0)
    """Minor units of any currency: who asks for more to be paid out, at once or within 24 hours,
    waits until a second person approves it. Without it, nobody does."""
    stripe_secret_key: StripeKey | None = Field(default=None, validate_default=True)
    """What the stack shows Stripe; a restricted key does."""
    stripe_webhook_secrets: WebhookSecrets | None = Field(default=None, validate_default=True)
    """What Stripe signs its events with, several with commas between them: one for each endpoint
    there, and for a while the next one beside the last."""
    stripe_api_base: ApiBase | None = None
    """Where Stripe is asked instead: a proxy's address, or that of a test. Without it, its own."""

    @field_validator("provider")
    @classmethod
    def _provider_is_installed(cls, provider: str) -> str:
        if provider == "stripe" and find_spec("stripe") is None:
            raise wrong("stripe needs its client: pip install 'sequestre[stripe]'")
        return provider

    @field_validator("stripe_secret_key")
    @classmethod
    def _key_is_of_this_world(
        cls, key: SecretStr | None, known: ValidationInfo
    ) -> SecretStr | None:
        _demand_with_stripe(key, known)
        if key is not None and "live" in known.data:
            _demand_mode(key, known.data["live"])
        return key

    @field_validator("stripe_webhook_secrets")
    @classmethod
    def _events_can_be_believed(
        cls, secrets: SecretStr | None, known: ValidationInfo
    ) -> SecretStr | None:
        # Of two that are missing the first is told.
        if secrets is not None or known.data.get("stripe_secret_key") is not None:
            _demand_with_stripe(secrets, known)
        return secrets

    @field_validator("stripe_api_base")
    @classmethod
    def _address_is_of_use(cls, base: str | None, known: ValidationInfo) -> str | None:
        if base is not None and known.data.get("provider") == "manual":
            raise wrong("is of no use where SEQUESTRE_PROVIDER is not stripe")
        return base


def _demand_with_stripe(said: SecretStr | None, known: ValidationInfo) -> None:
    if "provider" in known.data and (known.data["provider"] == "stripe") != (said is not None):
        raise wrong(OF_STRIPE_ALONE)


def _demand_mode(key: SecretStr, is_live: bool) -> None:
    is_real = "_live_" in key.get_secret_value()
    if is_live and not is_real:
        raise wrong("is a key for tests, where SEQUESTRE_LIVE says that money is real")
    if is_real and not is_live:
        raise wrong("moves real money, where SEQUESTRE_LIVE does not say so")


def provider_of(settings: ProviderSettings) -> Provider:
    """Return the payment provider that is set; whoever asks for it closes it."""
    if settings.stripe_secret_key is None or settings.stripe_webhook_secrets is None:
        return ManualProvider()
    # It takes its time to load, of which a stack without it has none to give.
    from providers.stripe import StripeProvider

    return StripeProvider(
        settings.stripe_secret_key.get_secret_value(),
        _parts(settings.stripe_webhook_secrets),
        settings.stripe_api_base,
    )
