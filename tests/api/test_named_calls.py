"""A call that a page for people names is one that the API has."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.api.answers import Json

CALL = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) +(/v1(?:/[\w{}-]+)+)")


def calls(repository: Path) -> Iterator[tuple[str, str, str]]:
    """The calls that pages name, each with where that is."""
    for page in (*repository.glob("docs/**/*.md"), repository / "README.md"):
        for method, path in CALL.findall(page.read_text(encoding="utf-8")):
            yield str(page.relative_to(repository)), method, path


def is_there(document: Json, method: str, path: str) -> bool:
    """Whether there is such a call, whatever its ids are called."""
    return any(
        method.lower() in methods and fits(path, template)
        for template, methods in document["paths"].items()
    )


def fits(path: str, template: str) -> bool:
    """Whether a path as people write it is one of a template."""
    parts, other = path.split("/"), template.split("/")
    pairs = zip(parts, other, strict=False)
    return len(parts) == len(other) and all("{" in a + b or a == b for a, b in pairs)


def test_every_call_that_a_page_names_is_there(repository: Path, document: Json) -> None:
    named = set(calls(repository))
    assert ("docs/payments.md", "POST", "/v1/payouts") in named
    assert [one for one in sorted(named) if not is_there(document, *one[1:])] == []
