"""Figures of many measurements: percentiles, and medians over rounds."""

from collections.abc import Sequence
from math import ceil

from pydantic import BaseModel, ConfigDict


class Latency(BaseModel):
    """How long something took, in milliseconds."""

    model_config = ConfigDict(frozen=True)

    count: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latency":
        """Return the percentiles of some durations.

        Raises:
            ValueError: there are none.
        """
        if not seconds:
            raise ValueError("nothing was measured")
        ordered = sorted(seconds)
        p50, p95, p99 = (1_000 * percentile(ordered, share) for share in (0.5, 0.95, 0.99))
        return cls(count=len(ordered), p50=p50, p95=p95, p99=p99)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that so large a share (0 to 1) of ascending values does not
    exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
