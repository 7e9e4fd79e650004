"""What happened in a run, in numbers."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Counts of a run over all its orders."""

    orders: int = 0
    steps: int = 0
    expiries: int = 0
    just_in_time: int = 0
    late: int = 0
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By action and outcome."""

    def count(self, action: str, outcome: str) -> None:
        """One answer more."""
        self.answers[action, outcome] += 1

    def report(self, seconds: float) -> str:
        """The figures, in lines."""
        outcomes: Counter[str] = Counter()
        for (_, outcome), times in self.answers.items():
            outcomes[outcome] += times
        done = {action: n for (action, outcome), n in self.answers.items() if outcome == "done"}
        return (
            f"{self.steps} steps on {self.orders} orders in {seconds:.0f} s: {self.expiries} times"
            f" an instant passed, {self.just_in_time} actions in the last instant,"
            f" {self.late} after it\n"
            f"answers: {_listed(outcomes)}\ncarried out: {_listed(done)}\n"
        )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items(), key=lambda one: -one[1]))
