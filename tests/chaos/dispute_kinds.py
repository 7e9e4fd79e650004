"""Every way that a dispute of a payment can go."""

from dataclasses import dataclass

ASKED = "asked about"
DISPUTES: dict[str, tuple[str, ...]] = {
    "won": ("won",),
    "lost": ("lost",),
    ASKED: ("warning_closed",),
    f"{ASKED}, then won": ("escalated", "won"),
    f"{ASKED}, then lost": ("escalated", "lost"),
}
"""What becomes of it, once it is opened."""

PARTS = (1.0, 1.0, 0.4)


@dataclass(frozen=True)
class PlannedDispute:
    """Of which part of its payment, opened after so many steps of the order; a `late` one is
    decided when nothing is broken any more, and the others after the next step."""

    kind: str
    part: float
    after: int
    late: bool
