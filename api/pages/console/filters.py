"""What the console's lists can be narrowed by, and what is said where one is narrowed by something
else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from api.pages import payout_stage
from api.pages.console import payment_words
from api.pages.console.columns import HEADS
from api.pages.console.deed_words import CALLED
from api.pages.console.words import NEEDS, PAYMENTS, STATUSES, TRANSFERS
from api.pages.reader import Reader
from domain.identifiers import MAX_IDENTIFIER
from domain.text import MAX_TITLE
from texts.catalogue import msg
from texts.labels import STATES

_ID = msg("An id of up to %(id)s characters, all of which can be seen; it has no slash.")
_WORDS = msg("Words that can be seen, up to %(words)s characters of them.")
_DAY = msg("A day as %(day)s is written, from 1970 to 9000.")
_REFERENCE = msg("A reference of up to %(id)s characters, as the payment provider writes it.")
_PLACE = msg("A list goes on by the link at its end alone. Begin with its first part.")
_NUMBER = msg("The number of an entry, from 0.")
ONE_OF = msg("One of these:")
IN_QUERY = "query."
GOES_ON = "cursor"


@dataclass(frozen=True)
class Filter:
    """A field of a list's query: what it is called, what can be written there, and between which
    values one chooses, with what they are called."""

    label: str
    possible: str = ONE_OF
    choices: Mapping[Any, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RefusedFilter:
    """A field that was written otherwise, said to its reader. `choices` are what there is instead,
    each with the address of the list narrowed by it."""

    label: str
    possible: str
    choices: Sequence[tuple[str, str]]


_PLACE_IN_LIST = {GOES_ON: Filter(msg("Place in the list"), _PLACE)}
_ORDERS = {
    "q": Filter(msg("Order, title or person"), _WORDS),
    "person": Filter(msg("Person’s id"), _ID),
    "state": Filter(msg("State"), choices=STATES),
    "need": Filter(msg("Needs a person"), choices=NEEDS),
    "payment": Filter(msg("Payment"), choices=PAYMENTS),
    "from": Filter(msg("Deadline from (UTC)"), _DAY),
    "to": Filter(msg("until"), _DAY),
    "column": Filter(msg("Columns"), choices=HEADS),
}
_JOURNAL = {
    "by": Filter(msg("Done by (id)"), _ID),
    "deed": Filter(msg("What"), choices=CALLED),
    "person": Filter(msg("About (person’s id)"), _ID),
    "on": Filter(msg("Done to (id)"), _ID),
    "since": Filter(msg("Since (UTC)"), _DAY),
}
FILTERS: dict[str, dict[str, Filter]] = {
    "/console/orders": _ORDERS | _PLACE_IN_LIST,
    "/console/orders.csv": _ORDERS,
    "/console/orders/{order_id}": {"after": Filter(msg("Later entries"), _NUMBER)},
    "/console/people": {"q": Filter(msg("User id, or words of the name"), _ID)},
    "/console/people/{user_id:path}": _PLACE_IN_LIST,
    "/console/transfers": {
        "person": Filter(msg("Person’s id"), _ID),
        "kind": Filter(msg("Kind"), choices=TRANSFERS),
        "reference": Filter(msg("Reference"), _REFERENCE),
        **_PLACE_IN_LIST,
    },
    "/console/pay-ins": {"person": Filter(msg("Person’s id"), _ID), **_PLACE_IN_LIST},
    "/console/payouts": {
        "person": Filter(msg("Person’s id"), _ID),
        "state": Filter(msg("State"), choices=payout_stage.STATES),
        **_PLACE_IN_LIST,
    },
    "/console/chargebacks": _PLACE_IN_LIST,
    "/console/provider-events": {
        "outcome": Filter(msg("Outcome"), choices=payment_words.FILTERS),
        **_PLACE_IN_LIST,
    },
    "/console/deliveries/{endpoint_id}": {
        "status": Filter(msg("State"), choices=STATUSES),
        **_PLACE_IN_LIST,
    },
    "/console/journal": _JOURNAL | _PLACE_IN_LIST,
    "/console/journal.csv": _JOURNAL,
}
"""By the route of each page; a file is the whole list, and begins in no place of it."""


@dataclass(frozen=True)
class RefusedQuery:
    """The fields of a list's query that nothing can be looked for by, and the list's address
    without them."""

    filters: Sequence[RefusedFilter] = ()
    without: str = ""


def refused_query(
    request: Request, errors: Iterable[Mapping[str, str]], reader: Reader
) -> RefusedQuery:
    """Return what is wrong with a page's query, as far as these errors are about its filters."""
    route = getattr(request.scope.get("route"), "path", "")
    known, given = FILTERS.get(route, {}), request.query_params
    fields = (one["field"].partition(IN_QUERY) for one in errors)
    wrong = list(dict.fromkeys(name for _, _, name in fields if name in known))
    path = quote(request.scope["path"]).removesuffix(".csv")
    filters = [_refused(name, known[name], path, given, reader) for name in wrong]
    return RefusedQuery(filters, _address(path, given, wrong) if wrong else "")


def _refused(
    name: str, one: Filter, path: str, given: QueryParams, reader: Reader
) -> RefusedFilter:
    say, number = reader.formatter.say, reader.formatter.number
    values = {
        "id": number(MAX_IDENTIFIER),
        "words": number(MAX_TITLE),
        "day": f"{reader.now:%Y-%m-%d}",
    }
    choices = [
        (say(words), _address(path, given, [name], (name, str(value))))
        for value, words in one.choices.items()
    ]
    return RefusedFilter(say(one.label), say(one.possible, values), choices)


def _address(
    path: str, given: QueryParams, without: Sequence[str], *instead: tuple[str, str]
) -> str:
    # A place in a list is one of the list as it was narrowed.
    gone = (*without, GOES_ON)
    pairs = [pair for pair in given.multi_items() if pair[0] not in gone and pair[1]]
    query = urlencode([*pairs, *instead])
    return f"{path}?{query}" if query else path
