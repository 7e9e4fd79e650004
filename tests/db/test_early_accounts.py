"""A provider speaks of an account before whoever opens it has written it down, or at that moment:
nobody has to look at it, whichever comes first."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from db import payout_accounts, provider_events
from db.payout_accounts import KeptAccount
from db.pool import Connection, Pool
from domain.payments import AccountState, ProviderEventKind
from providers.protocol import PayoutAccount, ProviderEvent
from tests.db.crowd import until_waited_for
from tests.db.market import Owner

PROVIDER, WHO, REFERENCE = "paper", "ana", "account-1"
PENDING, ACTIVE = AccountState.PENDING, AccountState.ACTIVE
GONE_AT = datetime(2026, 11, 30, tzinfo=UTC)
GONE = KeptAccount("account-0", PENDING, (), GONE_AT)
NEW = PayoutAccount(REFERENCE, PENDING)

Written = Callable[[Connection, PayoutAccount], Awaitable[KeptAccount]]


async def opened(connection: Connection, account: PayoutAccount) -> KeptAccount:
    """Somebody's first account is written down."""
    return await payout_accounts.note(connection, PROVIDER, WHO, account, datetime.now(UTC))


async def put_in_the_place_of_another(
    connection: Connection, account: PayoutAccount
) -> KeptAccount:
    """It is written down in the place of one that is gone."""
    at = datetime.now(UTC)
    return await payout_accounts.replace(connection, PROVIDER, WHO, account, at, GONE)


@pytest.fixture(params=[opened, put_in_the_place_of_another], ids=["first", "another"])
async def written(request: pytest.FixtureRequest, pool: Pool) -> Written:
    """How an account is written down; of whom another is gone, that is there."""
    if request.param is put_in_the_place_of_another:
        gone = PayoutAccount(GONE.reference, GONE.state)
        async with pool.acquire() as connection:
            await payout_accounts.note(connection, PROVIDER, WHO, gone, GONE_AT)
    how: Written = request.param
    return how


async def say(connection: Connection, state: AccountState = ACTIVE) -> None:
    """The provider says what the account is."""
    kind, at = ProviderEventKind.ACCOUNT_CHANGED, datetime.now(UTC)
    account = PayoutAccount(REFERENCE, state)
    event = ProviderEvent("event-1", kind, "x", at, REFERENCE, WHO, None, account=account)
    await provider_events.note(connection, PROVIDER, event)


async def outcome(owner: Owner) -> str:
    """What came of what the provider said."""
    found: str = await owner.fetchval("SELECT outcome FROM provider_events")
    return found


@pytest.mark.parametrize("state", [PENDING, ACTIVE])
async def test_what_was_said_before_is_for_nobody_and_the_account_is_asked_about(
    state: AccountState, written: Written, pool: Pool, owner: Owner
) -> None:
    async with pool.acquire() as connection:
        await say(connection)
        assert await outcome(owner) == "theirs_only"
        kept = await written(connection, PayoutAccount(REFERENCE, state))
    assert await outcome(owner) == "nothing_new"
    assert kept.state is PENDING


async def test_what_is_said_and_not_committed_yet_is_waited_for(
    written: Written, pool: Pool, owner: Owner
) -> None:
    async with pool.acquire() as saying, pool.acquire() as writing:
        async with saying.transaction():
            await say(saying)
            writes = asyncio.ensure_future(written(writing, NEW))
            await until_waited_for(saying, owner)
        await writes
    assert await outcome(owner) == "nothing_new"


async def test_an_account_that_is_not_committed_yet_is_waited_for(
    written: Written, pool: Pool, owner: Owner
) -> None:
    async with pool.acquire() as saying, pool.acquire() as writing:
        async with writing.transaction():
            await written(writing, NEW)
            says = asyncio.ensure_future(say(saying))
            await until_waited_for(writing, owner)
        await says
    assert await outcome(owner) == "applied"


async def test_what_is_said_of_an_account_that_nobody_has_stays_for_a_person(
    pool: Pool, owner: Owner
) -> None:
    async with pool.acquire() as connection:
        await say(connection)
        await opened(connection, PayoutAccount("account-2", PENDING))
    assert await outcome(owner) == "theirs_only"
