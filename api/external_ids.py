"""What the marketplace calls things of ours, of which no two of a kind have the same, and what it
notes on them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

from fastapi import Query

from api.problems import Problem, invalid
from db.errors import ExternalIdTaken
from domain.identifiers import ExternalId
from domain.metadata import merged
from domain.vocabulary import Code

ExternalIdQuery = Annotated[
    ExternalId | None, Query(description="Only the one that you call so, if there is one.")
]


@contextmanager
def demand_free(what: str) -> Iterator[None]:
    """Write something that may have an external id; `what` says of what kind it is.

    Raises:
        Problem: another one of its kind has it (409).
    """
    try:
        yield
    except ExternalIdTaken as error:
        raise Problem(
            Code.EXTERNAL_ID_TAKEN,
            f"Another {what} has this external_id already: nothing changed. Use another one, or"
            f" look for that {what} with ?external_id=.",
        ) from error


def with_metadata(
    metadata: Mapping[str, str], change: dict[str, str | None] | None
) -> dict[str, str]:
    """Return metadata after a change.

    Raises:
        Problem: it would be too much (422).
    """
    try:
        return merged(dict(metadata), change)
    except ValueError as error:
        raise invalid("body.metadata", str(error)) from error
