"""Puts the functions in place: each stands once, in the file of its name, and is written into the
database again when the file has changed, or when somebody changed it there by hand."""

import hashlib
from pathlib import Path

from db.pool import Connection

FUNCTIONS = Path(__file__).parent / "functions"

# All that the database has under a name: definitions and who may call them.
_STANDING = """
    SELECT encode(sha256(convert_to(coalesce(string_agg(
        pg_get_functiondef(p.oid) || coalesce(p.proacl::text, ''), '' ORDER BY p.oid
    ), ''), 'UTF8')), 'hex')
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind IN ('f', 'p')
      AND CASE n.nspname WHEN 'public' THEN p.proname ELSE n.nspname || '.' || p.proname END = $1
"""


async def place_functions(connection: Connection) -> list[str]:
    """Write every function that is not as its file has it, in one transaction, and return their
    names. Whoever calls this keeps others from doing so at the same time."""
    async with connection.transaction():
        rows = await connection.fetch("SELECT name, checksum, standing FROM schema_functions")
        known = {row["name"]: (row["checksum"], row["standing"]) for row in rows}
        files = sorted(FUNCTIONS.glob("*.sql"))
        await _forget_all_but(connection, [path.stem for path in files])
        placed = []
        for path in files:
            sql = path.read_text(encoding="utf-8")
            checksum = hashlib.sha256(sql.encode()).hexdigest()
            if known.get(path.stem) != (checksum, await _standing(connection, path.stem)):
                await _place(connection, path.stem, sql, checksum)
                placed.append(path.stem)
    return placed


async def _place(connection: Connection, name: str, sql: str, checksum: str) -> None:
    await connection.execute(sql)
    await connection.execute(
        "INSERT INTO schema_functions (name, checksum, standing) VALUES ($1, $2, $3)"
        " ON CONFLICT (name) DO UPDATE"
        " SET checksum = excluded.checksum, standing = excluded.standing, placed_at = now()",
        name,
        checksum,
        await _standing(connection, name),
    )


async def _forget_all_but(connection: Connection, names: list[str]) -> None:
    await connection.execute("DELETE FROM schema_functions WHERE name <> ALL ($1::text[])", names)


async def _standing(connection: Connection, name: str) -> str:
    checksum: str = await connection.fetchval(_STANDING, name)
    return checksum
