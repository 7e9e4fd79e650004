"""What the processes of a stack see of the environment that it is started from.

A shell's variables were meant for other programs: uvicorn reads WEB_CONCURRENCY, asyncpg PGSSLMODE,
Python PYTHONWARNINGS. Only what says how this machine is made, our own settings, and where traces
go, is handed on.
"""

import os
import sysconfig
from pathlib import Path

MACHINE = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
PROGRAMS = (*MACHINE, "LD_PRELOAD", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""What the API and the worker get besides: they speak TLS with mail servers and receivers."""

CODE = Path(__file__).parent.parent


def bare_environment() -> dict[str, str]:
    """Return what a server needs of this process's environment, and nothing that would configure
    it."""
    return {name: os.environ[name] for name in MACHINE if name in os.environ}


def program_environment() -> dict[str, str]:
    """Return what the API and the worker need of it: the machine, our settings, those of traces,
    and this very code."""
    known = {
        name: value
        for name, value in os.environ.items()
        if name in PROGRAMS or name.startswith(("SEQUESTRE_", "OTEL_"))
    }
    return known | _own_code() | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def forget_postgres_variables() -> None:
    """Take PGSSLMODE and its like from this process: asyncpg would follow them beside any address,
    and they speak of another server than the stack's own."""
    for name in [one for one in os.environ if one.startswith("PG")]:
        del os.environ[name]


def _own_code() -> dict[str, str]:
    if CODE in {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}:
        return {}
    return {"PYTHONPATH": str(CODE)}
