"""`sequestre token`: a development token."""

from pathlib import Path
from typing import Annotated

import typer

from api.auth.tokens import DAY, Authority, issue
from cli.identifiers import exact
from cli.numbers import TEN_YEARS
from cli.program import DEFAULT_DATA_DIR
from cli.stack_connection import OF_UP, stack_of


def token(
    sub: Annotated[str, typer.Option(help="The user's id.", callback=exact)],
    role: Annotated[list[Authority], typer.Option(help="May be given several times.")],
    data_dir: Annotated[Path, typer.Option(help=OF_UP)] = DEFAULT_DATA_DIR,
    seconds: Annotated[int, typer.Option(min=1, max=TEN_YEARS, help="How long it is valid.")] = DAY,
) -> None:
    """Print a bearer token for the stack that `sequestre up` runs in DATA_DIR."""
    typer.echo(issue(stack_of(data_dir).jwt_secret, sub, role, seconds))
