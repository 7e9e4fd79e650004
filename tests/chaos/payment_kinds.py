"""Every way that a payment can go at the provider."""

from dataclasses import dataclass

from tests.app_under_test import Person

PAY_INS: dict[str, tuple[str, ...]] = {
    "paid": ("pays",),
    "paid twice": ("pays_twice",),
    "paid at the second try": ("is_declined", "pays"),
    "paid days later": ("promises", "arrives"),
    "bounced": ("promises", "bounces"),
    "lapsed": ("lets_it_lapse",),
    "paid, and disputed in vain": ("pays",),
    "paid, and taken back": ("pays",),
}
"""What a payer does at the page."""

DISPUTED = {"paid, and disputed in vain": "won", "paid, and taken back": "lost"}
"""What becomes of payments that are asked back at once."""

PAYOUTS: dict[str, tuple[str, ...]] = {
    "paid out": ("paid",),
    "failed": ("in_transit", "failed"),
    "returned": ("paid", "failed"),
    "taken back": ("paid",),
    "taken back on its way": ("in_transit", "paid"),
    "more than there is": (),
}
"""What a bank does with a payout."""


@dataclass(frozen=True)
class PlannedPayment:
    """What somebody of their own pays in, and perhaps has paid out again: the `kind` of either."""

    number: int
    kind: str
    amount: int
    seed: int

    @property
    def payer(self) -> Person:
        """Who pays; nobody else has to do with their wallet."""
        return Person(f"payer-{self.number}")

    @property
    def is_payout(self) -> bool:
        """Whether it goes out again."""
        return self.kind in PAYOUTS
