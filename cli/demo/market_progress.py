"""How far a marketplace has been filled, kept in its data directory: whoever stops in the middle
goes on there."""

import secrets
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, Field

from cli.stories.world import Json
from embedded.data_directory import write_whole
from embedded.errors import StackError
from embedded.trust import own_text

FILE = "demo.json"


class Progress(BaseModel):
    """What has been done so far, and what came of it that later deeds speak of."""

    story: str
    """Which version of the marketplace it is."""
    run: str = Field(default_factory=lambda: secrets.token_hex(6))
    begins: datetime
    """From when its instants are counted (UTC)."""
    done: int = 0
    """How many deeds."""
    is_whole: bool = False
    services: dict[str, Json] = {}
    orders: dict[str, Json] = {}
    """As they were answered last."""
    transfers: dict[str, str] = {}
    messages: dict[str, tuple[str, str]] = {}
    """The newest message of each order, and who wrote it."""

    def keep(self, data_dir: Path) -> None:
        """Write it down."""
        write_whole(data_dir / FILE, self.model_dump_json())


def kept_progress(data_dir: Path) -> Progress | None:
    """Return how far a data directory has been filled; None where nobody has begun.

    Raises:
        StackError: what is there cannot be read.
    """
    try:
        return Progress.model_validate_json(own_text(data_dir / FILE))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StackError(
            f"{data_dir / FILE} should say how far the marketplace has been filled, and cannot be"
            " read. Take another --data-dir."
        ) from error
