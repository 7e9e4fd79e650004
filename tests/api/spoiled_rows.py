"""Rows that this release cannot make sense of, for as long as a test wants them so, and what is
left of the lists that they are in."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from db import audit
from db.pool import connection
from tests.app_under_test import AppUnderTest, Json, Person
from tests.db.test_kept_lists import KEEPING

UNREADABLE = (409, "unreadable")


@asynccontextmanager
async def changed(app: AppUnderTest, table: str, where: str, **values: str) -> AsyncIterator[None]:
    """While the block lasts, a row has other values (SQL expressions), whatever guards it."""
    owner = await asyncpg.connect(app.database_url)
    before = await owner.fetchval(f"SELECT to_jsonb(t) FROM {table} t WHERE {where}")
    names = ", ".join(values)

    async def put(what: str, *arguments: Any) -> None:
        async with owner.transaction():
            # At once: who has locked the row already, and goes on to write it, is waited for first.
            await owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            for one in KEEPING:  # what keeps lists guards nothing
                if one.startswith(f"{table}."):
                    name = one.removeprefix(f"{table}.")
                    await owner.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
            await owner.execute(f"UPDATE {table} {what}", *arguments)
            await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
            for trigger in await owner.fetch(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = $1::text::regclass"
                " AND NOT tgisinternal",
                table,
            ):
                await owner.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger[0]}")

    other = ", ".join(f"{name} = {value}" for name, value in values.items())
    await put(f"SET {other} WHERE {where}")
    try:
        yield
    finally:
        await put(
            f"SET ({names}) = (SELECT {names} FROM jsonb_populate_record(NULL::{table}, $1::jsonb))"
            f" WHERE {where}",
            before,
        )
        await owner.close()


@asynccontextmanager
async def unconstrained(app: AppUnderTest, table: str) -> AsyncIterator[None]:
    """While the block lasts, a table takes what no check of this release lets it have."""
    owner = await asyncpg.connect(app.database_url)
    rules = await owner.fetch(
        "SELECT conname AS name, pg_get_constraintdef(oid) AS rule FROM pg_constraint"
        " WHERE conrelid = $1::text::regclass AND contype = 'c'",
        table,
    )
    dropped = ", ".join(f"DROP CONSTRAINT {one['name']}" for one in rules)
    added = ", ".join(f"ADD CONSTRAINT {one['name']} {one['rule']}" for one in rules)
    await owner.execute(f"ALTER TABLE {table} {dropped}")
    try:
        yield
    finally:
        await owner.execute(f"ALTER TABLE {table} {added}")
        await owner.close()


async def items(app: AppUnderTest, path: str, who: Person) -> list[Json]:
    """What a list shows to somebody."""
    answer = await app.api.get(path, who)
    assert 200 == answer.status_code, (path, answer.text)
    found: list[Json] = answer.json()["items"]
    return found


async def named(app: AppUnderTest) -> dict[str, set[str]]:
    """What `check` says of the rows, by their names."""
    async with connection(app.pool) as acquired:
        found = await audit.findings(acquired)
    problems: dict[str, set[str]] = {}
    for one in found:
        problems.setdefault(one.subject, set()).add(one.problem)
    return problems


def left_out(logs: list[Any]) -> set[str]:
    """What the log says is left out of lists."""
    return {one["what"] for one in logs if one["event"] == "left out of a list"}


async def streamed(app: AppUnderTest, path: str, who: Person, count: int) -> list[int]:
    """The numbers of the first entries of a stream."""
    found: list[int] = []
    async with app.api.client.stream("GET", path, headers=who.headers) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                found.append(json.loads(line.removeprefix("data:"))["seq"])
            if len(found) == count:
                break
    return found
