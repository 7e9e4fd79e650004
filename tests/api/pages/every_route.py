"""Every route of the pages, with what its address is filled in with."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.pages.routing import ROUTES


@dataclass(frozen=True)
class PageRoute:
    """A way to ask for a page, or to send a form."""

    method: str
    template: str

    @property
    def is_of_an_order(self) -> bool:
        """Whether it is about one order."""
        return "{order_id}" in self.template

    def address(self, **ids: str) -> str:
        """Where it is, for what these ids name."""
        named: Mapping[str, str] = {
            "action": "cancel",
            "kind": "top_up",
            "part": "name",
            "user_id": "somebody",
            **dict.fromkeys(OF_THINGS, NOBODYS),
            **ids,
        }
        return self.template.replace(":path}", "}").format(**named)


OF_THINGS = (
    *("order_id", "service_id", "endpoint_id", "transfer_id", "request_id", "pay_in_id"),
    "payout_id",
)
NOBODYS = "00000000-0000-4000-8000-000000000000"

EVERY_ROUTE = tuple(
    PageRoute(method, path)
    for method, path in sorted(
        {(m, route.path) for one in ROUTES for route in one.router.routes for m in route.methods}
    )
)
LOOKING = tuple(one for one in EVERY_ROUTE if one.method == "GET")
SENDING = tuple(one for one in EVERY_ROUTE if one.method == "POST")
OPEN = ("/", "/session", "/session/end", "/enter", "/preferences/language", "/preferences/theme")
"""For who is not signed in, beside signing in with a provider."""


def is_open(route: PageRoute) -> bool:
    """Whether somebody need not be signed in for it."""
    return route.template in OPEN or route.template.startswith("/session/oidc")
