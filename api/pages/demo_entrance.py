"""To whom the entrance is open by which anybody comes in as anybody."""

from fastapi import Request

from infra.setting_types import is_this_machine
from infra.settings import Settings

PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a request bears that came through a proxy, from who knows where."""


def is_open_to(request: Request) -> bool:
    """Return whether somebody may enter as whoever they like: it is set so, and they sit at this
    very machine."""
    settings: Settings = request.app.state.settings
    if not settings.demo_entrance or settings.trusted_proxies is not None:
        return False
    came_from = request.client.host if request.client else ""
    # By its name too: a page elsewhere could point one of its own at this machine.
    is_here = is_this_machine(came_from) and is_this_machine(request.url.hostname or "")
    return is_here and not any(name in request.headers for name in PASSED_ON)
