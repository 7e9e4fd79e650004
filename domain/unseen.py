"""The characters that show nothing: a text of these alone says nothing.

A table of our own, since Python's changes with its release: Unicode's White_Space, its control and
format characters (Cc, Cf), those that it says to ignore (Default_Ignorable_Code_Point, also where
nothing is assigned yet), and the few letters and symbols that are drawn empty. NUL is none of them.
"""

from collections.abc import Iterable

_SPACES_AND_CONTROLS = (
    (0x0001, 0x0020),
    (0x007F, 0x00A0),
    (0x1680, 0x1680),
    (0x2000, 0x200F),  # zero-width ones and direction marks among them
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x3000, 0x3000),
)
_FORMATS = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x0600, 0x0605),
    (0x061C, 0x061C),
    (0x06DD, 0x06DD),
    (0x070F, 0x070F),
    (0x0890, 0x0891),
    (0x08E2, 0x08E2),
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFF0, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),  # tags, more variation selectors
)
_IGNORED = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFFA0, 0xFFA0),
)
_DRAWN_EMPTY = (
    (0x2800, 0x2800),  # Braille
    (0x13441, 0x13442),  # Egyptian
    (0x16FE4, 0x16FE4),  # Khitan
    (0x1D159, 0x1D159),  # a note without a head
)


LAST_OF_16_BITS = 0xFFFF


def _class(ranges: Iterable[tuple[int, int]]) -> str:
    """Return what stands between brackets in a regular expression."""
    return "".join(f"{_written(first)}-{_written(last)}" for first, last in ranges)


def _written(number: int) -> str:
    return f"\\u{number:04x}" if number <= LAST_OF_16_BITS else f"\\U{number:08x}"


_ALL = (*_SPACES_AND_CONTROLS, *_FORMATS, *_IGNORED, *_DRAWN_EMPTY)
UNSEEN = _class(_ALL)
"""All of them, for a class of Python's regular expressions."""

UNSEEN_FOR_CLIENTS = _class(one for one in _ALL if one[1] <= LAST_OF_16_BITS)
"""Those that every language can write in a class: JavaScript without its flag `u` and .NET see two
characters in what is beyond, and take a range of such for an error."""
