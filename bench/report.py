"""A run as it is kept: what was measured, on what, and how."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from bench.arms import ARMS
from bench.machine import Machine
from bench.tables import Table
from bench.targets import of_targets


class Report(BaseModel):
    """One run. `found` has what each arm found, by its name."""

    model_config = ConfigDict(frozen=True)

    measured_at: datetime
    machine: Machine
    quick: bool
    found: dict[str, dict[str, Any]]

    def arms(self) -> dict[str, BaseModel]:
        """Return what each arm that was measured found, in the order in which they are shown."""
        return {
            name: arm.model.model_validate(self.found[name])
            for name, arm in ARMS.items()
            if name in self.found
        }

    def tables(self) -> Iterator[Table]:
        """Yield the tables of every arm that was measured, the targets last."""
        found = self.arms()
        for name, part in found.items():
            yield from ARMS[name].shown(part)
        yield of_targets(found)
