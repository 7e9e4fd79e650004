"""The OpenAPI document: what the framework finds in the code, and what it cannot know of it."""

from typing import Any

from fastapi import FastAPI

from api.openapi import examples, operations, schemas
from api.problems import SCHEMA, ProblemDocument

Json = dict[str, Any]
TITLE = "Sequestre"
"""Generators name a package after it, so it is ASCII; the pages have the product's own name."""


def describe(app: FastAPI) -> None:
    """Give the application a document that is valid and fit for generated clients."""
    described = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is None:
            _complete(described())
        return described()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _complete(document: Json) -> None:
    document["info"]["title"] = TITLE
    problem = ProblemDocument.model_json_schema(ref_template=SCHEMA)
    components = document["components"]["schemas"]
    components |= problem.pop("$defs") | {"ProblemDocument": problem}
    operations.complete(document)
    schemas.complete(document)
    examples.add_to(components)
