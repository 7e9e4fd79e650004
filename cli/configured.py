"""The settings of the environment, or what is wrong with them, told who started a command.

A setting that cannot be followed ends a command with one sentence and exit code 2, before anything
starts: what would hang, or die again and again, says so at once.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, NoReturn, TypeVar

import asyncpg
import httpx
import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import DotEnvSettingsSource

from cli.terminal import shown
from db.pool import AWAY
from db.reachability import can_be_followed
from db.sealed_secrets import opens_none
from db.sealing import Keyring
from domain.text import validation_message
from embedded.data_directory import OWNER_VARIABLE
from infra import temporal, tracing
from infra.provider_settings import ProviderSettings
from infra.settings import NO_SECRETS_KEY, Settings

OfKind = TypeVar("OfKind", bound=ProviderSettings)

PREFIX = "SEQUESTRE_"
OF_A_STACK = [
    f"{PREFIX}{name}"
    for name in (
        *("DATABASE_URL", "HOST", "PORT", "JWT_SECRET", "SECRETS_KEY"),
        *("ROLES_CLAIM", "ROLE_NAMES"),
        *("API_METRICS_ADDRESS", "WORKER_METRICS_ADDRESS", "METRICS_ADDRESS"),
    )
]
"""What a stack on this machine has of its own, whatever is set."""

WRONG = 2
CONNECT_SECONDS = 3.0

WHY = {
    "PGSSLMODE": "must be disable, allow, prefer, require, verify-ca or verify-full; the last two"
    " need a root certificate (PGSSLROOTCERT)",
    "PGSSLROOTCERT": "must name a file with certificates",
    "PGSSLCRL": "must name a file with revoked certificates",
    "PGSSLCERT": "must name a file with a certificate",
    "PGSSLKEY": "must name a file with the key of the certificate",
    "PGPORT": "must be a port",
    "PGTARGETSESSIONATTRS": "must be any, primary or read-write: orders are written",
    "TEMPORAL_ADDRESS": "must be HOST:PORT",
    "TEMPORAL_PROFILE": "must name a profile of the configuration file",
    "TEMPORAL_CONFIG_FILE": "must name a file that can be read",
    **dict.fromkeys(temporal.EITHER, "must be true or false"),
}
ELSE_WHY = "cannot be followed"

OUTWARD = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
)
"""By what the identity provider's keys are fetched."""


def ended(*sentences: str) -> NoReturn:
    """Say what is wrong, each on a line of its own, and end the command."""
    for sentence in sentences:
        typer.echo(f"sequestre: {shown(sentence)}", err=True)
    raise typer.Exit(WRONG)


def process_settings(**given: Any) -> Settings:
    """Return the settings of a process of its own, `given` ones before those of the environment;
    ends the command where they, or the variables that asyncpg reads beside them, cannot be
    followed."""
    settings = _settings(**given)
    url = settings.database_url.get_secret_value()
    if not can_be_followed(url):
        # Without PGSSLMODE no certificate is looked at, whichever it is that is wrong.
        names = sorted((one for one in os.environ if one.startswith("PG")), key="PGSSLMODE".__eq__)
        blamed = _blamed(names, lambda: can_be_followed(url))
        ended(*[_of_variable(name) for name in blamed] or [_OF_URL])
    return settings


_OF_URL = (
    f"{PREFIX}DATABASE_URL: must be postgresql://USER:PASSWORD@HOST:PORT/NAME, of a server that can"
    " be written to, and name files that are there"
)


def keyring_of(settings: Settings) -> Keyring | None:
    """Return the keys of the secrets that are kept, or None where there are none."""
    return settings.keyring if settings.secrets_key else None


def check_secrets(settings: Settings) -> None:
    """End the command where the keys are missing, or open none of the secrets that are kept. While
    the database does not answer nobody can tell."""
    keyring, url = keyring_of(settings), settings.database_url.get_secret_value()
    if keyring is None:
        ended(NO_SECRETS_KEY)
    if asyncio.run(_opens_none(url, keyring)):
        ended(
            f"{PREFIX}SECRETS_KEY: opens none of the webhook secrets in the database. Put back the"
            " key that sealed them; a new one goes before it, with a comma between them"
        )


async def _opens_none(url: str, keyring: Keyring) -> bool:
    try:
        acquired = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (*AWAY, asyncpg.PostgresError):
        return False
    try:
        return await opens_none(acquired, keyring)
    except (*AWAY, asyncpg.PostgresError):
        return False
    finally:
        acquired.terminate()


def check_temporal() -> None:
    """End the command where Temporal's own variables cannot be followed."""
    if not asyncio.run(temporal.can_be_followed()):
        names = [name for name in os.environ if name.startswith("TEMPORAL_")]
        blamed = _blamed(names, lambda: asyncio.run(temporal.can_be_followed()))
        ended(*(_of_variable(name) for name in blamed or names))


def check_tracing() -> None:
    """End the command where OpenTelemetry's own variables cannot be followed."""
    wrong = tracing.wrong_variables()
    if wrong:
        ended(*(f"{name}: {why}" for name, why in wrong.items()))


def check_api(settings: Settings) -> None:
    """End the command where the API could not listen, or not ask for the provider's keys."""
    if (error := not_to_be_listened_at(settings.host, settings.port)) is not None:
        ended(
            f"{PREFIX}HOST and {PREFIX}PORT: nobody can listen at {settings.host}, port"
            f" {settings.port}: {said_by_system(error)}"
        )
    if settings.jwks_url is not None and not _can_go_out():
        ended(*(_of_variable(name) for name in _blamed(OUTWARD, _can_go_out)))


def check_embedded(extra: Mapping[str, str] = {}) -> None:
    """End the command where the API and the worker of an embedded stack, which are given `extra`
    besides, would not start."""
    known = {name.removeprefix(PREFIX).lower(): value for name, value in extra.items()}
    own: dict[str, Any] = {"database_url": "postgresql://", "jwt_secret": "-", "secrets_key": None}
    own |= {"host": "127.0.0.1", "port": 0}
    own |= {"jwt_issuer": "-", "jwt_audience": "-", "roles_claim": "roles", "role_names": None}
    # What the stack has an answer of its own for, where nothing else is set.
    known.setdefault("public_url", os.environ.get(f"{PREFIX}PUBLIC_URL") or "http://127.0.0.1")
    check_tracing()
    settings = _settings(**known, **own)
    if settings.live:
        ended(
            f"{PREFIX}LIVE: a stack on this machine is for trying things out, and moves no real"
            " money. Leave it out, also of the .env in this directory."
        )
    if settings.jwks_url is not None:
        ended(
            f"{PREFIX}JWKS_URL: a stack on this machine signs its tokens itself. Leave it out, also"
            " of the .env in this directory."
        )


def payments_here() -> ProviderSettings | None:
    """Return the payment provider that `up` gives a stack on this machine; None where real money is
    meant, which such a stack never moves. Ends the command where it cannot be followed."""
    settings = _read(ProviderSettings)
    return None if settings.live else settings


def not_used_by_a_stack() -> list[str]:
    """Return the settings that are made here and that a stack on this machine has of its own."""
    made = {name.upper() for name, value in _made_here().items() if value}
    return [name for name in OF_A_STACK if name in made]


def unset_here(settings: Mapping[str, str]) -> dict[str, str]:
    """Return those of the settings that are not made here."""
    made = {name.upper() for name, value in _made_here().items() if value}
    return {name: value for name, value in settings.items() if name not in made}


def _settings(**given: Any) -> Settings:
    demand_known_settings()
    return _read(Settings, **given)


def _read(kind: type[OfKind], **given: Any) -> OfKind:
    try:
        return kind(**given)
    except ValidationError as error:
        ended(*map(_of_setting, error.errors(include_url=False, include_input=False)))
    except (OSError, ValueError):
        ended(_UNREADABLE)


_UNREADABLE = ".env: must be a text in UTF-8 that can be read"


def demand_known_settings() -> None:
    """End the command where a setting is made here that there is not."""
    try:
        _demand_known(_made_here())
    except (OSError, ValueError):
        ended(_UNREADABLE)


def _made_here() -> dict[str, str | None]:
    of_file = {name.upper(): said for name, said in DotEnvSettingsSource(Settings).env_vars.items()}
    return {
        name: said
        for name, said in {**of_file, **os.environ}.items()
        if name.upper().startswith(PREFIX)
    }


def _demand_known(made: Iterable[str]) -> None:
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    unknown = [name for name in made if name.upper() not in known | {OWNER_VARIABLE}]
    if unknown:
        ended(*(f"{name}: is no setting; {_nearest(name.upper(), known)}" for name in unknown))


def _nearest(name: str, known: Iterable[str]) -> str:
    # Of the name alone: they all begin alike.
    near = {one.removeprefix(PREFIX): one for one in known}
    found = get_close_matches(name.removeprefix(PREFIX), near, n=1)
    return f"the nearest is {near[found[0]]}" if found else ".env.example has them all"


def _of_setting(error: ErrorDetails) -> str:
    name = "_".join(str(part) for part in error["loc"]).upper()
    why = "must be set" if error["type"] == "missing" else validation_message(error)
    return f"{PREFIX}{name}: {why}"


def _of_variable(name: str) -> str:
    return f"{name}: {WHY.get(name, ELSE_WHY)}"


def _blamed(names: Iterable[str], works: Callable[[], bool]) -> list[str]:
    """Return the variable without which it works, or all of them where it only works without
    all."""
    names = [name for name in names if name in os.environ]
    for name in names:
        with _without([name]):
            if works():
                return [name]
    with _without(names):
        return names if works() else []


@contextmanager
def _without(names: Iterable[str]) -> Iterator[None]:
    taken = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(taken)


def not_to_be_listened_at(host: str, port: int) -> OSError | None:
    """Return why nobody can listen there, or None."""
    try:
        _listen(host, port)
    except OSError as error:
        return error
    return None


def said_by_system(error: OSError) -> str:
    """Return why the system refuses something, as the end of a sentence."""
    return (error.strerror or str(error)).lower()


def _listen(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()


def _can_go_out() -> bool:
    try:
        httpx.AsyncClient()
    except Exception:  # httpx has no one error for this
        return False
    return True
