"""What is printed while a story is played: all of it comes from the API's answers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cli.stories.cast import Money
from cli.stories.story import PLACE, Step
from cli.stories.world import Json, Refused
from cli.terminal import Terminal
from domain.money import in_words
from domain.operator_text import counted

WIDTH = 48


@dataclass
class Narrator:
    """Tells a story as it is played."""

    terminal: Terminal
    names: Mapping[str, str]
    """What people are called."""
    _shown: str | None = None
    _held: str | None = None

    def scene(self, title: str) -> None:
        """Tell that a scene begins."""
        self.terminal.head(title)
        self._shown = self._held = None

    def looks(self, step: Step, preview: Json) -> None:
        """Tell what a deed would do, before it is done."""
        changes = ", ".join(
            f"{one['account'].replace('_', ' ')} {_amount(one['amount'])}"
            for one in preview["money"]
        )
        first = f"  {self._name(step.who)} looks first: {preview['state'].replace('_', ' ')}"
        self._tell(", ".join(filter(None, [first, changes])))
        for note in preview["notes"]:
            self._tell(f"    {note}", "dim")

    def refused(self, step: Step, refusal: Refused) -> None:
        """Tell that a deed was refused, and why."""
        self._tell(f"  {self._deed(step)}: {refusal}", "yellow")

    def differs(self, line: int, problem: str) -> None:
        """Tell that the product does something else than the story says."""
        self._tell(f"  line {line}: {problem}", "bold red")

    def step(self, step: Step, order: Json | None, money: Money) -> None:
        """Tell a step: what was done, where the order stands, what follows, where the money is."""
        state = order["state"].replace("_", " ") if order is not None else ""
        self._tell(f"  {self._deed(step):<{WIDTH}} {state}".rstrip())
        follows = _follows(order)
        if follows not in (None, self._shown):
            self._tell(f"    {follows}", "dim")
        held = "   ".join(
            filter(None, [_holds(self._name(place), sums) for place, sums in money.items()])
        )
        if held != self._held:
            self._tell(f"    {held}", "green")
        self._shown, self._held = follows, held

    def _tell(self, line: str, style: str = "") -> None:
        # A space at which no line is broken is nothing to be warned of.
        self.terminal.tell(line.replace("\u00a0", " "), style)

    def _name(self, who: str | None) -> str:
        return self.names.get(str(who), str(who))

    def _deed(self, step: Step) -> str:
        if step.after is not None:
            days, rest = divmod(int(step.after.total_seconds()), 86_400)
            return f"{counted(days, 'day')} later" if not rest else f"{step.after} later"
        deed = f"orders {step.service}" if step.does == PLACE else str(step.does).replace("_", " ")
        name = self._name(step.who)
        return f"{name} {step.says}" if step.says else f"{name}: {deed}"


def _follows(order: Json | None) -> str | None:
    deadline = order["deadline"] if order is not None else None
    if deadline is None:
        return None
    at = deadline["at"]
    return f"after {at[:10]} {at[11:19]} UTC: {deadline['consequence']}"


def _holds(place: str, sums: Counter[str]) -> str:
    held = [in_words(amount, code) for code, amount in sums.items() if amount]
    return " ".join([place, *(held or ["–"])])


def _amount(money: Json) -> str:
    return in_words(money["amount"], money["currency"])
