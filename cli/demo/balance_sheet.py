"""Where the money of a story ended, and whether all of it is there."""

from collections import Counter

from rich.table import Table
from rich.text import Text

from cli.stories.cast import Money
from cli.stories.story import Story
from cli.terminal import Terminal, shown
from domain.money import in_words


def balance_sheet(console: Terminal, story: Story, money: Money, by_card: Counter[str]) -> bool:
    """Print where the money is, and return whether it is what was topped up and paid `by_card`."""
    table = Table(title="Where the money is", title_justify="left")
    table.add_column("account")
    table.add_column("holds", justify="right")
    together: Counter[str] = Counter()
    for place, held in money.items():
        person = story.people.get(place)
        name = person.name if person and person.name else place
        table.add_row(Text(shown(name)), _words(held))
        together.update(held)
    topped_up = Counter(by_card)
    for amount in story.wallets.values():
        topped_up[amount.currency] += amount.amount
    table.add_section()
    table.add_row("together", _words(together))
    table.add_row("topped up and paid in", _words(topped_up))
    console.print(table)
    return +together == +topped_up


def _words(held: Counter[str]) -> str:
    return " ".join(in_words(amount, code) for code, amount in held.items() if amount) or "–"
