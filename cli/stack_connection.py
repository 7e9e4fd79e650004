"""Which stack a command speaks of: the one the environment names, or a local one by its data."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from temporalio.client import Client
from temporalio.service import RPCError

from cli.configured import settings_or_exit
from db.errors import Unavailable
from db.pool import Pool, create_pool
from embedded.errors import NoStack
from embedded.stack_file import read_stack
from infra import temporal

DataDir = Annotated[Path, typer.Option(help="Data directory of the stack that `up` runs.")]
DEFAULT_DATA_DIR = Path(".sequestre")
CONNECTIONS = 20
Patience = Annotated[
    float, typer.Option(min=0, help="Seconds that a step under way is given before it is named.")
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


def stack_connection(data_dir: Path) -> StackConnection:
    """Return the stack of SEQUESTRE_DATABASE_URL and TEMPORAL_ADDRESS, or else of the data
    directory.

    Ends the command with exit code 2 where neither is there.
    """
    if "SEQUESTRE_DATABASE_URL" in os.environ:
        return StackConnection(settings_or_exit().database_url.get_secret_value(), {})
    try:
        stack = read_stack(data_dir)
    except NoStack as error:
        raise _ended(str(error)) from error
    temporal = {"target_host": stack.temporal_address, "namespace": stack.temporal_namespace}
    return StackConnection(stack.database_url, temporal)


@asynccontextmanager
async def reached(
    where: StackConnection, *, at_once: bool = True
) -> AsyncIterator[tuple[Pool, Client]]:
    """Lend the stack's database and Temporal while the block lasts. End the command with exit code
    2 where one of them does not answer or does not let it look; not `at_once`, Temporal is only
    reached when it is asked."""
    try:
        client = await temporal.connect(lazy=not at_once, **where.temporal)
    except RuntimeError as error:
        raise _ended("Temporal does not answer") from error
    pool = await create_pool(where.database_url, CONNECTIONS)
    try:
        yield pool, client
    except Unavailable as error:
        raise _ended("the database does not answer") from error
    except asyncpg.PostgresError as error:
        raise _ended(_refused(error)) from error
    except RPCError as error:
        raise _ended("Temporal does not answer") from error
    finally:
        await pool.close()


def _refused(error: asyncpg.PostgresError) -> str:
    if isinstance(error, _ANOTHER_SCHEMA):
        return f"the database is not migrated to this release, see `sequestre migrate`: {error}"
    return f"the database refuses: {error}"


def _ended(why: str) -> typer.Exit:
    typer.echo(f"sequestre: {why}", err=True)
    return typer.Exit(2)
