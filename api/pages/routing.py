"""All pages, as the application takes them in."""

from pathlib import Path

from fastapi import FastAPI

from api.pages import assets, lost_forms
from api.pages.assets import Assets


def include_pages(app: FastAPI, settings: Settings) -> None:
    """Put the pages into the application, and what they are drawn with.

    Raises:
        OSError: the marketplace's own stylesheet is not there.
    """
    app.state.assets = Assets(Path(settings.theme) if settings.theme else None)
    lost_forms.install(app)
    app.include_router(assets.router)
    for routes in ROUTES:
        app.include_router(routes.router)
