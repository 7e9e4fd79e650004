"""Where a page sends somebody on to: never to another site, whoever made the address."""

import re

LONGEST = 2_000

_OWN = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)
"""From the root of this site, in signs that every browser reads alike."""


def own_path(given: str) -> str:
    """Return where to go on: the given page of ours, or the first one where it is none."""
    return given if len(given) <= LONGEST and _OWN.fullmatch(given) else "/"
