"""The product's settings, from `SEQUESTRE_…` in the environment or a `.env` file.

Temporal's own (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS …) are read by `temporalio.envconfig`.
"""

from datetime import timedelta
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.duration import Duration
from domain.policy import CommissionBps, DecisionExpiry, Policy
from domain.vocabulary import OnExpiry


class Settings(BaseSettings):
    """One process's settings. Windows are ISO 8601 durations (`P7D`, `PT48H`)."""

    model_config = SettingsConfigDict(
        env_prefix="SEQUESTRE_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    database_url: SecretStr
    database_pool_size: int = Field(default=10, ge=2, le=200)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    action_wait: float = Field(default=5.0, gt=0, le=60)
    """Seconds that an action may take before it is answered with 202."""
    max_body: int = Field(default=64 * 1024, ge=1024)
    """Bytes that a request body may have."""
    stream_patience: float = Field(default=20.0, gt=0, le=600)
    """Seconds that a reader of a stream may take for one event before it is cut off."""
    relay_pause: float = Field(default=1.0, gt=0, le=60)
    """Seconds between two looks for requests that have not reached their order."""

    jwt_secret: SecretStr | None = None
    """HS256 key of at least 32 bytes, for the embedded stack. Production sets `jwks_url`."""
    jwks_url: str | None = None
    """Where the RS256 or ES256 keys of the marketplace's identity provider are published."""
    jwt_issuer: str | None = None
    jwt_audience: str | None = None

    acceptance_window: Duration = timedelta(hours=48)
    review_window: Duration = timedelta(days=7)
    revision_answer_window: Duration = timedelta(hours=48)
    decision_window: Duration = timedelta(days=7)
    assignment_window: Duration = timedelta(hours=48)
    cancellation_answer_window: Duration = timedelta(hours=48)
    offer_window: Duration = timedelta(days=7)
    commission_bps: CommissionBps = 2000
    decision_expiry: DecisionExpiry = OnExpiry.COMPLETE

    webhook_allow_private: bool = False
    """Whether webhooks may go to hosts inside: on a developer's machine, or a marketplace's own."""

    log_format: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def policy(self) -> Policy:
        """What orders are placed under from now on."""
        return Policy.model_validate(self.model_dump(include=set(Policy.model_fields)))
