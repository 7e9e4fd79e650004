"""What cannot be done, or waits for somebody, hides nothing behind it on a list of work: not a
hundred of it either, as many as are looked at together."""

from collections import Counter
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from api import wished_orders
from api.gateway import Gateway, Refused
from api.payment_relay import PaymentRelay
from api.relay import Relay
from api.stack_clock import StackClock
from api.state import Services
from api.work_lists import BATCH, WorkList
from db import chargebacks
from db.errors import Spoiled
from db.pay_ins import Wish
from db.pool import Pool
from domain.clock import ClockReading
from domain.order import Order
from domain.payments import PaymentRef
from tests.db.disputed import OPENED, Payments
from tests.db.market import Market, Owner


class Temporal:
    """Takes what there is of one thing, and refuses all other."""

    def __init__(self) -> None:
        self.asked = Counter[str]()
        self.taken = ""

    def _take(self, one: object) -> None:
        self.asked[str(one)] += 1
        if str(one) != self.taken:
            raise Refused("INVALID_ARGUMENT")

    async def start(self, order: Order, _clock: ClockReading | None = None) -> None:
        self._take(order.id)

    async def tell_payment(self, payment: PaymentRef, _clock: ClockReading | None = None) -> None:
        self._take(payment.id)

    async def start_notifications(self, order_id: UUID, *_more: object) -> None:
        self._take(order_id)

    async def start_endpoint_test(self, number: int, _clock: ClockReading | None = None) -> None:
        self._take(number)


@pytest.fixture
def temporal() -> Temporal:
    return Temporal()


@pytest.fixture
def relay(pool: Pool, temporal: Temporal) -> Relay:
    return Relay(pool, cast("Gateway", temporal))


@pytest.fixture
def payment_relay(pool: Pool, temporal: Temporal, relay: Relay) -> PaymentRelay:
    of = SimpleNamespace(pool=pool, gateway=temporal, relay=relay, clock=StackClock(pool))
    return PaymentRelay(cast("Services", of))


NEWER = "now() - (200 - n) * interval '1 second'"
PAY_INS = f"""
    INSERT INTO pay_ins (id, user_id, amount, currency, provider, return_url, fingerprint,
                         created_at)
    SELECT gen_random_uuid(), 'ana', 100, 'EUR', 'paper', 'https://shop.example', '', {NEWER}
    FROM generate_series(1, $1::integer) n RETURNING id::text, created_at AS at
"""
PAYOUTS = f"""
    INSERT INTO payouts (id, user_id, amount, currency, provider, account, state, hold_id,
                         created_at)
    SELECT gen_random_uuid(), 'sam', 100, 'EUR', 'paper', 'account', 'pending', gen_random_uuid(),
           {NEWER}
    FROM generate_series(1, $1::integer) n RETURNING id::text, created_at AS at
"""
SAID = """
    INSERT INTO provider_events (provider, id, kind, name, at, ours)
    SELECT 'paper', 'event-' || n, 'pay_in_paid', 'x', now(), gen_random_uuid()
    FROM generate_series(1, $1::integer) n RETURNING ours AS id, number AS at
"""
TESTS = f"""
    WITH endpoint AS (
        INSERT INTO webhook_endpoints (id, url, secret, created_by)
        VALUES (gen_random_uuid(), 'https://hooks.example', 'secret', 'ops') RETURNING id
    )
    INSERT INTO endpoint_tests (endpoint_id, created_at) SELECT id, {NEWER}
    FROM endpoint, generate_series(1, $1::integer) n RETURNING id::text, created_at AS at
"""
OF_PAYMENTS: dict[str, tuple[str, Callable[[PaymentRelay], Awaitable[bool]]]] = {
    "payments in": (PAY_INS, PaymentRelay._start_pay_ins),
    "payments out": (PAYOUTS, PaymentRelay._start_payouts),
    "what a provider said": (SAID, PaymentRelay._tell_of_events),
}


async def written(owner: Owner, statement: str) -> list[str]:
    """A whole part of a list and one more, the oldest first, by their ids."""
    rows = await owner.fetch(statement, BATCH + 1)
    return [row["id"] for row in sorted(rows, key=lambda row: row["at"])]


async def looked_at(
    look: Callable[[], Awaitable[bool]], temporal: Temporal, waiting: list[str]
) -> None:
    """The newest is come to at the second look, and then all others anew."""
    *stuck, temporal.taken = waiting
    assert not await look()
    assert temporal.asked == Counter(stuck)
    assert not await look()
    assert temporal.asked == Counter(waiting)
    assert not await look()
    assert temporal.asked == Counter(stuck * 2 + [temporal.taken])


@pytest.mark.parametrize(("statement", "look"), OF_PAYMENTS.values(), ids=list(OF_PAYMENTS))
async def test_payments_that_cannot_be_told_of_hide_no_other(
    statement: str,
    look: Callable[[PaymentRelay], Awaitable[bool]],
    payment_relay: PaymentRelay,
    temporal: Temporal,
    owner: Owner,
) -> None:
    waiting = await written(owner, statement)
    await looked_at(lambda: look(payment_relay), temporal, waiting)


async def test_endpoint_tests_that_cannot_be_begun_hide_no_other(
    relay: Relay, temporal: Temporal, owner: Owner
) -> None:
    await looked_at(relay.start_endpoint_tests, temporal, await written(owner, TESTS))


async def test_orders_that_cannot_be_started_hide_no_other(
    relay: Relay, temporal: Temporal, market: Market, owner: Owner
) -> None:
    orders = [(await market.order()).id for _ in range(BATCH + 1)]
    await owner.execute("UPDATE listed_orders SET created_at = created_at - interval '10 seconds'")

    async def look() -> bool:
        await relay.note_started()
        return await relay._start_missing()

    await looked_at(look, temporal, orders)


async def test_messages_that_cannot_be_begun_hide_no_other(
    relay: Relay, temporal: Temporal, market: Market, owner: Owner
) -> None:
    stuck, other = [(await market.order()).id for _ in range(2)]
    statement = (
        "INSERT INTO deliveries (order_id, seq, channel, user_id)"
        " SELECT $1::uuid, 1, 'email', 'somebody-' || n FROM generate_series(1, $2::integer) n"
    )
    await owner.execute(statement, UUID(stuck), BATCH)
    await owner.execute(statement, UUID(other), 1)
    temporal.taken = other
    for _ in range(3):
        assert not await relay.start_notifications()
    assert temporal.asked == Counter([stuck, other, stuck])


async def test_disputes_that_cannot_be_carried_out_hide_no_other(
    payment_relay: PaymentRelay, market: Market, owner: Owner, pool: Pool
) -> None:
    # The orders that these pay for are placed first, and never are.
    await owner.execute(
        f"WITH paid AS ({PAY_INS.partition('RETURNING')[0]} RETURNING id)"
        " INSERT INTO chargebacks (provider, reference, pay_in_id, amount, currency, state)"
        " SELECT 'paper', id::text, id, 100, 'EUR', 'opened' FROM paid",
        BATCH,
    )
    await owner.execute("UPDATE pay_ins SET wish = '{}'")
    payments = Payments(market)
    await payments.say(OPENED, await payments.pay_in())
    for _ in range(2):
        await payment_relay._carry_chargebacks()
    async with pool.acquire() as connection:
        waiting = await chargebacks.not_carried(connection, BATCH + 1)
    assert len(waiting) == BATCH


async def test_orders_that_cannot_be_placed_hide_no_other(
    owner: Owner, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    *stuck, other = await written(owner, PAY_INS)
    await owner.execute(
        "UPDATE pay_ins SET state = 'paid', wish = '{}', transfer_id = id, ended_at = created_at"
    )
    asked = Counter[str]()

    async def placed(_shared: Any, wish: Wish) -> None:
        asked[str(wish.pay_in_id)] += 1
        if str(wish.pay_in_id) != other:
            raise Spoiled("the order of a payment", "ValidationError")
        await owner.execute("UPDATE pay_ins SET wish = NULL WHERE id = $1", wish.pay_in_id)

    monkeypatch.setattr(wished_orders, "_place", placed)
    shared, work = cast("Services", SimpleNamespace(pool=pool)), WorkList[UUID]()
    for _ in range(3):
        assert not await wished_orders.place_wished(shared, work)
    assert asked == Counter([*stuck, other, *stuck])


async def test_a_fault_with_one_keeps_no_other_waiting(
    payment_relay: PaymentRelay,
    temporal: Temporal,
    owner: Owner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *others = await written(owner, PAY_INS)
    told = []

    async def tell(payment: PaymentRef, _clock: ClockReading | None = None) -> None:
        if str(payment.id) == first:
            raise ZeroDivisionError
        told.append(str(payment.id))

    monkeypatch.setattr(temporal, "tell_payment", tell)
    for _ in range(2):
        await payment_relay._start_pay_ins()
    assert told == others


async def test_a_list_is_looked_at_from_its_head_again_where_it_ended() -> None:
    work = WorkList[int]()
    part = list(range(BATCH))
    assert work.looked_at(part, part)
    assert work.passed == []
    assert not work.looked_at(part, part[1:])
    assert work.passed == part[:1]
    assert not work.looked_at(part[1:])
    assert work.passed == []
