"""People who are told of orders: over the API, and by mails to a server on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from activities.channel import Message
from activities.email import EmailChannel, MailServer, Security
from db import deliveries, people, snapshots
from db.deliveries import Delivery
from db.pool import Pool
from domain.address import Mailbox
from embedded.postgres import Postgres
from tests.app_under_test import PATIENCE_SECONDS, ApiClient
from tests.conftest import copy_of_template, emptied
from tests.db.market import Market
from tests.notifications.post_office import LOOPBACK, PostOffice
from tests.notifications.steps import Written, write
from tests.serving import serving
from texts.letterhead import PLAIN, Letterhead

SENDER = Mailbox(name="Séquestre", address="orders@marketplace.example")


@asynccontextmanager
async def api_alone(database_url: str) -> AsyncIterator[ApiClient]:
    """The API on a database, with Temporal away: not everything needs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
        async with serving(database_url) as api:
            yield api


# Without a repr: hypothesis prints what a test is given, with all that lies in it.
@dataclass(repr=False)
class Town:
    """A database with people and orders, and a mail server for what leaves it."""

    pool: Pool
    office: PostOffice
    market: Market

    async def says(
        self,
        user_id: str,
        email: str | None = None,
        *,
        language: str = "en",
        time_zone: str = "UTC",
        by_email: bool = True,
        roles: tuple[str, ...] = ("user",),
        is_confirmed: bool = True,
    ) -> None:
        """Somebody says how to be told; unless told otherwise, at an address of their name that is
        confirmed."""
        async with self.pool.acquire() as connection:
            await people.put(
                connection,
                user_id,
                language=language,
                email=email or f"{user_id}@example.org",
                by_email=by_email,
                time_zone=time_zone,
                roles=roles,
                is_confirmed=is_confirmed,
            )

    async def write(self, event: str = "order.revision_refused", **changes: Any) -> Written:
        """A step of this kind between ana and ben, unless told otherwise."""
        return await write(self.market, event, **changes)

    async def deliveries(self, step: Written) -> list[Delivery]:
        """What is to leave the product because of a step."""
        async with self.pool.acquire() as connection:
            return await deliveries.of_step(connection, UUID(step.order.id), step.seq)

    async def message(self, step: Written, user_id: str = "ana") -> Message:
        """What somebody is to be told of a step by e-mail."""
        order_id = UUID(step.order.id)
        (one,) = [found for found in await self.deliveries(step) if found.user_id == user_id]
        async with self.pool.acquire() as connection:
            moment = await snapshots.get(connection, order_id, step.seq)
        assert moment is not None
        return Message(
            delivery_id=one.id,
            order_id=order_id,
            seq=step.seq,
            event=moment.event,
            at=moment.at,
            order=moment.order,
            words=moment.words,
            user_id=one.user_id,
            role=one.role,
            endpoint_id=None,
        )

    async def to_ana(self, event: str = "order.revision_refused", **changes: Any) -> Message:
        """A mail to the buyer, who has said where to."""
        await self.says("ana")
        return await self.message(await self.write(event, **changes))

    def channel(
        self,
        *,
        host: str = LOOPBACK,
        security: Security = "none",
        seconds: float = PATIENCE_SECONDS,
        letterhead: Letterhead = PLAIN,
    ) -> EmailChannel:
        """The channel under test."""
        server = MailServer(host, self.office.port, security)
        return EmailChannel(
            self.pool, server, SENDER, letterhead=letterhead, timeout_seconds=seconds
        )


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    """A mail server that takes everything."""
    office = PostOffice()
    await office.open()
    yield office
    await office.close()


@pytest.fixture
def town(pool: Pool, office: PostOffice) -> Town:
    """A town in which nobody has been told anything yet."""
    return Town(pool, office, Market(pool))


@pytest.fixture(scope="module")
async def database_url(postgres: Postgres) -> str:
    """One database for the tests of a module: see `nothing_is_left`."""
    return await copy_of_template(postgres)


@pytest.fixture(scope="module")
async def api(database_url: str) -> AsyncIterator[ApiClient]:
    """The API on that database, as in production."""
    async with api_alone(database_url) as api:
        yield api


@pytest.fixture(autouse=True)
async def nothing_is_left(database_url: str) -> AsyncIterator[None]:
    """Each test begins as if nobody had ever been told of anything."""
    yield
    await emptied(database_url)
