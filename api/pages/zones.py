"""Time zones to choose from, with the time that it is there."""

from datetime import datetime

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


def zones(now: datetime) -> list[dict[str, str]]:
    """Return every zone, the usual ones first."""
    usual = [name for name in USUAL if name in known_zones()]
    rest = sorted(known_zones() - set(usual))
    return [
        {"value": name, "label": f"{name.replace('_', ' ')} · {time_in(name, now)}"}
        for name in (*usual, *rest)
    ]


def time_in(zone: str, now: datetime) -> str:
    """Return what a clock shows in a zone."""
    return f"{now.astimezone(zone_named(zone)):%H:%M}"
