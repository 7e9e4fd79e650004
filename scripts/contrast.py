"""Measures whether the colours of a stylesheet can be told apart, in light and in dark.

`python -m scripts.contrast THEME.css` reads the product's own sheet and then the marketplace's, as
browsers do, and says which pairs are too close (WCAG 2.2: 1.4.3 text, 1.4.11 controls).
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

SHEET = Path(__file__).parents[1] / "api" / "pages" / "assets" / "page.css"
TEXT, CONTROL = 4.5, 3.0
GROUNDS = ("bg", "surface", "sunk")
TONES = ("accent", "you", "good", "bad", "ice")
MONEY = ("m-escrow", "m-buyer", "m-seller", "m-fee")
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((ink, ground, TEXT) for ink in ("ink", "soft") for ground in (*GROUNDS, "you-wash")),
    *((tone, ground, TEXT) for tone in TONES for ground in ("bg", "surface", f"{tone}-wash")),
    *(("ink", f"{tone}-wash", TEXT) for tone in TONES),
    *(("soft", f"{tone}-wash", TEXT) for tone in TONES if tone != "you"),
    ("on-accent", "accent", TEXT),
    ("surface", "bad", TEXT),
    ("control", "surface", CONTROL),
    *((money, ground, CONTROL) for money in MONEY for ground in ("surface", "sunk")),
)
"""What is read on what, and how far apart they have to be."""

_TOKEN = re.compile(r"--([\w-]+):\s*([^;]+);")
_BOTH = re.compile(r"light-dark\(\s*([^,]+?)\s*,\s*([^)]+?)\s*\)")
_ALIAS = re.compile(r"var\(--([\w-]+)\)")


class TooClose(NamedTuple):
    """A pair that people may not tell apart."""

    theme: str
    ink: str
    ground: str
    ratio: float
    needed: float


def tokens(*sheets: str) -> dict[str, str]:
    """Return the custom properties of stylesheets; later ones win."""
    return {name: value.strip() for sheet in sheets for name, value in _TOKEN.findall(sheet)}


def colour(found: dict[str, str], name: str, dark: bool) -> str:
    """Return the colour of a token, as `#rrggbb`.

    Raises:
        KeyError: there is no such token.
        ValueError: it is not written as a hexadecimal colour.
    """
    value = found[name]
    if alias := _ALIAS.fullmatch(value):
        return colour(found, alias[1], dark)
    if both := _BOTH.fullmatch(value):
        value = both[2 if dark else 1]
    if re.fullmatch(r"#[0-9a-fA-F]{3}", value):
        value = "#" + "".join(digit * 2 for digit in value[1:])
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError(
            f"--{name} is {value}: write it as #rrggbb or light-dark(#rrggbb, #rrggbb)"
        )
    return value


def ratio(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def too_close(found: dict[str, str]) -> list[TooClose]:
    """Return every pair that is not far enough apart."""
    return [
        TooClose("dark" if dark else "light", ink, ground, measured, needed)
        for dark in (False, True)
        for ink, ground, needed in PAIRS
        if (measured := ratio(colour(found, ink, dark), colour(found, ground, dark))) < needed
    ]


def _luminance(value: str) -> float:
    channels = (int(value[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def main(arguments: list[str]) -> int:
    """Say what is too close; 1 if anything is."""
    sheets = [path.read_text() for path in (SHEET, *map(Path, arguments))]
    found = too_close(tokens(*sheets))
    for one in found:
        sys.stdout.write(
            f"{one.theme}: --{one.ink} on --{one.ground} is {one.ratio:.2f}, needs {one.needed}\n"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
