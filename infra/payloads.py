"""How payloads are read: as pydantic does it, and without losing a signal that cannot be read."""

from collections.abc import Sequence
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter


class LenientPayloadConverter(PydanticPayloadConverter):
    """A converter by which a payload of no known type that cannot be read is None.

    The arguments of signals have no type. One that cannot be decoded (half a surrogate pair, a
    number of thousands of digits, a hundred levels more than JSON readers take) would make the SDK
    drop the signal with a line in the log; as None it is refused in the order's journal.
    """

    def from_payloads(
        self, payloads: Sequence[Payload], type_hints: list[type] | None = None
    ) -> list[Any]:
        """Read payloads as the base class does, and those without a type leniently."""
        if type_hints is not None:
            return super().from_payloads(payloads, type_hints)
        return [self._or_none(payload) for payload in payloads]

    def _or_none(self, payload: Payload) -> Any:
        try:
            return super().from_payloads([payload])[0]
        except Exception:
            return None


DATA_CONVERTER = DataConverter(payload_converter_class=LenientPayloadConverter)
