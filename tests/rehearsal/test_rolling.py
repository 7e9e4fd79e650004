"""An upgrade process by process, played from this release to itself."""

from pathlib import Path

import pytest

from tests.rehearsal.release import current
from tests.rehearsal.rolling import rolled


@pytest.mark.timeout(900)
async def test_nobody_notices_that_schema_worker_and_api_are_replaced(passable: Path) -> None:
    said: list[str] = []
    await rolled(current(), passable / "rolling", said.append)
    assert sum(line.startswith("✓") and line.endswith("so far") for line in said) == 6
