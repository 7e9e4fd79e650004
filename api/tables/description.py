"""What the OpenAPI document says of lists: that there is a table of each."""

from typing import Any

from api.openapi.headers import Headers
from api.tables.accept import CSV
from api.tables.columns import columns_of, item_of
from api.tables.download import lines

Json = dict[str, Any]

HEADERS: Headers = {
    "Vary": {
        "description": "A list is JSON, or CSV for who prefers `text/csv`. As CSV it is the whole"
        " list from `cursor` on, where no `limit` is given.",
        "schema": {"type": "string", "examples": ["Accept"]},
    },
    "Content-Disposition": {
        "description": "Of CSV: the name of the file.",
        "schema": {"type": "string", "examples": ['attachment; filename="orders.csv"']},
    },
    "Link": {
        "description": "Of CSV with a `limit`: where the next part is.",
        "schema": {"type": "string", "examples": ['</v1/orders?limit=20&cursor=Wz…>; rel="next"']},
    },
}


def described(given: Json) -> Json:
    """Return what a route is declared with; if it gives a list, with what it gives as a table."""
    item = item_of(given.get("response_model"))
    if item is None:
        return given
    example = lines([[column.name for column in columns_of(item)]])
    media = {CSV: {"schema": {"type": "string"}, "example": example}}
    responses = dict(given.get("responses") or {})
    responses[200] = {"content": media, "headers": HEADERS, **responses.get(200, {})}
    return {**given, "responses": responses}
