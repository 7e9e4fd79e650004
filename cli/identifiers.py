"""Identifiers on the command line."""

import typer
from pydantic import TypeAdapter, ValidationError

from domain.identifiers import Identifier
from domain.text import validation_message

IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)


def exact(name: str | None) -> str | None:
    """Return what was typed, for an option that takes an identifier.

    Raises:
        BadParameter: it is none; typer says why and ends the command with exit code 2.
    """
    try:
        return None if name is None else IDENTIFIER.validate_python(name)
    except ValidationError as error:
        raise typer.BadParameter(validation_message(error.errors()[0])) from error
