"""All pages, as the application takes them in."""

from pathlib import Path

from fastapi import FastAPI
from starlette.routing import Route

from api.pages import assets, lost_forms
from api.pages.assets import Assets
from api.pages.routes import (
    acting,
    console,
    console_clock,
    console_deliveries,
    console_findings,
    console_order,
    console_orders,
    console_people,
    console_transfers,
    disputes,
    entrance,
    inbox,
    my_orders,
    oidc,
    order,
    reputation,
    service,
    services,
    settings,
    sign_in,
    wallet,
)
from infra.settings import Settings

ROUTES = (
    acting,
    console,
    console_clock,
    console_deliveries,
    console_findings,
    console_order,
    console_orders,
    console_people,
    console_transfers,
    disputes,
    entrance,
    inbox,
    my_orders,
    oidc,
    order,
    reputation,
    services,  # /services/new is none of the ids that come after
    service,
    settings,
    sign_in,
    wallet,
)


def include_pages(app: FastAPI, settings: Settings) -> None:
    """Put the pages into the application, and what they are drawn with.

    Raises:
        OSError: the marketplace's own stylesheet is not there.
    """
    app.state.assets = Assets(Path(settings.theme) if settings.theme else None)
    lost_forms.install(app)
    app.state.page_methods = _methods()
    app.include_router(assets.router)
    for routes in ROUTES:
        app.include_router(routes.router)


def _methods() -> dict[str, set[str]]:
    """Return by which methods each address can be asked, by its template."""
    found: dict[str, set[str]] = {}
    for routes in ROUTES:
        for route in routes.router.routes:
            if isinstance(route, Route):
                found.setdefault(route.path, set()).update(route.methods or ())
    return found
