"""What a life may cost at most, as the repository has it: no change makes it dearer unnoticed."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bench.cost import Cost

FILE = Path(__file__).with_suffix(".json")


class CostBounds(BaseModel):
    """The most of each, for one life; the same on every machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: int
    history_bytes: int
    statements: int
    transactions: int

    def exceeded_by(self, found: Cost) -> Iterator[str]:
        """Yield a line for each figure that is above its bound."""
        for name in CostBounds.model_fields:
            most, is_now = getattr(self, name), getattr(found, name)
            if is_now > most:
                yield f"{name}: {is_now} a life, and at most {most} by {FILE.name}"


def kept_bounds() -> CostBounds:
    """Return the bounds that the repository has."""
    return CostBounds.model_validate_json(FILE.read_text(encoding="utf-8"))
