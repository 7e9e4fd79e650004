"""Draws every component of the pages with sample values, for looking at: no server, no database.

`python -m scripts.gallery FOLDER` writes `gallery-LANGUAGE-THEME.html` into a folder.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from texts.catalogue import Language, translated

PAGES = Path(__file__).parents[1] / "api" / "pages"
NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)


def drawn(language: Language, theme: str = "auto") -> str:
    """Return the gallery in a language, its assets beside the product's own."""
    environment = Environment(
        loader=FileSystemLoader([PAGES / "templates", Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    french = language is Language.FR
    environment.globals.update(
        t=lambda sentence, **values: translated(language, sentence) % values,
        w=lambda english, said: said if french else english,
        asset=lambda name: (PAGES / "assets" / name).as_uri(),
        csrf=lambda: "",
        instant=lambda at: at.strftime("%d/%m/%Y %H:%M" if french else "%d %B %Y at %H:%M"),
        page=_page(language, theme),
    )
    return environment.get_template("gallery.html").render()


def _page(language: Language, theme: str) -> SimpleNamespace:
    french = language is Language.FR
    labels = ("Mes commandes", "Portefeuille", "Services", "Messages")
    english = ("My orders", "Wallet", "Services", "Inbox")
    return SimpleNamespace(
        language=language.value,
        theme=theme,
        nav=[
            {"href": "#", "label": label, "count": 2 * (at == 3), "current": at == 0}
            for at, label in enumerate(labels if french else english)
        ],
        who="Camille Roy",
        banner=SimpleNamespace(clock=NOW),
        marketplace="Atelier Nord",
        path="/gallery",
        now=NOW.isoformat(),
        zone="Paris",
        frame_less=False,
        theme_css=None,
    )


def main(arguments: list[str]) -> None:
    """Write the gallery in every language and theme."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for language in Language:
        for theme in ("light", "dark"):
            name = f"gallery-{language}-{theme}.html"
            (folder / name).write_text(drawn(language, theme))


if __name__ == "__main__":
    main(sys.argv[1:])
