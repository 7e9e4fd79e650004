"""Operators are told by e-mail of a night that found something, each once and on their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.email import EmailChannel, MailServer
from activities.operators import Operators, ToOperator
from activities.reconciliation import Reconciled
from infra.worker_heartbeat import own_identity
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest, eventually, somebody
from tests.notifications.conftest import SENDER
from tests.notifications.post_office import LOOPBACK, PostOffice
from workflows.options import SENDING_QUEUE
from workflows.order import TASK_QUEUE
from workflows.reconciliation import ReconciliationWorkflow


@dataclass
class Watch:
    """An app with a mail server, and the nights in which it is looked at."""

    app: AppUnderTest
    office: PostOffice

    async def begins(self) -> WorkflowHandle[Any, Reconciled]:
        """A night, as the schedule starts it."""
        return await self.app.temporal.start_workflow(
            ReconciliationWorkflow.run, id=f"night-{uuid4()}", task_queue=TASK_QUEUE
        )

    async def passes(self) -> str:
        """A night and its last words."""
        night = await self.begins()
        await night.result()
        return await last_words(night)

    def mailed(self) -> list[str]:
        """The ids of those who got a mail, once for each mail."""
        return sorted(mail.to[0].removesuffix("@example.org") for mail in self.office.mails)


async def last_words(night: WorkflowHandle[Any, Reconciled]) -> str:
    """The last line of what the Web UI shows of a night."""
    said: WorkflowMetadata = await night.query(
        "__temporal_workflow_metadata", result_type=WorkflowMetadata
    )
    return said.current_details.splitlines()[-1]


@asynccontextmanager
async def working(app: AppUnderTest, **channels: EmailChannel) -> AsyncIterator[None]:
    """While the block lasts, the app's worker has these ways out."""
    before = app.channels
    await app.stop_worker()
    app.channels = dict(channels)
    app.start_worker()
    yield
    await app.stop_worker()
    app.channels = before
    app.start_worker()


@asynccontextmanager
async def stand_ins(app: AppUnderTest, *activities: Any) -> AsyncIterator[None]:
    """While the block lasts, a night is carried out by these. Their workers have names like the
    app's own: one that never wrote heartbeats counts for as long as Temporal remembers it, and who
    asks whether anybody works is then told so."""
    client, name = app.temporal, own_identity()
    async with (
        app.worker_away(),
        Worker(client, task_queue=TASK_QUEUE, workflows=[ReconciliationWorkflow], identity=name),
        Worker(client, task_queue=SENDING_QUEUE, activities=activities, identity=name),
    ):
        yield


@pytest.fixture(scope="module")
async def manned(app: AppUnderTest) -> AsyncIterator[Watch]:
    """The app with a worker that has a mail server."""
    office = PostOffice()
    await office.open()
    server = MailServer(LOOPBACK, office.port, "none")
    async with working(
        app, email=EmailChannel(app.pool, server, SENDER, timeout_seconds=PATIENCE_SECONDS)
    ):
        yield Watch(app, office)
    await office.close()


async def forget_people(app: AppUnderTest) -> None:
    """Nobody has said anything."""
    owner = await asyncpg.connect(app.database_url)
    await owner.execute("DELETE FROM people")
    await owner.close()


@pytest.fixture
async def watch(manned: Watch) -> AsyncIterator[Watch]:
    """The same, with nobody who is known to it and no mail that it got."""
    await forget_people(manned.app)
    manned.office.mails.clear()
    manned.office.unknown.clear()
    yield manned
    await forget_people(manned.app)


@asynccontextmanager
async def wrong_books(app: AppUnderTest) -> AsyncIterator[str]:
    """While the block lasts, a wallet holds a cent too much. Gives what is found."""
    who = somebody("buyer")
    await app.api.top_up(who, 500)
    change = (
        "UPDATE ledger.balance SET balance = balance + $2"
        " WHERE account_id = (SELECT id FROM ledger.account WHERE kind = 'wallet' AND owner = $1)"
    )
    owner = await asyncpg.connect(app.database_url)
    await owner.execute(change, who.id, 1)
    try:
        yield f"wallet of {who.id}: wallet holds 501 EUR, its postings say 500"
    finally:
        await owner.execute(change, who.id, -1)
        await owner.close()


async def test_every_operator_is_told_once_and_nobody_else(watch: Watch) -> None:
    olga = await watch.app.says(somebody("olga", "operator"), "fr")
    oscar = await watch.app.says(somebody("oscar", "user", "operator"), "en")
    await watch.app.says(somebody("silent", "operator"), by_email=False)
    await watch.app.says(somebody("mia", "mediator", "user"))
    async with wrong_books(watch.app) as finding:
        assert await watch.passes() == "Operators told: 2 of 2."
    assert watch.mailed() == [olga.id, oscar.id]
    for mail in watch.office.mails:
        language = mail.message["Content-Language"]
        assert language == ("fr" if mail.to == [f"{olga.id}@example.org"] else "en")
        opening = {"fr": "Le contrôle nocturne a trouvé", "en": "The nightly check has found"}
        for body in (mail.body("plain"), mail.body("html")):
            assert opening[language] in body
            assert finding in body
    assert len({mail.message["Message-ID"] for mail in watch.office.mails}) == 2


async def test_a_night_that_finds_nothing_tells_nobody(watch: Watch) -> None:
    await watch.app.says(somebody("olga", "operator"))
    night = await watch.begins()
    assert (await night.result()).first == ()
    scheduled = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    events = (await night.fetch_history()).events
    assert len([one for one in events if one.event_type == scheduled]) == 1
    assert watch.mailed() == []


async def test_nobody_is_known_to_be_an_operator(watch: Watch) -> None:
    async with wrong_books(watch.app):
        words = await watch.passes()
    assert words == "Operators told: none; nobody is known who has an address and wants mails."


async def test_a_mail_server_that_was_away_gets_it_and_one_bad_address_holds_nobody(
    watch: Watch,
) -> None:
    olga = await watch.app.says(somebody("olga", "operator"))
    gone = await watch.app.says(somebody("gone", "operator"))
    watch.office.unknown = {f"{gone.id}@example.org"}
    await watch.office.close()
    async with wrong_books(watch.app):
        night = await watch.begins()

        async def problems() -> list[str]:
            pending = (await night.describe()).raw_description.pending_activities
            return [one.last_failure.message for one in pending if one.attempt > 1]

        found = await eventually(problems, lambda some: len(some) == 2)
        assert found == ["the mail server could not be reached"] * 2
        assert await last_words(night) == "Operators told: 0 of 2."
        await watch.office.open()
        await night.result()
    refused = "the mail server refused the recipient: 550 5.1.1 (1)."
    assert await last_words(night) == f"Operators told: 1 of 2; {refused}"
    assert watch.mailed() == [olga.id]
    events = b"".join(one.SerializeToString() for one in (await night.fetch_history()).events)
    assert olga.id.encode() in events
    assert b"example.org" not in events


async def test_without_a_mail_server_the_night_says_so(watch: Watch) -> None:
    await watch.app.says(somebody("olga", "operator"))
    async with working(watch.app), wrong_books(watch.app):
        words = await watch.passes()
    assert words == "Operators told: none; no mail server is configured."
    assert watch.mailed() == []


# --- a night that does not come to its end by itself ---------------------------------------------


@activity.defn(name="check_everything")
async def finds_something() -> Reconciled:
    """Looks at nothing."""
    return Reconciled(orders=1, books=0, differing=1, first=("order 1: is lost",))


@activity.defn(name="operators_to_tell")
async def two_operators() -> Operators:
    """Looks nobody up."""
    return Operators(user_ids=("olga", "oscar"))


@activity.defn(name="operators_to_tell")
async def no_database() -> Operators:
    """Looks up in vain, for as long as it may."""
    raise ApplicationError("the database did not answer", non_retryable=True)


@activity.defn(name="tell_operator")
async def only_oscar(telling: ToOperator) -> str | None:
    """Tries olga in vain, for as long as it may."""
    if telling.user_id == "olga":
        raise ApplicationError("the mail server could not be reached", non_retryable=True)
    return None


@pytest.mark.parametrize(
    ("operators", "words"),
    [
        (two_operators, "Operators told: 1 of 2; given up (1)."),
        (no_database, "Operators told: none; they could not be looked up."),
    ],
)
async def test_what_was_found_is_kept_though_operators_were_not_told(
    operators: Any, words: str, app: AppUnderTest
) -> None:
    async with stand_ins(app, finds_something, operators, only_oscar):
        night = await Watch(app, PostOffice()).begins()
        assert (await night.result()).differing == 1
        assert await last_words(night) == words


@activity.defn(name="check_everything")
async def sees_nothing() -> Reconciled:
    """Looks in vain, for as long as it may."""
    raise ApplicationError("the database did not answer", non_retryable=True)


async def test_operators_are_told_that_nothing_could_be_looked_at_and_the_night_fails(
    app: AppUnderTest,
) -> None:
    told: list[ToOperator] = []

    @activity.defn(name="tell_operator")
    async def tell(telling: ToOperator) -> None:
        told.append(telling)

    async with stand_ins(app, sees_nothing, two_operators, tell):
        night = await Watch(app, PostOffice()).begins()
        with pytest.raises(WorkflowFailureError):
            await night.result()
        assert await last_words(night) == "Operators told: 2 of 2."
    assert sorted(one.user_id for one in told) == ["olga", "oscar"]
    assert {one.found.unchecked for one in told} == {"the database did not answer"}
