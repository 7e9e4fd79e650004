"""The settings of the environment, or what is wrong with them, told who started a command."""

import typer
from pydantic import ValidationError
from rich.console import Console

from infra.settings import Settings


def settings_or_exit() -> Settings:
    """Return the settings. Ends the command with exit code 2 where they are not usable."""
    try:
        return Settings()
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in one["loc"]).upper()
            Console(stderr=True).print(f"SEQUESTRE_{name}: {one['msg']}")
        raise typer.Exit(2) from error
