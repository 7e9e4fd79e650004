"""Whether what says where the database is can be followed: its URL, and asyncpg's PG… variables."""

import inspect
from contextlib import suppress

from asyncpg import connect_utils
from asyncpg.connect_utils import SessionAttribute

# asyncpg has no public way of reading an address without asking who is there.
_parse = vars(connect_utils)["_parse_connect_dsn_and_args"]
_PARAMETERS = inspect.signature(_parse).parameters
_WRITES = (SessionAttribute.any, SessionAttribute.primary, SessionAttribute.read_write)


def can_be_followed(database_url: str) -> bool:
    """Return whether asyncpg understands where to go, and a server that can be written to is meant.

    Nobody is asked: asyncpg says of a wrong address what it says of a server that is away.
    """
    with suppress(Exception):  # its own errors, and those of files and numbers that it reads
        _, parsed = _parse(**{**dict.fromkeys(_PARAMETERS), "dsn": database_url})
        return parsed.target_session_attrs in _WRITES
    return False
