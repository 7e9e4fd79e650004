"""How people want to be told: the last word counts."""

import pytest

from db import people
from db.pool import Pool
from domain.vocabulary import Role
from tests.db.market import Json, Owner

SAID: Json = {
    "language": "fr",
    "email": "ann@example.test",
    "by_email": True,
    "time_zone": "Europe/Paris",
    "roles": ["user"],
    "is_confirmed": True,
}


async def said(pool: Pool, **changes: object) -> None:
    """What ann says of herself."""
    async with pool.acquire() as connection:
        await people.put(connection, "ann", **{**SAID, **changes})


async def known(pool: Pool, user_id: str = "ann") -> Json | None:
    """What is known of somebody."""
    async with pool.acquire() as connection:
        found = await people.get(connection, user_id)
    return None if found is None else vars(found)


async def test_nothing_is_known_of_who_said_nothing(pool: Pool) -> None:
    assert None is await known(pool)


async def test_what_somebody_said_is_kept(pool: Pool) -> None:
    await said(pool)
    assert await known(pool) == SAID
    assert None is await known(pool, "Ann")


@pytest.mark.parametrize(
    "change",
    [
        {"language": "en"},
        {"email": None},
        {"by_email": False},
        {"time_zone": "UTC"},
        {"roles": ["mediator", "operator"]},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_the_last_word_counts(change: Json, pool: Pool, owner: Owner) -> None:
    await said(pool)
    before = await owner.fetchval("SELECT updated_at FROM people")
    await said(pool, **change)
    is_confirmed = "email" not in change  # nothing is
    assert {**SAID, **change, "is_confirmed": is_confirmed} == await known(pool)
    assert before < await owner.fetchval("SELECT updated_at FROM people")


@pytest.mark.parametrize(
    ("ago", "is_mailed"), [("23:59", True), ("24:01", False), ("720:00", False)]
)
async def test_roles_lapse_after_a_day(ago: str, is_mailed: bool, pool: Pool, owner: Owner) -> None:
    await said(pool, roles=["operator"])
    await owner.execute("UPDATE people SET roles_at = now() - $1::text::interval", ago)
    async with pool.acquire() as connection:
        assert (["ann"] if is_mailed else []) == await people.to_mail(connection, Role.OPERATOR)
        await people.refresh_roles(connection, "ann", ["operator"])
        assert await people.to_mail(connection, Role.OPERATOR) == ["ann"]


@pytest.mark.parametrize(
    ("change", "is_mailed"),
    [
        ({"roles": ["operator"]}, True),
        ({"roles": ["mediator", "operator"]}, True),
        ({"roles": ["mediator", "user"]}, False),
        ({"roles": []}, False),
        ({"roles": ["operator"], "email": None}, False),
        ({"roles": ["operator"], "by_email": False}, False),
        ({"roles": ["operator"], "is_confirmed": False}, False),
    ],
)
async def test_who_is_mailed_as_an_operator(change: Json, is_mailed: bool, pool: Pool) -> None:
    await said(pool, **change)
    async with pool.acquire() as connection:
        found = await people.to_mail(connection, Role.OPERATOR)
    assert found == (["ann"] if is_mailed else [])
