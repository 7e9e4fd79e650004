"""Which options somebody typed: one that would be ignored is refused."""

import os
from pathlib import Path

import typer

from cli.configured import ended

COMMANDLINE = "COMMANDLINE"
TWO_STACKS = "--data-dir names one stack, and SEQUESTRE_DATABASE_URL another: leave one of them out"


def is_given(context: typer.Context, option: str) -> bool:
    """Return whether an option was typed, by its name without dashes before it."""
    source = context.get_parameter_source(option.replace("-", "_"))
    return source is not None and source.name == COMMANDLINE


def refuse_beside(context: typer.Context, option: str, *others: str) -> None:
    """End the command where one of the other options was typed, for which it has no use beside this
    one."""
    for other in others:
        if is_given(context, other):
            ended(f"--{other} is of no use beside --{option}: leave one of them out")


def refuse_without(context: typer.Context, option: str, *others: str) -> None:
    """End the command where one of the other options was typed, for which it has no use without
    this one."""
    for other in others:
        if is_given(context, other):
            ended(f"--{other} is of no use without --{option}")


def the_only_stack(context: typer.Context, data_dir: Path) -> Path:
    """Return the data directory. End the command where one was typed and the environment names a
    stack too: it would be passed over."""
    if is_given(context, "data-dir") and os.environ.get("SEQUESTRE_DATABASE_URL"):
        ended(TWO_STACKS)
    return data_dir
