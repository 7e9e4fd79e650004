"""The `sequestre` command and the processes it starts."""

import asyncio
import os
import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated, Any, NoReturn

import asyncpg
import typer
from rich.console import Console

from cli.bench import bench
from cli.check import check
from cli.configured import (
    check_api,
    check_secrets,
    check_temporal,
    check_tracing,
    ended,
    process_settings,
)
from cli.demo.command import demo
from cli.links import links
from cli.lost import lost
from cli.play import play
from cli.promote import promote
from cli.repair import repair
from cli.terminal import shown
from cli.token import token
from cli.up import up
from cli.web_ui import web_ui
from cli.workers import workers
from db import migrate as migrations
from db.pool import AWAY
from embedded.errors import StackError
from infra import event_loop, logs, rlimits, tracing
from infra.search_attributes import Unregistered
from infra.settings import Settings

app = typer.Typer(
    name="sequestre",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(demo)
app.command()(play)
app.command()(token)
app.command()(check)
app.command()(repair)
app.command()(links)
app.command()(workers)
app.command()(promote)
app.command()(lost)
app.command()(bench)
app.command("web-ui")(web_ui)

STARTUP_FAILED = 3
"""The exit code of an API that could not listen, say."""


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sequestre {version('sequestre')}")
        raise typer.Exit


@app.callback()
def sequestre(
    asked: Annotated[  # its callback has answered
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_version),
    ] = False,
) -> None:
    """Séquestre: escrow orders for freelance marketplaces, durable on Temporal."""


@app.command()
def api() -> None:
    """Run the HTTP API against the database and Temporal that the environment names."""
    from api.app import create_app
    from api.server import ApiServer

    settings = _settings()
    check_api(settings)
    check_secrets(settings)
    rlimits.raise_open_file_limit()
    tracing.begin("sequestre-api")
    try:
        application = create_app(settings)
    except ValueError as error:
        ended(str(error))
    server = ApiServer(application, settings)
    server.run()
    tracing.end()
    if not server.started:
        raise typer.Exit(STARTUP_FAILED)


@app.command()
def worker() -> None:
    """Run a worker: it carries out what happens to orders. Start as many as you like."""
    import worker as process

    # It checks no tokens, so it does not hold what they could be forged with.
    settings = _settings(jwt_secret=None)
    check_secrets(settings)
    tracing.begin("sequestre-worker")
    try:
        event_loop.run(process.run(settings))
    except Unregistered as error:
        ended(str(error))
    finally:
        tracing.end()


@app.command()
def migrate(
    restored: Annotated[
        bool,
        typer.Option(
            "--restored",
            help="The database was restored: no number that was given before is given again.",
        ),
    ] = False,
) -> None:
    """Bring the database to the newest schema."""
    url = process_settings().database_url.get_secret_value()
    try:
        applied = asyncio.run(migrations.migrate(url, restored=restored))
    except migrations.ChangedMigration as error:
        ended(str(error))
    except asyncpg.PostgresError as error:
        ended(f"the database refuses: {error}")
    except AWAY:
        ended("the database does not answer")
    typer.echo(str(applied))


def _settings(**given: Any) -> Settings:
    settings = process_settings(**given)
    check_temporal()
    check_tracing()
    logs.configure(settings)
    return settings


def main() -> NoReturn:
    """Run the command. End without the interpreter's own clean-up: threads of the Temporal SDK can
    crash in it after all the work is done."""
    code = 0
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # an old terminal shows ? for what it cannot
            stream.reconfigure(errors="replace")
    try:
        app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except StackError as error:
        typer.echo(f"sequestre: {shown(str(error))}", err=True)
        code = error.exit_code
    except Exception:
        Console(stderr=True).print_exception()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
