"""What a request came of: the call that brought it, as logs and traces know that."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from domain.base import Frozen


class Cause(Frozen):
    """The id by which the API's log names the call, and where it stands in a trace.

    `traceparent` is that of the W3C's Trace Context, version 00.
    """

    call: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,128}$")] | None = None
    traceparent: Annotated[str, Field(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | (
        None
    ) = None


def cause_of(value: Any) -> Cause | None:
    """Return what a signal or a row says of its cause; None where nothing can be made of it. What
    only logs and traces need stands in nobody's way."""
    try:
        return Cause.model_validate(value)
    except ValidationError:
        return None


def cause_in(signal: Any) -> Cause | None:
    """Return what a signal says that it came of, whatever the signal is; None where it says
    nothing."""
    return cause_of(signal.get("cause")) if isinstance(signal, dict) else None


SaidCause = Annotated[Cause | None, BeforeValidator(cause_of)]
"""A cause in a document that anybody may have written."""
