"""What the stand-in knows: every object, what is whose, and what it has booked."""

import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from embedded.stripe_stand_in.faults import Faults
from embedded.stripe_stand_in.wire import Json, Refused

PLATFORM = None
"""Whose balance is the platform's own; the others are named by their account."""


@dataclass
class World:
    """One platform at the stand-in."""

    keys: list[str]
    url: str = ""
    objects: dict[str, Json] = field(default_factory=dict)
    balances: dict[str | None, Counter[str]] = field(default_factory=dict)
    pending: Counter[str] = field(default_factory=Counter)
    """What of the platform's balance is not there to be sent on yet, by currency."""
    totals: dict[str, Counter[str]] = field(default_factory=dict)
    """What came in and went out, by currency: `paid_in`, `refunded`, `fees` …"""
    booked: list[tuple[str | None, Json]] = field(default_factory=list)
    told: list[Json] = field(default_factory=list)
    """Events that nobody was sent yet."""
    faults: Faults = field(default_factory=Faults)
    settles_later: bool = False
    fee_bps: int = 0
    payouts_after: float | None = None
    """Seconds until a payout is paid by itself; without it, when it is told to."""
    _token: str = field(default_factory=lambda: secrets.token_hex(4))
    _made: int = 0

    def begin_anew(self, keys: list[str]) -> None:
        """Know nothing but who may ask, as after the start."""
        vars(self).update(vars(World(keys, self.url)))

    def made(self, prefix: str, kind: str, **said: Any) -> Json:
        """A new object, which can be asked for by its id."""
        self._made += 1
        made = {
            "id": f"{prefix}_{self._token}{self._made:06d}",
            "object": kind,
            "created": int(time.time()),
            "livemode": False,
            **said,
        }
        self.objects[made["id"]] = made
        return made

    def found(self, kind: str, name: str) -> Json:
        """What has this id.

        Raises:
            Refused: nothing of the kind has.
        """
        thing = self.objects.get(name)
        if thing is None or thing["object"] != kind:
            raise Refused(f"No such {kind}: '{name}'", "resource_missing", status=404)
        return thing

    def every(self, kind: str) -> list[Json]:
        """All of a kind, oldest first."""
        return [thing for thing in self.objects.values() if thing["object"] == kind]

    def balance(self, owner: str | None) -> Counter[str]:
        """What somebody has, by currency, pending money included."""
        return self.balances.setdefault(owner, Counter())

    def available(self, owner: str | None, currency: str) -> int:
        """What of it they can send on."""
        waiting = self.pending[currency] if owner is PLATFORM else 0
        return self.balance(owner)[currency] - waiting

    def book(
        self, owner: str | None, kind: str, amount: int, source: Json, *, fee: int = 0
    ) -> None:
        """Move money of a balance, and write it down."""
        currency = source["currency"]
        self.balance(owner)[currency] += amount - fee
        self.total(currency)["fees"] += fee
        row = self.made(
            *("txn", "balance_transaction"),
            type=kind,
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency=currency,
            source=source["id"],
            status="available",
        )
        self.booked.append((owner, row))

    def total(self, currency: str) -> Counter[str]:
        """What came in and went out of a currency."""
        return self.totals.setdefault(currency, Counter())

    def tell(self, name: str, about: Json, *, account: str | None = None, **before: Any) -> Json:
        """Write an event down, which is sent once the call that brought it about is answered."""
        data: Json = {"object": dict(about)}
        if before:
            data["previous_attributes"] = before
        event = self.made("evt", "event", type=name, data=data, api_version=None)
        if account is not None:
            event["account"] = account
        self.told.append(event)
        return event

    def expanded(self, thing: Json, ways: list[str]) -> Json:
        """An object with others in it instead of their ids."""
        inner = [way.removeprefix("data.") for way in ways]
        return {
            name: self.objects.get(value, value)
            if name in inner and isinstance(value, str)
            else value
            for name, value in thing.items()
        }

    def books(self) -> Json:
        """What is held by currency, for oracles: in Stripe's amounts."""
        return {currency.upper(): self._books(currency) for currency in sorted(self.totals)}

    def _books(self, currency: str) -> Json:
        others = [owner for owner in self.balances if owner is not PLATFORM]
        total = Counter(self.total(currency))
        held = {
            "platform": self.balance(PLATFORM)[currency],
            "pending": self.pending[currency],
            "accounts": sum(self.balance(owner)[currency] for owner in others),
        }
        names = ("paid_in", "refunded", "disputed", "paid_out", "withdrawn", "fees")
        moved = {name: total[name] for name in names}
        out = sum(moved[name] for name in names[1:])
        balanced = moved["paid_in"] - out == held["platform"] + held["accounts"]
        return {**held, **moved, "balanced": balanced}
