"""Entity tags: the version that somebody saw of something, and may ask to find it at."""

from api.problems import Problem
from domain.vocabulary import Code

LONGEST_VERSION = 9


def version_in(if_match: str | None, current: int, of: str = "order") -> int | None:
    """The version that an If-Match header asks for; None for any. Of several the `current` one, if
    it is among them (RFC 9110 §13.1.1).

    Raises:
        Problem: it can name none. A weak tag never does: it does not say that it is the same.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tags = [one.strip().strip('"') for one in if_match.split(",")]
    named = [int(tag) for tag in tags if is_version(tag)]
    if not named:
        raise Problem(
            Code.VERSION_MISMATCH,
            f"If-Match names no version of this {of}; send its ETag, as it was given.",
        )
    return current if current in named else named[0]


def is_version(tag: str) -> bool:
    """Return whether a tag names a version."""
    return tag.isascii() and tag.isdecimal() and len(tag) <= LONGEST_VERSION
