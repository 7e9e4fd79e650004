"""A part of the machinery on the operators' home."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Light:
    """A part of the machinery, whether it works, and a word on it."""

    tone: str
    state: str
    name: str
    text: str
    href: str = ""
