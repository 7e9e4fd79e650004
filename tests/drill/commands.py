"""`sequestre …` as operators type it, beside a stack or a database alone."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from dataclasses import dataclass

from tests.app_under_test import Json
from tests.e2e.conftest import COMMAND


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    output: str

    @property
    def document(self) -> Json:
        """What it printed as JSON."""
        found: Json = json.loads(self.output)
        return found


async def said(*words: str, **env: str) -> Said:
    """What `sequestre` says in an environment with these variables besides."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *words, env={**os.environ, **env}, stdout=PIPE, stderr=PIPE
    )
    output, complaints = await process.communicate()
    assert process.returncode in (0, 1), f"{' '.join(words)}: {complaints.decode()}"
    return Said(process.returncode, output.decode())
