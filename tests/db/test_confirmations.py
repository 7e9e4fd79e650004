"""Mails that ask whether an address is somebody's own: so many a day, each tried until it is taken,
and each counted once."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from db import confirmations, people, pruning
from db.confirmations import MOST_A_DAY, Confirmation, inbox_of
from db.migrate import MIGRATIONS
from db.pool import Pool
from tests.db.market import Json, Owner

ANN: Json = {"language": "fr", "by_email": True, "time_zone": "UTC", "roles": ["user"]}
EMAIL = "ann@example.test"
DAY = 86_400


async def named(pool: Pool, email: str | None = EMAIL, user_id: str = "ann", **more: Any) -> bool:
    """Somebody names an address; gives whether it has to be confirmed now."""
    async with pool.acquire() as connection:
        return await people.put(connection, user_id, email=email, **ANN, **more)


async def asked(pool: Pool, email: str = EMAIL, user_id: str = "ann") -> int | None:
    """Somebody has an address asked; gives how long they have to wait where it is too often."""
    async with pool.acquire() as connection, connection.transaction():
        return await confirmations.ask(connection, user_id, email)


async def begun(pool: Pool) -> list[Confirmation]:
    """What is due, taken in hand."""
    async with pool.acquire() as connection:
        return list(await confirmations.begin(connection, 100))


async def used(pool: Pool, confirmation_id: UUID) -> Confirmation | None:
    """Somebody presses the button of a link; gives the link as it was before."""
    async with pool.acquire() as connection:
        return await confirmations.use(connection, confirmation_id)


async def is_confirmed(pool: Pool) -> bool:
    """Whether ann's address is."""
    async with pool.acquire() as connection:
        found = await people.get(connection, "ann")
    assert found is not None
    return found.is_confirmed


async def link(pool: Pool, email: str = EMAIL) -> UUID:
    """A link to ann's address, which she has just named."""
    await named(pool, email)
    await asked(pool, email)
    (one,) = await begun(pool)
    return one.id


async def passes(owner: Owner, seconds: float) -> None:
    """Lets so much time pass."""
    await owner.execute(
        "UPDATE confirmations SET asked_at = asked_at - make_interval(secs => $1),"
        " next_attempt = next_attempt - make_interval(secs => $1),"
        " expires_at = expires_at - make_interval(secs => $1)",
        seconds,
    )


# --- whether it has to be confirmed ------------------------------------------------------------


async def test_a_new_address_has_to_be_confirmed(pool: Pool) -> None:
    assert await named(pool)
    assert not await named(pool)  # it is asked already
    assert await named(pool, "ann@elsewhere.test")
    assert not await named(pool, None)
    assert not await is_confirmed(pool)


async def test_what_an_operator_sets_is_confirmed(pool: Pool) -> None:
    assert not await named(pool, is_confirmed=True)
    assert await is_confirmed(pool)
    assert not await named(pool)
    assert await is_confirmed(pool)


@pytest.mark.parametrize("other", [None, "ann@elsewhere.test", "Ann@example.test"])
async def test_who_changes_the_address_confirms_it_anew(other: str | None, pool: Pool) -> None:
    await named(pool, is_confirmed=True)
    await named(pool, other)
    assert not await is_confirmed(pool)
    assert await named(pool)
    assert not await is_confirmed(pool)


async def test_an_address_that_a_release_of_before_changes_is_not_confirmed(
    pool: Pool, owner: Owner
) -> None:
    await named(pool, is_confirmed=True)
    await owner.execute("UPDATE people SET email = 'mallory@example.test'")
    assert not await is_confirmed(pool)


async def test_addresses_that_were_in_use_before_count_as_confirmed(
    pool: Pool, owner: Owner
) -> None:
    await named(pool)
    await named(pool, None, "ben")
    change = (MIGRATIONS / "0016_confirmed_addresses.sql").read_text()
    outer = owner.transaction()
    await outer.start()
    try:
        await owner.execute("DROP TABLE confirmed_addresses, confirmations")
        await owner.execute(change)
        rows = await owner.fetch("SELECT user_id, email FROM confirmed_addresses")
    finally:
        await outer.rollback()
    assert [tuple(row) for row in rows] == [("ann", EMAIL)]


# --- how often ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "inbox"),
    [
        ("ann@example.test", "ann@example.test"),
        ("Ann@Example.test", "ann@example.test"),
        ("ann+1@example.test", "ann@example.test"),
        ("ANN+a+b@example.test", "ann@example.test"),
        ("+ann@example.test", "+ann@example.test"),
        ("an.n@example.test", "an.n@example.test"),
    ],
)
def test_where_an_address_leads(address: str, inbox: str) -> None:
    assert inbox_of(address) == inbox


async def test_one_person_asks_so_often_a_day(pool: Pool, owner: Owner) -> None:
    for number in range(MOST_A_DAY):
        assert None is await asked(pool, f"somebody-{number}@example.test")
    wait = await asked(pool, "one-more@example.test")
    assert wait is not None
    assert DAY - 600 < wait <= DAY
    assert None is await asked(pool, "ben@example.test", "ben")
    assert await owner.fetchval("SELECT count(*) FROM confirmations") == MOST_A_DAY + 1
    await passes(owner, wait + 1)
    assert None is await asked(pool, "one-more@example.test")


SPELT = ("ann@example.test", "ANN@example.test", "ann+x@example.test", "Ann+y@example.test")


async def strangers_ask(pool: Pool, day: int = 0) -> None:
    """As many people as may have ann's inbox asked in a day, in every spelling."""
    for number in range(MOST_A_DAY):
        assert None is await asked(pool, SPELT[number % len(SPELT)], f"user-{day}-{number}")


async def test_an_inbox_is_mailed_so_often_a_day_whoever_asks_and_however_it_is_spelt(
    pool: Pool, owner: Owner
) -> None:
    await strangers_ask(pool)
    for email in SPELT:
        assert None is await asked(pool, email, "mallory")
    assert len(await begun(pool)) == MOST_A_DAY
    await passes(owner, DAY - 600)
    assert {one.user_id for one in await begun(pool)} & {"mallory"} == set()
    await passes(owner, 1200)
    later = [one for one in await begun(pool) if one.user_id == "mallory"]
    assert len(later) == len(SPELT)


async def test_nobody_is_kept_from_their_own_inbox_by_strangers(pool: Pool, owner: Owner) -> None:
    await strangers_ask(pool)
    await named(pool)
    assert None is await asked(pool)
    for day in range(1, 4):  # who come later, come later
        await strangers_ask(pool, day)
    await passes(owner, DAY + 60)
    (mine,) = [one for one in await begun(pool) if one.user_id == "ann"]
    await used(pool, mine.id)
    assert await is_confirmed(pool)


async def test_who_waits_for_their_turn_has_one(pool: Pool, owner: Owner) -> None:
    await strangers_ask(pool)
    for _ in range(3):
        assert None is await asked(pool)
    query = "SELECT count(*) FROM confirmations WHERE user_id = 'ann'"
    assert await owner.fetchval(query) == 1


async def test_what_became_void_leaves_its_turn_to_others(pool: Pool, owner: Owner) -> None:
    await named(pool)
    for number in range(MOST_A_DAY):
        assert None is await asked(pool, f"ann+{number}@example.test")
    await named(pool, "ann@elsewhere.test")
    assert None is await asked(pool, EMAIL, "ben")
    assert await owner.fetchval("SELECT asked_at <= now() FROM confirmations WHERE user_id = 'ben'")


async def test_at_once_they_are_no_more(pool: Pool, owner: Owner) -> None:
    await asyncio.gather(*(asked(pool, user_id=f"user-{n}") for n in range(3 * MOST_A_DAY)))
    assert len(await begun(pool)) == MOST_A_DAY


async def test_who_asks_again_at_once_has_another_mail(pool: Pool) -> None:
    await named(pool)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT now()")  # which it is to the end of the transaction
        assert None is await asked(pool)
        assert None is await confirmations.ask(connection, "ann", EMAIL)
    assert len(await begun(pool)) == 2


# --- sending -----------------------------------------------------------------------------------


async def test_a_mail_is_taken_in_hand_once_and_again_after_minutes(
    pool: Pool, owner: Owner
) -> None:
    await named(pool)
    await asked(pool)
    found = await asyncio.gather(*(begun(pool) for _ in range(5)))
    assert sum(len(one) for one in found) == 1
    await passes(owner, 61)
    assert len(await begun(pool)) == 1
    await passes(owner, 61)
    assert await begun(pool) == []
    await passes(owner, 60)
    (one,) = await begun(pool)
    async with pool.acquire() as connection:
        await confirmations.sent(connection, one.id)
    await passes(owner, DAY)
    assert await begun(pool) == []


async def test_a_mail_server_that_is_away_is_tried_for_three_days(pool: Pool, owner: Owner) -> None:
    await asked(pool)
    await passes(owner, 3 * DAY - 60)
    assert len(await begun(pool)) == 1
    await passes(owner, 2 * 3_600)
    assert await begun(pool) == []


async def test_a_mail_that_was_tried_for_three_days_is_given_up(pool: Pool, owner: Owner) -> None:
    await asked(pool)
    await asked(pool, "ben@example.test", "ben")
    await passes(owner, 3 * DAY + 1)
    await asked(pool, "cleo@example.test", "cleo")
    assert [one.user_id for one in await begun(pool)] == ["cleo"]
    waiting = "SELECT array_agg(user_id) FROM confirmations WHERE next_attempt IS NOT NULL"
    assert await owner.fetchval(waiting) == ["cleo"]


async def test_what_cannot_be_sent_is_not_tried_again(pool: Pool, owner: Owner) -> None:
    await asked(pool)
    (one,) = await begun(pool)
    async with pool.acquire() as connection:
        await confirmations.failed(connection, one.id, "no such recipient", True)
    await passes(owner, DAY)
    assert await begun(pool) == []
    assert await owner.fetchval("SELECT last_error FROM confirmations") == "no such recipient"


async def test_nothing_is_sent_to_an_address_that_is_gone(pool: Pool) -> None:
    await named(pool)
    await asked(pool)
    await named(pool, None)
    assert await begun(pool) == []


# --- links -------------------------------------------------------------------------------------


async def test_a_link_confirms_once(pool: Pool) -> None:
    number = await link(pool)
    before = await used(pool, number)
    assert before is not None
    assert not before.is_used
    assert await is_confirmed(pool)
    again = await used(pool, number)
    assert again is not None
    assert again.is_used


async def test_of_many_at_once_one_confirms(pool: Pool) -> None:
    number = await link(pool)
    found = await asyncio.gather(*(used(pool, number) for _ in range(8)))
    assert sum(one is not None and not one.is_used for one in found) == 1


async def test_a_link_ends_three_days_after_it_was_sent(pool: Pool, owner: Owner) -> None:
    number = await link(pool)
    await passes(owner, 3 * DAY + 1)
    found = await used(pool, number)
    assert found is not None
    assert found.has_expired
    assert not await is_confirmed(pool)


async def test_a_link_that_was_never_sent_confirms_nothing(pool: Pool, owner: Owner) -> None:
    await named(pool)
    await asked(pool)
    number = await owner.fetchval("SELECT id FROM confirmations")
    await used(pool, number)
    assert not await is_confirmed(pool)


@pytest.mark.parametrize("way", [["ann@elsewhere.test"], [None], ["ann@elsewhere.test", EMAIL]])
async def test_a_link_counts_for_the_address_as_it_was_named_then(
    way: list[str | None], pool: Pool
) -> None:
    number = await link(pool)
    for email in way:
        await named(pool, email)
    found = await used(pool, number)
    assert found is not None
    assert found.is_void
    assert not await is_confirmed(pool)


async def test_a_link_never_confirms_an_address_that_comes_at_the_same_time(pool: Pool) -> None:
    for number in range(MOST_A_DAY):
        one = await link(pool)
        other = f"ann-{number}@elsewhere.test"
        await asyncio.gather(named(pool, other), used(pool, one))
        assert not await is_confirmed(pool)


# --- keeping -----------------------------------------------------------------------------------


async def test_they_are_kept_for_thirty_days(pool: Pool, owner: Owner) -> None:
    await asked(pool)
    async with pool.acquire() as connection:
        await passes(owner, 30 * DAY - 60)
        assert await pruning.old_confirmations(connection, 100) == 0
        await passes(owner, 61)
        assert await pruning.old_confirmations(connection, 100) == 1
        assert await pruning.old_confirmations(connection, 100) == 0
