"""What leaves the product is written down with the step that it tells of, once for each whom it
concerns, and for nobody else."""

from uuid import UUID

import asyncpg
import pytest

from db import orders, snapshots
from domain.actions import Assign, Deliver, OpenDispute, RequestRevision
from domain.order import Order
from domain.step import Step, ToRecord
from domain.vocabulary import Action, State
from tests.db.audience import Audience
from tests.db.crowd import statuses
from tests.db.market import (
    MEDIATOR,
    Market,
    Owner,
    act_of,
    buyer_of,
    cancellation,
    completion,
    contents,
    expiry,
    now,
    seller_of,
)
from tests.db.oracles import violations


@pytest.fixture
def audience(market: Market) -> Audience:
    """The people around the market."""
    return Audience(market.pool)


async def order_of(market: Market, state: State = State.PENDING) -> Order:
    """An order of bea's with sam."""
    return await market.order(state, buyer_id="bea", seller_id="sam")


def acceptance(order: Order) -> ToRecord:
    """Sam takes the order."""
    return act_of(order, Action.ACCEPT, seller_of(order))


def dispute(order: Order) -> ToRecord:
    """Bea calls a mediator."""
    return act_of(order, Action.OPEN_DISPUTE, buyer_of(order), OpenDispute(reason="Not blue."))


async def disputed(market: Market) -> Order:
    """An order of which a dispute was opened by its second step."""
    order = await order_of(market, State.REVISION_REFUSED)
    return (await market.record(dispute(order))).order


@pytest.mark.parametrize(("ago", "is_told"), [("23:59", True), ("24:01", False)])
async def test_a_role_that_was_not_shown_for_a_day_is_told_of_nothing(
    market: Market, audience: Audience, owner: Owner, ago: str, is_told: bool
) -> None:
    await audience.person("mia", "mediator")
    await audience.person("bea", "user")
    await owner.execute("UPDATE people SET roles_at = now() - $1::text::interval", ago)
    order = await disputed(market)
    told = [("bea", "buyer"), *([("mia", "mediator")] if is_told else [])]
    assert told == await audience.written_to(order, 2)


# --- e-mails -----------------------------------------------------------------------------------


async def test_a_step_is_sent_to_each_party_once(
    market: Market, audience: Audience, owner: Owner
) -> None:
    for user_id in ("bea", "sam", "a-stranger"):
        await audience.person(user_id)
    order = await order_of(market)
    await market.record(acceptance(order))
    assert await audience.written_to(order, 2) == [("bea", "buyer"), ("sam", "seller")]
    assert await violations(owner) == []


async def test_the_placing_of_an_order_is_sent_too(market: Market, audience: Audience) -> None:
    await audience.person("sam")
    order = await order_of(market)
    assert await audience.written_to(order, 1) == [("sam", "seller")]


@pytest.mark.parametrize(
    "wish",
    [{"by_email": False}, {"email": None}, {"is_confirmed": False}],
    ids=["switched off", "no address", "not confirmed"],
)
async def test_who_wants_no_e_mail_gets_none(
    wish: dict[str, None], market: Market, audience: Audience
) -> None:
    await audience.person("bea", **wish)  # type: ignore[arg-type]
    await audience.person("sam")
    order = await order_of(market)
    await market.record(acceptance(order))
    assert await audience.written_to(order, 2) == [("sam", "seller")]


async def test_an_address_is_written_to_from_when_it_is_confirmed(
    market: Market, audience: Audience
) -> None:
    await audience.person("bea", is_confirmed=False)
    order = await order_of(market)
    await audience.person("bea", is_confirmed=True)
    await market.record(acceptance(order))
    sent = [await audience.written_to(order, seq) for seq in (1, 2)]
    assert sent == [[], [("bea", "buyer")]]


async def test_an_address_that_is_another_one_by_now_is_not_written_to(
    market: Market, audience: Audience, owner: Owner
) -> None:
    await audience.person("bea")
    await owner.execute("UPDATE people SET email = 'mallory@example.test'")
    order = await order_of(market)
    assert await audience.written_to(order, 1) == []


async def test_who_has_said_nothing_gets_no_e_mail(market: Market, audience: Audience) -> None:
    order = await order_of(market)
    await market.record(acceptance(order))
    assert await audience.deliveries(order, 2) == []


async def test_a_wish_counts_from_the_next_step_on(market: Market, audience: Audience) -> None:
    await audience.person("bea")
    order = await order_of(market)
    await audience.person("bea", by_email=False)
    await market.record(acceptance(order))
    sent = [await audience.written_to(order, seq) for seq in (1, 2)]
    assert sent == [[("bea", "buyer")], []]


# --- whole roles -------------------------------------------------------------------------------


async def test_a_new_case_is_sent_to_every_mediator(market: Market, audience: Audience) -> None:
    await audience.person("mona", "mediator")
    await audience.person("milo", "mediator", "user")
    await audience.person("olga", "operator")
    await audience.person("mute", "mediator", by_email=False)
    await audience.person("new", "mediator", is_confirmed=False)
    order = await disputed(market)
    assert await audience.written_to(order, 2) == [("milo", "mediator"), ("mona", "mediator")]


@pytest.mark.parametrize("party", ["bea", "sam"])
async def test_a_mediator_who_is_a_party_is_told_as_such_and_once(
    party: str, market: Market, audience: Audience, owner: Owner
) -> None:
    await audience.person(party, "mediator", "operator")
    order = await disputed(market)
    as_party = "buyer" if party == "bea" else "seller"
    assert [(party, as_party)] == await audience.written_to(order, 2)
    assert await violations(owner) == []


async def test_an_escalation_is_sent_to_mediators_and_operators_but_to_no_party(
    market: Market, audience: Audience
) -> None:
    await audience.person("bea", "mediator")
    await audience.person("sam", "operator")
    await audience.person("mona", "mediator")
    await audience.person("olga", "operator")
    order = await market.order(State.DISPUTED, buyer_id="bea", seller_id="sam", deadline_at=now())
    await market.record(expiry(order))
    assert await audience.written_to(order, 2) == [("mona", "mediator"), ("olga", "operator")]


async def test_who_has_two_of_the_roles_is_sent_one_e_mail(
    market: Market, audience: Audience
) -> None:
    await audience.person("otto", "operator", "mediator")
    order = await market.order(State.DISPUTED, deadline_at=now())
    await market.record(expiry(order))
    assert [user_id for user_id, _ in await audience.written_to(order, 2)] == ["otto"]


async def test_a_case_that_is_taken_is_sent_to_its_mediator_alone(
    market: Market, audience: Audience
) -> None:
    for mediator_id in ("milo", "the-mediator"):
        await audience.person(mediator_id, "mediator")
    order = await disputed(market)
    await market.record(act_of(order, Action.ASSIGN, MEDIATOR, Assign()))
    assert await audience.written_to(order, 3) == [("the-mediator", "mediator")]


# --- endpoints ---------------------------------------------------------------------------------


async def test_every_endpoint_that_wants_the_event_hears_of_it(
    market: Market, audience: Audience
) -> None:
    everything = await audience.endpoint()
    wanting = await audience.endpoint(["order.late", "order.accepted"])
    await audience.endpoint(["order.late"])
    await audience.endpoint(["order.accept", "accepted", "order.accepted_"])
    await audience.endpoint([])
    order = await order_of(market)
    await market.record(acceptance(order))
    assert {everything, wanting} == await audience.posted_to(order, 2)


async def test_a_disabled_endpoint_hears_nothing_until_it_is_enabled(
    market: Market, audience: Audience
) -> None:
    endpoint = await audience.endpoint()
    await audience.disable(endpoint)
    order = await order_of(market)
    await audience.enable(endpoint)
    await market.record(acceptance(order))
    assert [set(), {endpoint}] == [await audience.posted_to(order, seq) for seq in (1, 2)]


async def test_an_endpoint_hears_of_what_silence_does(market: Market, audience: Audience) -> None:
    endpoint = await audience.endpoint(["order.completed"])
    order = await market.order(State.DELIVERED, deadline_at=now())
    await market.record(expiry(order))
    assert {endpoint} == await audience.posted_to(order, 2)


async def test_a_new_endpoint_hears_nothing_of_the_past(market: Market, audience: Audience) -> None:
    order = await order_of(market)
    await audience.endpoint()
    assert set() == await audience.posted_to(order, 1)


# --- once, or not at all -----------------------------------------------------------------------


async def everybody(audience: Audience) -> UUID:
    """Both parties and an endpoint."""
    for user_id in ("bea", "sam"):
        await audience.person(user_id)
    return await audience.endpoint()


async def test_what_is_to_be_sent_has_not_been_touched(market: Market, audience: Audience) -> None:
    await everybody(audience)
    order = await order_of(market)
    rows = await market.pool.fetch(
        "SELECT status, attempts, started_at, last_attempt, last_error, delivered_at"
        " FROM deliveries WHERE order_id = $1",
        UUID(order.id),
    )
    assert [tuple(row) for row in rows] == [("pending", 0, None, None, None, None)] * 3


async def test_a_step_written_again_sends_nothing_twice(
    market: Market, audience: Audience, owner: Owner
) -> None:
    await everybody(audience)
    record = acceptance(await order_of(market))
    await market.record(record)
    before = await contents(owner)
    assert (await market.record(record)).status == "decided"
    assert before == await contents(owner)


async def test_silence_written_again_sends_nothing_twice(
    market: Market, audience: Audience, owner: Owner
) -> None:
    await everybody(audience)
    order = await market.order(State.DELIVERED, buyer_id="bea", seller_id="sam", deadline_at=now())
    record = expiry(order)
    await market.record(record)
    before = await contents(owner)
    assert (await market.record(record)).status == "superseded"
    assert before == await contents(owner)


async def test_of_sixteen_writers_of_one_step_one_sends(
    market: Market, audience: Audience, owner: Owner
) -> None:
    await everybody(audience)
    record = acceptance(await order_of(market))
    found = await statuses(market.record(record) for _ in range(16))
    assert found == {"recorded": 1, "decided": 15}
    assert len(await audience.deliveries(record_order(record), 2)) == 3
    assert await violations(owner) == []


def record_order(record: ToRecord) -> Order:
    """The order that a step leads to."""
    assert isinstance(record.verdict, Step)
    return record.verdict.order


async def test_a_refused_attempt_is_sent_to_nobody(market: Market, audience: Audience) -> None:
    await everybody(audience)
    order = await order_of(market)
    await market.record(completion(order))
    assert await audience.deliveries(order, 2) == []


async def test_a_step_that_fails_sends_nothing(
    market: Market, audience: Audience, owner: Owner
) -> None:
    await everybody(audience)
    record = completion(await order_of(market, State.DELIVERED))
    assert isinstance(record.verdict, Step)
    unpaid = record.verdict.model_copy(update={"postings": ()})
    before = await contents(owner)
    with pytest.raises(asyncpg.PostgresError):
        await market.record(record.model_copy(update={"verdict": unpaid}))
    assert before == await contents(owner)


# --- the order as it was -----------------------------------------------------------------------


async def test_a_step_is_told_with_the_order_as_it_was_after_it(
    market: Market, audience: Audience
) -> None:
    accepted = (await market.record(acceptance(await order_of(market)))).order
    await market.record(cancellation(accepted))
    async with market.pool.acquire() as connection:
        moment = await snapshots.get(connection, UUID(accepted.id), 2)
        row = await orders.get(connection, UUID(accepted.id))
    assert moment is not None
    assert row is not None
    assert ("order.accepted", accepted) == (moment.event, moment.order)
    assert row.order.state == State.CANCELLED


async def test_a_refused_attempt_is_no_moment(market: Market) -> None:
    order = await order_of(market)
    await market.record(completion(order))
    async with market.pool.acquire() as connection:
        assert None is await snapshots.get(connection, UUID(order.id), 2)
        assert None is await snapshots.get(connection, UUID(order.id), 3)


async def test_a_moment_has_the_words_of_its_own_request_and_of_no_other(market: Market) -> None:
    order = await order_of(market, State.IN_PROGRESS)
    said = Deliver(message="Here it is.")
    order = (
        await market.record(act_of(order, Action.DELIVER, seller_of(order), said, "delivery"))
    ).order
    wish = RequestRevision(reason="Bluer.")
    await market.record(act_of(order, Action.REQUEST_REVISION, buyer_of(order), wish, "revision"))
    async with market.pool.acquire() as connection:
        found = [await snapshots.get(connection, UUID(order.id), seq) for seq in (1, 2, 3)]
    assert [moment and moment.words.requests for moment in found] == [
        {},
        {"delivery": {"message": "Here it is.", "links": []}},
        {"revision": {"reason": "Bluer."}},
    ]
    assert [moment and moment.words.step_request for moment in found] == [
        None,
        "delivery",
        "revision",
    ]
    assert {("A logo", "For my shop.")} == {
        (moment.words.title, moment.words.brief) for moment in found if moment
    }
