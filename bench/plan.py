"""How long is measured."""

from dataclasses import dataclass
from typing import Final

HALF: Final = 0.5
"""The share of the greatest rate at which latencies are compared."""


@dataclass(frozen=True)
class Plan:
    """Rounds and seconds of a run."""

    clients: int
    rounds: int
    ramp: float
    """Seconds that an arm has lived in each round before it is looked at."""
    seconds: float
    """For which it is then looked at."""
    shares: tuple[float, ...]
    """Of the greatest rate, at which latencies are measured."""
    gap: float
    """Seconds between two actions on one order, on average, while they are sent at a rate."""
    at_a_rate: float
    """Seconds that actions are sent at one rate."""
    reading: float
    """Seconds that one address is read alone, and as many by several at once."""
    lives: int
    """Counted for the cost."""
    sizes: tuple[int, ...]
    """Numbers of ended orders beside which everything is asked."""
    running: int
    """Orders that run beside them."""
    deadlines: int
    """Orders that run out at one instant."""
    meanwhile: float
    """Seconds that people act while they do, and before."""

    @classmethod
    def of(cls, *, quick: bool) -> "Plan":
        """Return the plan of a look, in under two minutes, or of a measurement."""
        if quick:
            return cls(
                clients=8,  # so that a window holds a whole life
                rounds=2,
                ramp=0.5,
                seconds=2.0,
                shares=(HALF,),
                gap=0.4,
                at_a_rate=3.0,
                reading=0.5,
                lives=5,
                sizes=(1_000, 10_000),
                running=1_000,
                deadlines=500,
                meanwhile=5.0,
            )
        return cls(
            clients=16,
            rounds=5,
            ramp=2.0,
            seconds=10.0,
            shares=(0.25, HALF, 0.75),
            gap=1.0,
            at_a_rate=20.0,
            reading=5.0,
            lives=20,
            sizes=(1_000, 100_000, 1_000_000),
            running=10_000,
            deadlines=10_000,
            meanwhile=60.0,
        )
