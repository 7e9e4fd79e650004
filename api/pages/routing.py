"""All pages, as the application takes them in."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from fastapi import FastAPI
from starlette.routing import Route

from api.pages import assets, lost_forms, routes
from api.pages.assets import Assets
from infra.settings import Settings

LAST = "service"
"""The ids in its addresses stand where `/services/new` does."""

ROUTES = tuple(
    import_module(f"{routes.__name__}.{name}")
    for name in sorted(
        (one.name for one in iter_modules(routes.__path__)), key=lambda name: (name == LAST, name)
    )
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
    for each in ROUTES:
        app.include_router(each.router)


def _methods() -> dict[str, set[str]]:
    """Return by which methods each address can be asked, by its template."""
    found: dict[str, set[str]] = {}
    for each in ROUTES:
        for route in each.router.routes:
            if isinstance(route, Route):
                found.setdefault(route.path, set()).update(route.methods or ())
    return found
