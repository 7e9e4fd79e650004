"""Which addresses are pages: their errors are pages too, and a cookie says who asks for them."""

from typing import Final

PAGES: Final = frozenset(
    {
        "",
        "orders",
        "wallet",
        "services",
        "reputation",
        "inbox",
        "settings",
        "disputes",
        "console",
        "session",
        "enter",
        "preferences",
    }
)
"""The first parts of their paths."""

ASSETS = "/assets/"


def is_page(path: str) -> bool:
    """Return whether a path is one of the pages', whether there is something or not."""
    return path.split("/", 2)[1:2] != [] and path.split("/", 2)[1] in PAGES
