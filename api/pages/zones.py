"""Time zones to choose from, with the time that it is there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from api.schemas.people import known_zones
from texts.formatter import zone_named

USUAL = (
    "Europe/Paris",
    "Europe/Brussels",
    "Europe/Zurich",
    "Europe/Berlin",
    "Europe/Madrid",
    "Europe/London",
    "America/Montreal",
    "America/New_York",
    "Africa/Casablanca",
    "Africa/Dakar",
    "Asia/Tokyo",
    "UTC",
)
"""What stands first."""


def zones(now: datetime) -> Sequence[Mapping[str, str]]:
    """Return every zone, the usual ones first."""
    return _zones(now.replace(second=0, microsecond=0))


# What every clock in the world shows takes longer than all else on the page that asks for it.
@lru_cache(maxsize=2)
def _zones(minute: datetime) -> Sequence[Mapping[str, str]]:
    usual = [name for name in USUAL if name in known_zones()]
    rest = sorted(known_zones() - set(usual))
    return tuple(
        {"value": name, "label": f"{name.replace('_', ' ')} · {time_in(name, minute)}"}
        for name in (*usual, *rest)
    )


def time_in(zone: str, now: datetime) -> str:
    """Return what a clock shows in a zone."""
    return f"{now.astimezone(zone_named(zone)):%H:%M}"
