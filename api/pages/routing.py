"""All pages, as the application takes them in."""

from pathlib import Path

from fastapi import FastAPI

from api.pages import assets
from api.pages.assets import Assets
from api.pages.routes import (
    acting,
    console,
    console_order,
    console_orders,
    inbox,
    my_orders,
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
    console_order,
    console_orders,
    my_orders,
    services,
    service,
    inbox,
    settings,
    reputation,
    sign_in,
    wallet,
)


def include_pages(app: FastAPI, settings: Settings) -> None:
    """Put the pages into the application, and what they are drawn with.

    Raises:
        OSError: the marketplace's own stylesheet is not there.
    """
    app.state.assets = Assets(Path(settings.theme) if settings.theme else None)
    app.include_router(assets.router)
    for routes in ROUTES:
        app.include_router(routes.router)
