"""The `sequestre` command and the processes it starts."""

import asyncio
import os
import sys
from typing import NoReturn

import typer
from rich.console import Console

from cli.bench import bench
from cli.check import check
from cli.configured import settings_or_exit
from cli.demo.command import demo
from cli.repair import repair
from cli.token import token
from cli.up import up
from db import migrate as migrations
from embedded.errors import StackError
from infra import logs
from infra import rlimits as open_files
from infra.settings import Settings

app = typer.Typer(
    name="sequestre",
    help="Séquestre: escrow orders for freelance marketplaces, durable on Temporal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(demo)
app.command()(token)
app.command()(check)
app.command()(repair)
app.command()(bench)

STARTUP_FAILED = 3
"""The exit code of an API that could not listen, say."""


@app.command()
def api() -> None:
    """Run the HTTP API against the database and Temporal that the environment names."""
    from api.app import create_app
    from api.server import ApiServer

    settings = _settings()
    open_files.raise_open_file_limit()
    try:
        application = create_app(settings)
    except ValueError as error:
        typer.echo(f"sequestre: {error}", err=True)
        raise typer.Exit(2) from error
    server = ApiServer(application, settings)
    server.run()
    if not server.started:
        raise typer.Exit(STARTUP_FAILED)


@app.command()
def worker() -> None:
    """Run a worker: it carries out what happens to orders. Start as many as you like."""
    import worker as process

    asyncio.run(process.run(_settings()))


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    url = _settings().database_url.get_secret_value()
    Console().print(str(asyncio.run(migrations.migrate(url))), markup=False, highlight=False)


def _settings() -> Settings:
    settings = settings_or_exit()
    logs.configure(settings)
    return settings


def main() -> NoReturn:
    """Run the command. End without the interpreter's own clean-up: threads of the Temporal SDK can
    crash in it after all the work is done."""
    code = 0
    try:
        app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except StackError as error:
        typer.echo(f"sequestre: {error}", err=True)
        code = 1
    except Exception:
        Console(stderr=True).print_exception()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
