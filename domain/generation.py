"""Which generation of Séquestre this is, so that an older worker waits for a newer one."""

from typing import Annotated

from pydantic import Field

GENERATION = 5
"""Raised by whoever gives an action a field, adds an action, or has runs give Temporal other
commands. It stands in what a run begins with and in every request: a worker that is older than
either leaves the order to a newer one, where it would have refused or misread it.

- 0: releases before generations. A step's activity is named for what money does.
- 1: one type of activity writes every step, so that rules may change under running orders.
- 2: cases are handed over: `assign` names somebody, `release`.
- 3: a step is tried on the worker that decided it, and left to any worker where that takes long.
- 4: an order may know until when its money can be held, and has timers for it.
- 5: an order whose payment is disputed is frozen; the payment provider acts on it.
"""

Known = Annotated[int, Field(ge=0, le=GENERATION)]
"""A generation that this release knows how to carry on."""


class NewerRelease(Exception):
    """What is to be decided was asked of a newer release. It fails the workflow's task, which
    Temporal gives to workers again and again until one knows enough; nothing is refused or lost."""

    def __init__(self, generation: int) -> None:
        super().__init__(
            f"Asked in generation {generation}; this worker knows {GENERATION} and leaves the order"
            " to a newer one: bring the workers of the newer release up."
        )
