"""Changes as merge patches (RFC 7396): what is named becomes so, null takes it out, the rest
stays."""

from collections.abc import Callable
from typing import Any

from pydantic import Field
from pydantic.config import JsonDict

from documents.base import Document

UNCHANGED: Any = Field(default=None)
"""The default of a field of a change: it is never read, since nobody named the field."""


class Change(Document):
    """Fields that may be left out, each of which then stays as it is."""

    def named(self) -> dict[str, Any]:
        """Return the fields that the change names, by their names."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def fields_that_stay(example: JsonDict) -> Callable[[JsonDict], None]:
    """Return what makes the schema of a change say so: a field that is left out is not null."""

    def described(schema: JsonDict) -> None:
        fields = schema.get("properties")
        for field in fields.values() if isinstance(fields, dict) else ():
            if isinstance(field, dict):
                field.pop("default", None)
        schema["example"] = example

    return described
