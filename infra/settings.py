"""The product's settings, from `SEQUESTRE_…` in the environment or a `.env` file.

Temporal's own (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS …) are read by `temporalio.envconfig`.
"""

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from temporalio.common import WorkerDeploymentVersion

from db.sealing import Keyring
from domain.address import mailbox
from domain.duration import Duration, Kept, written
from domain.holding import Paths
from domain.policy import MOST_LINES, CommissionBps, DecisionExpiry, Policy
from domain.rules import WAYS
from domain.vocabulary import TimerEffect
from infra.mail_settings import MailSignature, MarketplaceName, OrderUrl
from infra.page_settings import Ancestors, OidcIssuer, ThemeFile, WebUi
from infra.provider_settings import ProviderSettings
from infra.setting_types import (
    Claim,
    KeySet,
    Origins,
    Proxies,
    PublicUrl,
    is_this_machine,
    leads_to_this_machine,
    wrong,
)
from infra.token_roles import OWN_NAMES, UNNAMED, RoleNames, RoleNamesText, RolesClaim, role_names
from infra.worker_version import BuildId, DeploymentName

NO_SECRETS_KEY = (
    "SEQUESTRE_SECRETS_KEY: must be set, to 32 bytes in base64 (try: openssl rand -base64 32), the"
    " same for the API and the workers"
)
SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def _sender(text: str) -> str:
    try:
        mailbox(text)
    except ValueError as error:
        raise wrong(str(error)) from None
    return text


Sender = Annotated[str, AfterValidator(_sender)]
"""A mailbox as people write it: `orders@example.org` or `Orders <orders@example.org>`."""


def _host(text: str) -> str:
    is_literal = text.count(":") > 1
    if not text.isprintable() or set(text) & set(" /@[]") or (":" in text and not is_literal):
        raise wrong("must be a host's name or address, without a port")
    return text


Host = Annotated[str, AfterValidator(_host)]


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    try:
        ip_address(host.removeprefix("[").removesuffix("]"))
        usable = 0 < int(port) < 65536
    except ValueError:
        usable = False
    if not usable:
        raise wrong("must be an address and a port, such as 127.0.0.1:9464")
    return text


Address = Annotated[str, AfterValidator(_address)]


def _keys(text: SecretStr) -> SecretStr:
    try:
        Keyring.read(text.get_secret_value())
    except ValueError as error:
        raise wrong(str(error)) from None
    return text


SecretsKey = Annotated[SecretStr, AfterValidator(_keys)]


def _none_of_no_length(said: object) -> object:
    return None if said in ("PT0S", "P0D") else said


HOLDING_LIMITS = {"stripe": timedelta(days=90)}
"""For how long a provider holds money where nothing else is set (docs.stripe.com: 90 days in every
country but Thailand and the United States)."""


class Settings(ProviderSettings):
    """One process's settings. Windows are ISO 8601 durations (`P7D`, `PT48H`)."""

    database_url: SecretStr
    database_pool_size: int = Field(default=10, ge=2, le=200)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    action_wait: float = Field(default=5.0, gt=0, le=60)
    """Seconds that an action may take before it is answered with 202."""
    max_body: int = Field(default=704 * 1024, ge=1024)
    """Bytes that a request body may have: the default holds the longest texts that the fields
    allow, in every spelling of JSON."""
    rate_limit: int = Field(default=3000, ge=0, le=1_000_000)
    """Requests a minute that one caller may keep up; operators ten times as many. 0: no limit."""
    rate_burst: int = Field(default=1000, ge=1, le=1_000_000)
    """Requests that one caller may send at once after a while of silence; operators likewise."""
    max_in_flight: int = Field(default=200, ge=0, le=1_000_000)
    """Requests of one caller that are under way at a time; operators ten times as many. 0: no
    limit."""
    max_streams: int = Field(default=50, ge=1, le=1_000_000)
    """How many of those may be streams; operators likewise."""
    max_held_bytes: int = Field(default=32 * 1024 * 1024, ge=0)
    """Bytes that the requests and untaken answers of one caller may have at a time; operators ten
    times as many. 0: no limit."""
    max_attempts: int = Field(default=60, ge=0, le=100_000)
    """Actions that one person may try on one order at once, refused ones too; as many come back
    over an hour, one by one. Counted over all API processes. 0: no limit."""
    max_messages: int = Field(default=120, ge=0, le=100_000)
    """Messages that one person may write on one order at once; as many come back over an hour, one
    by one. Counted over all API processes. 0: no limit."""
    head_patience: float = Field(default=10.0, gt=0, le=600)
    """Seconds that a request's address and headers may take to come."""
    body_patience: float = Field(default=30.0, gt=0, le=600)
    """Seconds that a request's body may then take."""
    stream_patience: float = Field(default=20.0, gt=0, le=600)
    """Seconds that a reader may take for one event of a stream, or for 64 KiB of any other answer,
    before it is cut off."""
    answer_patience: float = Field(default=60.0, gt=0, le=600)
    """Seconds that a reader may take for an answer that is no stream, all in all; of a list as CSV
    for each part of it."""
    keep_alive: float = Field(default=5.0, gt=0, le=3600)
    """Seconds that a connection may be idle between two requests before it is closed. Behind a
    proxy that keeps connections, more than that keeps them for."""
    stream_heartbeat: float = Field(default=15.0, gt=0, le=15)
    """Seconds after which a stream that has nothing to tell says so, by a comment."""
    cors_origins: Origins | None = None
    """The origins whose pages may call the API from a browser, with commas between them. Without
    it, none."""
    trusted_proxies: Proxies | None = None
    """Whose word is taken on who is calling (`X-Forwarded-For`): addresses and networks, with
    commas between them. Without it, nobody's."""
    relay_pause: float = Field(default=1.0, gt=0, le=60)
    """Seconds between two looks for requests that have not reached their order."""

    jwt_secret: SecretStr | None = None
    """HS256 key of at least 32 bytes, for the embedded stack. Production sets `jwks_url`."""
    jwks_url: KeySet | None = None
    """Where the RS256 or ES256 keys of the marketplace's identity provider are published."""
    jwt_issuer: Claim | None = Field(default=None, validate_default=True)
    """What a token's `iss` must be. A key set needs it: a provider signs for others, too."""
    jwt_audience: Claim | None = Field(default=None, validate_default=True)
    """What a token's `aud` must be or hold, likewise."""
    roles_claim: RolesClaim = "roles"
    """Where tokens hold roles: see `infra.token_roles`."""
    role_names: RoleNamesText | None = None
    """What the provider calls them, where it is not user, mediator and operator."""

    acceptance_window: Duration = timedelta(hours=48)
    review_window: Duration = timedelta(days=7)
    revision_answer_window: Duration = timedelta(hours=48)
    decision_window: Duration = timedelta(days=7)
    assignment_window: Duration = timedelta(hours=48)
    ruling_window: Duration = timedelta(days=7)
    cancellation_answer_window: Duration = timedelta(hours=48)
    offer_window: Duration = timedelta(days=7)
    clearing_window: Annotated[Duration | None, BeforeValidator(_none_of_no_length)] = None
    holding_limit: Duration | None = Field(default=None, validate_default=True)
    """How long after it was placed the payment provider holds an order's money. Without it, as long
    as the provider is known to (`HOLDING_LIMITS`), and by hand for as long as it takes."""
    commission_bps: CommissionBps = 2000
    recovery_bps: CommissionBps | None = None
    decision_expiry: DecisionExpiry = TimerEffect.COMPLETE

    retention: Kept = timedelta(days=400)
    """How long requests and deliveries are kept after the end of their order."""
    check_budget: float = Field(default=300.0, gt=0, le=600)
    """Seconds that each check of the nightly proof may take before it is told as not proved."""
    secrets_key: SecretsKey | None = None
    """What seals the webhook secrets in the database; with further keys behind commas, which open
    what they once sealed. The API and the workers need it."""

    webhook_allow_private: bool = False
    """Whether webhooks may go to hosts inside: on a developer's machine, or a marketplace's own."""

    smtp_host: Host | None = None
    """The mail server that notices are handed to. Without one nobody is told by e-mail."""
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    """Unless it is set: 587 with `starttls`, 465 with `tls`, 25 with `none`."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = Field(default=None, validate_default=True)
    mail_from: Sender | None = Field(default=None, validate_default=True)
    """Whom mails come from."""

    public_url: PublicUrl | None = Field(default=None, validate_default=True)
    """Where browsers find the API: links in mails lead there."""

    order_url: OrderUrl | None = None
    """Where people find an order at the marketplace, with `{order_id}` in its place: mails about
    orders lead there. Without it they lead nowhere."""
    marketplace_name: MarketplaceName | None = None
    """What the marketplace is called in mails."""
    mail_signature: MailSignature | None = None
    """What mails end with, below that name."""

    mail_pause: float = Field(default=300.0, ge=0, le=86_400)
    """Seconds between two mails of one order to the same person; what happens meanwhile is told in
    one. 0: every event has a mail of its own."""

    session_idle: Duration = timedelta(hours=12)
    """For how long somebody who is signed in to the pages may do nothing before they are signed
    out."""
    session_limit: Duration = timedelta(days=7)
    """After how long they sign in again whatever they did."""
    frame_ancestors: Ancestors | None = None
    """The origins whose pages may show ours within themselves, with spaces between them. Without
    it, none."""
    theme: ThemeFile | None = None
    """The path of the marketplace's own stylesheet, which is loaded after ours."""
    temporal_ui: WebUi | None = None
    """Where operators find Temporal's Web UI: an order's page leads to its workflow there. Without
    it, no page does."""
    oidc_issuer: OidcIssuer | None = None
    """The OpenID Connect provider that people sign in to the pages with, as it names itself."""
    oidc_client_id: Claim | None = Field(default=None, validate_default=True)
    """What the pages are called there: it is what the audience of its id tokens must be."""
    oidc_client_secret: SecretStr | None = None
    """What the pages show it; a public client has none."""
    demo_entrance: bool = False
    """Whether anybody may enter the pages as whoever they like (`/enter`): on the machine of who
    tries the product out, and nowhere else."""

    deployment_name: DeploymentName | None = None
    """What Temporal is to call the workers of all releases together (Worker Versioning). Without
    it, workers take every order that waits, whatever their release."""
    build_id: BuildId | None = Field(default=None, validate_default=True)
    """What it is to call those of this release: another for each."""

    workflow_sandbox: bool = False
    """Whether a worker runs workflows in the SDK's sandbox, which notices code that is not
    deterministic and costs a third of a worker's processor time."""
    metrics_address: Address | None = None
    """Where a worker answers with the metrics of Temporal's SDK, for Prometheus. Without it,
    nowhere."""
    api_metrics_address: Address | None = None
    """Where an API process answers with its own and the product's. Without it, nowhere."""
    worker_metrics_address: Address | None = None
    """Where a worker does."""
    log_format: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Return the origins whose pages may call the API."""
        return tuple(self.cors_origins.split(",")) if self.cors_origins else ()

    @property
    def mail_port(self) -> int:
        """Return the port where the mail server listens."""
        return self.smtp_port or SMTP_PORTS[self.smtp_security]

    @property
    def names_of_roles(self) -> RoleNames:
        """Return the roles that the names in tokens stand for."""
        if self.role_names is not None:
            return role_names(self.role_names)
        return OWN_NAMES if self.signs_all_tokens else UNNAMED

    @property
    def signs_all_tokens(self) -> bool:
        """Return whether the marketplace itself says who somebody is, and no identity provider."""
        return self.jwks_url is None and self.oidc_issuer is None

    @property
    def keyring(self) -> Keyring:
        """Return the keys of the secrets that are kept.

        Raises:
            ValueError: there are none.
        """
        if self.secrets_key is None:
            raise ValueError(NO_SECRETS_KEY)
        return Keyring.read(self.secrets_key.get_secret_value())

    @field_validator("jwt_issuer", "jwt_audience")
    @classmethod
    def _keys_are_for_us_alone(cls, claim: str | None, known: ValidationInfo) -> str | None:
        # Of two that are missing one is told, with the other's name.
        is_first = known.field_name == "jwt_issuer" or "jwt_issuer" in known.data
        if claim is None and known.data.get("jwks_url") is not None and is_first:
            raise wrong(
                "must be set where SEQUESTRE_JWKS_URL is (SEQUESTRE_JWT_ISSUER and"
                " SEQUESTRE_JWT_AUDIENCE both): the provider signs for other programs, too"
            )
        return claim

    @field_validator("holding_limit")
    @classmethod
    def _limit_leaves_time_for_work(
        cls, limit: timedelta | None, known: ValidationInfo
    ) -> timedelta | None:
        windows = {name: known.data[name] for name in Policy.model_fields if name in known.data}
        taken = Paths(WAYS, Policy.model_validate(windows)).around_work
        held = limit or HOLDING_LIMITS.get(known.data.get("provider", ""))
        if held is not None and held <= taken:
            raise wrong(
                f"leaves no time for work: the windows before and after it take {written(taken)}"
            )
        return limit

    @field_validator("smtp_user")
    @classmethod
    def _login_is_possible(cls, user: str | None, known: ValidationInfo) -> str | None:
        if user is not None and known.data.get("smtp_host", user) is None:
            raise wrong("is of no use without SEQUESTRE_SMTP_HOST")
        if user is not None and known.data.get("smtp_security") == "none":
            raise wrong("and its password would go unencrypted: SEQUESTRE_SMTP_SECURITY is none")
        return user

    @field_validator("smtp_password")
    @classmethod
    def _password_has_its_user(
        cls, password: SecretStr | None, known: ValidationInfo
    ) -> SecretStr | None:
        if "smtp_user" in known.data and (known.data["smtp_user"] is None) != (password is None):
            raise wrong("must be set where SEQUESTRE_SMTP_USER is, and only there")
        return password

    @field_validator("mail_from")
    @classmethod
    def _mails_come_from_somebody(cls, sender: str | None, known: ValidationInfo) -> str | None:
        if sender is None and known.data.get("smtp_host") is not None:
            raise wrong("must be set where SEQUESTRE_SMTP_HOST is: it is whom mails come from")
        return sender

    @field_validator("public_url")
    @classmethod
    def _links_lead_somewhere(cls, url: str | None, known: ValidationInfo) -> str | None:
        if url is None and known.data.get("smtp_host") is not None:
            raise wrong("must be set where SEQUESTRE_SMTP_HOST is: links in mails lead there")
        return url

    @field_validator("oidc_client_id")
    @classmethod
    def _provider_knows_us(cls, client: str | None, known: ValidationInfo) -> str | None:
        if "oidc_issuer" in known.data and (known.data["oidc_issuer"] is None) != (client is None):
            raise wrong("must be set where SEQUESTRE_OIDC_ISSUER is, and only there")
        if client is not None and known.data.get("public_url", "") is None:
            raise wrong("needs SEQUESTRE_PUBLIC_URL: the provider sends people back there")
        return client

    @field_validator("oidc_client_secret")
    @classmethod
    def _secret_has_its_client(
        cls, secret: SecretStr | None, known: ValidationInfo
    ) -> SecretStr | None:
        if secret is not None and known.data.get("oidc_client_id", "") is None:
            raise wrong("is of no use without SEQUESTRE_OIDC_CLIENT_ID")
        return secret

    @field_validator("demo_entrance")
    @classmethod
    def _entrance_is_for_this_machine(cls, wanted: bool, known: ValidationInfo) -> bool:
        # Whoever comes through is an operator if they like: every sign of production refuses it.
        if wanted and known.data.get("jwks_url") is not None:
            raise wrong("lets anybody in as anybody; it cannot be where SEQUESTRE_JWKS_URL is set")
        if wanted and known.data.get("live"):
            raise wrong("lets anybody in as anybody; it cannot be where SEQUESTRE_LIVE is true")
        if wanted and not is_this_machine(known.data.get("host", "")):
            raise wrong("lets anybody in as anybody; SEQUESTRE_HOST must be this machine's alone")
        if wanted and not leads_to_this_machine(known.data.get("public_url")):
            raise wrong("lets anybody in as anybody; SEQUESTRE_PUBLIC_URL leads to it from outside")
        return wanted

    @field_validator("build_id")
    @classmethod
    def _build_has_its_deployment(cls, build: str | None, known: ValidationInfo) -> str | None:
        is_named = known.data.get("deployment_name") is not None
        if "deployment_name" in known.data and is_named != (build is not None):
            raise wrong("must be set where SEQUESTRE_DEPLOYMENT_NAME is, and only there")
        return build

    @property
    def worker_version(self) -> WorkerDeploymentVersion | None:
        """Return as what workers come to Temporal, or None where it is not to tell them apart."""
        if self.deployment_name is None or self.build_id is None:
            return None
        return WorkerDeploymentVersion(self.deployment_name, self.build_id)

    @property
    def policy(self) -> Policy:
        """Return what orders are placed under from now on."""
        set_here = self.model_dump(include=set(Policy.model_fields))
        set_here["holding_limit"] = self.holding_limit or HOLDING_LIMITS.get(self.provider)
        return Policy.model_validate({**set_here, "most_lines": MOST_LINES})
