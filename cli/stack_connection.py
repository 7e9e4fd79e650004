"""Which stack a command speaks of: the one the environment names, or a local one by its data."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from temporalio.client import Client
from temporalio.service import RPCError

from cli.configured import (
    WRONG,
    check_temporal,
    demand_known_settings,
    ended,
    keyring_of,
    payments_here,
    process_settings,
)
from cli.given import the_only_stack
from cli.numbers import A_WEEK, number
from cli.program import command
from cli.terminal import shown
from cli.waiting import waiting
from db.errors import Unavailable
from db.pool import Pool, create_pool
from db.sealing import Keyring
from embedded.environment import forget_postgres_variables
from embedded.errors import NoStack, StackError
from embedded.stack_file import StackInfo, read_stack
from infra import temporal
from infra.provider_settings import ProviderSettings

OF_UP = "Data directory of the stack that `up` runs."
DataDir = Annotated[Path, typer.Option(help=OF_UP, callback=the_only_stack)]
CONNECTIONS = 20
Patience = Annotated[
    float,
    typer.Option(
        min=0,
        max=A_WEEK,
        callback=number,
        help="Seconds that a step under way is given before it is named.",
    ),
]

_ANOTHER_SCHEMA = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.InvalidSchemaNameError,
)


@dataclass(frozen=True)
class StackConnection:
    """A stack's database URL, and its Temporal's address as the client takes it."""

    database_url: str
    temporal: dict[str, Any]
    data_dir: Path | None = None
    """The data directory that was named; none where the environment says where the stack is."""
    keyring: Keyring | None = None
    """The keys of the secrets that it keeps."""
    payments: ProviderSettings | None = None
    """Which payment provider it has; unknown where nobody says."""

    def command(self, *words: str) -> str:
        """Return what to type for a command on the same stack."""
        return command(*words, data_dir=self.data_dir)


def stack_connection(data_dir: Path) -> StackConnection:
    """Return the stack of SEQUESTRE_DATABASE_URL and TEMPORAL_ADDRESS, or else of the data
    directory.

    Ends the command with exit code 2 where neither is there.
    """
    if os.environ.get("SEQUESTRE_DATABASE_URL"):
        settings = process_settings()
        check_temporal()
        url = settings.database_url.get_secret_value()
        return StackConnection(url, {}, keyring=keyring_of(settings), payments=settings)
    try:
        stack = stack_of(data_dir)
    except StackError as error:
        ended(str(error))
    return replace(connection_to(stack, data_dir), payments=payments_here())


def stack_of(data_dir: Path) -> StackInfo:
    """Return where the stack of a data directory answers.

    Ends the command where a setting is made here that there is not.

    Raises:
        NoStack: none runs there; says how to start one.
    """
    demand_known_settings()
    try:
        return read_stack(data_dir)
    except NoStack as error:
        up = command("up", data_dir=data_dir)
        raise NoStack(f"{error} Start one with `{up}`, or name another with --data-dir.") from error


def connection_to(stack: StackInfo, data_dir: Path | None = None) -> StackConnection:
    """Return the connection to a stack that runs on this machine, whatever this process's
    environment says of other servers."""
    forget_postgres_variables()
    temporal = {"target_host": stack.temporal_address, "namespace": stack.temporal_namespace}
    key = stack.secrets_key
    keyring = Keyring.read(key) if key is not None else None
    return StackConnection(stack.database_url, temporal, data_dir, keyring)


@asynccontextmanager
async def reached(
    where: StackConnection, *, at_once: bool = True
) -> AsyncIterator[tuple[Pool, Client]]:
    """Lend the stack's database and Temporal while the block lasts. End the command with exit code
    2 where one of them does not answer or does not let it look; not `at_once`, Temporal is only
    reached when it is asked."""
    try:
        with waiting() as begins:
            begins("waiting for Temporal to answer")
            client = await temporal.connect(lazy=not at_once, **where.temporal)
    except RuntimeError as error:
        raise _ended(temporal.trouble(error)) from error
    pool = await create_pool(where.database_url, CONNECTIONS)
    try:
        yield pool, client
    except Unavailable as error:
        raise _ended("the database does not answer") from error
    except asyncpg.PostgresError as error:
        raise _ended(_refused(error, where)) from error
    except RPCError as error:
        raise _ended(temporal.trouble(error)) from error
    finally:
        await pool.close()


def _refused(error: asyncpg.PostgresError, where: StackConnection) -> str:
    if isinstance(error, _ANOTHER_SCHEMA):
        newest = where.command("migrate" if where.data_dir is None else "up")
        return f"the database is not migrated to this release, see `{newest}`: {error}"
    return f"the database refuses: {error}"


def _ended(why: str) -> typer.Exit:
    typer.echo(f"sequestre: {shown(why)}", err=True)
    return typer.Exit(WRONG)
