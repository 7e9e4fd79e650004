"""What every model of the domain shares."""

from typing import Any

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer


class Frozen(BaseModel):
    """A value that never changes.

    Unknown fields are ignored, not refused: an older worker must be able to read what a newer one
    wrote.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Sparse(Frozen):
    """A value that is written without what is as it is by default: few bytes in a history."""

    @model_serializer(mode="wrap")
    def _without_defaults(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields.items()
        usual = {name for name, one in fields if getattr(self, name) == one.default}
        return {name: value for name, value in write(self).items() if name not in usual}
