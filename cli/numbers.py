"""Numbers on the command line."""

import math

import typer

A_WEEK = 604_800
"""Seconds. Nobody waits for longer, and neither asyncio nor PostgreSQL takes any number."""

TEN_YEARS = 315_360_000
"""Seconds."""


def number(value: float | None) -> float | None:
    """Return what was typed, for an option with bounds: no comparison finds NaN beyond one.

    Raises:
        BadParameter: it is none; typer says so and ends the command with exit code 2.
    """
    if value is not None and math.isnan(value):
        raise typer.BadParameter("must be a number")
    return value
