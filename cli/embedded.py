"""The embedded stack, for commands that a production image has but cannot run."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from embedded.errors import NotInstalled

if TYPE_CHECKING:
    from embedded.stack import Stack


def embedded_stack() -> "Callable[..., AbstractAsyncContextManager[Stack]]":
    """Return `running_stack`, once the `embedded` extra has been found.

    Raises:
        NotInstalled: the extra is missing.
    """
    try:
        from embedded.stack import running_stack
    except ModuleNotFoundError as error:
        raise NotInstalled("The embedded stack") from error
    return running_stack


def temporary_stack_directory(prefix: str) -> AbstractAsyncContextManager[Path]:
    """Return a new data directory for as long as a block lasts.

    Raises:
        NotInstalled: the extra is missing.
    """
    try:
        from embedded.abandoned import temporary_data_directory
    except ModuleNotFoundError as error:
        raise NotInstalled("The embedded stack") from error
    return temporary_data_directory(prefix)
