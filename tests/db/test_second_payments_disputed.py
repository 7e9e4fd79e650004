"""A dispute of money that came a second time under a payment: it is a matter of the wallet, and the
order of the first goes on."""

from uuid import UUID

import pytest

from db import audit
from domain.money import Money
from tests.db.disputed import (
    EURO,
    LOST,
    OPENED,
    PAID,
    PAID_IN,
    SELLER,
    WON,
    Payments,
    outcomes,
    owed,
)
from tests.db.market import Owner, completion

SECOND = "money-of-the-second"


async def paid_twice(payments: Payments, pay_in: UUID) -> None:
    """Its payer pays a second time under the same payment."""
    await payments.say(PAID_IN, pay_in, "pi-second", EURO, payment=SECOND)


@pytest.mark.parametrize("has_ended", [False, True])
async def test_a_dispute_of_a_second_payment_leaves_the_order_of_the_first_alone(
    has_ended: bool, payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    if has_ended:
        await payments.market.record(completion(order))
    await paid_twice(payments, pay_in)
    for kind in (OPENED, LOST):
        await payments.say(kind, pay_in, payment=SECOND)
        assert await payments.carry() == []
    assert await outcomes(owner) == ["theirs_only"] * 2
    assert (await payments.read(order.id)).payment_hold is None
    assert await owed(owner) == {}
    assert await payments.market.held_by(SELLER) == (1_600 if has_ended else 0)
    # That of the first is none the less what it is.
    await payments.say(OPENED, pay_in, "dispute-2", payment=payments.first(pay_in))
    assert len(await payments.carry()) == (0 if has_ended else 1)
    assert (await outcomes(owner))[-1] == "applied"
    assert await audit.findings(owner) == []


async def test_a_dispute_that_was_known_before_second_payments_were_told_apart_ends(
    payments: Payments, owner: Owner
) -> None:
    pay_in, _ = await payments.order()
    await payments.say(OPENED, pay_in)
    await payments.say(WON, pay_in, payment=SECOND)
    assert await outcomes(owner) == ["applied", "applied"]


async def test_a_dispute_of_what_differed_and_is_in_no_wallet_is_for_a_person(
    payments: Payments, owner: Owner
) -> None:
    pay_in = await payments.asked()
    other = Money(amount=PAID - 1, currency="EUR")
    await payments.say(OPENED, pay_in, payment=SECOND, money=other)
    await payments.say(PAID_IN, pay_in, "pi-second", other, payment=SECOND)
    await payments.say(OPENED, pay_in, "dispute-2", payment=payments.first(pay_in))
    assert await outcomes(owner) == ["theirs_only", None]  # it waits for the word that it was paid
    await payments.say(PAID_IN, pay_in, f"pi-{pay_in}", EURO, payment=payments.first(pay_in))
    assert await outcomes(owner) == ["theirs_only", "applied"]
