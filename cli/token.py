"""`sequestre token`: a development token."""

from pathlib import Path
from typing import Annotated

import typer

from infra.embedded.stack_file import read_stack
from infra.tokens import DAY, Authority, issue


def token(
    sub: Annotated[str, typer.Option(help="The user's id.")],
    role: Annotated[list[Authority], typer.Option(help="May be given several times.")],
    data_dir: Annotated[Path, typer.Option(help="Of the stack it is for.")] = Path(".sequestre"),
    seconds: Annotated[int, typer.Option(min=1, help="How long it is valid.")] = DAY,
) -> None:
    """Print a bearer token for the stack that `sequestre up` runs in DATA_DIR."""
    print(issue(read_stack(data_dir).jwt_secret, sub, role, seconds))
