"""Payments that banks take back, and what is done to them that the oracles must see."""

from dataclasses import dataclass

from domain.money import Money
from domain.order import Order
from domain.payments import PayoutState
from domain.policy import Policy
from domain.vocabulary import State
from tests.db.controls import Control
from tests.db.disputed import BUYER, LOST, OPENED, SELLER, WON, Payments
from tests.db.market import completion
from tests.db.returns import reversed_by_hand, said, sent, written

PART = Money(amount=500, currency="EUR")


@dataclass(frozen=True)
class Taken:
    """One order for each way that a bank's word can find it."""

    frozen: Order
    """Its payment is disputed."""
    gone: Order
    """It ended as a bank took 5.00 EUR of its payment back."""
    thawed: Order
    """It was frozen, and goes on."""
    ended: Order
    """It was completed before all of its payment was lost: its seller had 16.00 EUR of it."""
    earned: Order
    """It brought that seller 16.00 EUR more, of which a tenth was kept for what they owe, and then
    all of 1.00 EUR that was to be paid out and of 0.50 EUR that was, by hand."""


async def taken(payments: Payments) -> Taken:
    """Writes them."""
    pay_in, frozen = await payments.order()
    await payments.say(OPENED, pay_in, "frozen")
    await payments.carry()
    pay_in, gone = await payments.order()
    await payments.say(LOST, pay_in, "gone", PART)
    await payments.carry()
    await payments.carry()
    pay_in, thawed = await payments.order()
    for kind in (OPENED, WON):
        await payments.say(kind, pay_in, "thawed")
        await payments.carry()
    pay_in, ended = await payments.order()
    await payments.market.record(completion(ended))
    await payments.say(LOST, pay_in, "ended")
    await payments.carry()
    tenth = Policy(recovery_bps=1_000)
    earned = await payments.market.order(State.DELIVERED, seller_id=SELLER, policy=tenth)
    await payments.market.record(completion(earned))
    await said(payments.market, await sent(payments.market, 100), PayoutState.FAILED)
    await reversed_by_hand(payments.market, await written(payments.market, 50))
    return Taken(frozen, gone, thawed, ended, earned)


def of(reference: str, change: str) -> str:
    """An UPDATE of what is known of a dispute."""
    return f"UPDATE chargebacks SET {change} WHERE reference = '{reference}'"


def doc(path: str, value: str) -> str:
    """An UPDATE of one value in the order's document."""
    return f"UPDATE orders SET doc = jsonb_set(doc, '{{{path}}}', '{value}') WHERE id = '$order'"


def tx(key: str) -> str:
    """The transaction under a key that looks so."""
    return f"(SELECT id FROM ledger.tx WHERE key LIKE '{key}')"


_SEEN = "UPDATE ledger.transfer SET amount = amount - 1 WHERE tx_id ="
_AGAIN = f"""
    WITH made AS (
        INSERT INTO ledger.tx (key, kind, order_id, currency, fingerprint, previous, hash)
        SELECT replace(key, ':seller', ':buyer'), kind, order_id, currency, fingerprint, previous,
               hash FROM ledger.tx WHERE id = {tx("chargeback:%:seller")} RETURNING id)
    INSERT INTO ledger.transfer (tx_id, leg, debit_id, credit_id, currency, amount)
    SELECT made.id, leg, debit_id, credit_id, currency, amount FROM made, ledger.transfer
    WHERE tx_id = {tx("chargeback:%:seller")}
"""
_OWES, _CHARGEBACK = f"receivable of {SELLER}", "chargeback .*"
_ELSEWHERE = f"""
    INSERT INTO ledger.account (kind, owner, currency) VALUES ('receivable', '{BUYER}', 'EUR');
    UPDATE ledger.transfer SET debit_id = (SELECT id FROM ledger.account WHERE kind = 'receivable'
        AND owner = '{BUYER}') WHERE tx_id = {tx("chargeback:%:seller")}
"""
_EARLIER = "now() - interval '1 hour'"

CONTROLS = [
    Control("is said to owe {}", "UPDATE receivables SET owed = owed + 1", subject=_OWES),
    Control("is said to owe {}", "DELETE FROM receivables", subject=_OWES),
    Control("is said to owe {}", f"{_SEEN} {tx('recovery:order:%')}", subject=_OWES),
    Control(
        "is said to owe {}",
        f"UPDATE ledger.tx SET kind = 'payout' WHERE id = {tx('recovery:order:%')}",
        subject=_OWES,
    ),
    Control(
        "has left the books otherwise than its state says: {}", _AGAIN, "ended", subject=_CHARGEBACK
    ),
    Control(
        "has left the books otherwise than its state says: {}",
        f"{_SEEN} {tx('chargeback:%:seller')}",
        "ended",
        subject=_CHARGEBACK,
    ),
    Control(
        "has left the books otherwise than its state says: {}",
        of("ended", "state = 'opened', ended_at = NULL, carried = 'opened'"),
        "ended",
        subject=_CHARGEBACK,
    ),
    Control(
        "has left the books otherwise than its state says: {}",
        f"{_SEEN} (SELECT id FROM ledger.tx WHERE kind = 'reclaim')"
        " AND credit_id IN (SELECT id FROM ledger.account WHERE kind = 'world')",
        "gone",
        subject=_CHARGEBACK,
    ),
    Control("takes back what no bank has taken: {}", of("gone", "state = 'won'"), "gone"),
    Control(
        "takes back what no bank has taken: {}",
        of("ended", "state = 'won'"),
        subject="posting",
    ),
    Control("its end is not what its bank has taken: {}", of("gone", "amount = 499"), "gone"),
    Control(
        "its end is not what its bank has taken: {}",
        of("frozen", "state = 'lost', carried = 'lost', ended_at = now()"),
        "frozen",
    ),
    Control("somebody else owes what was lost: {}", _ELSEWHERE, subject=_CHARGEBACK),
    Control(
        "somebody else owes what was lost: {}",
        doc("outcome,refunded", "1"),
        "ended",
        subject=_CHARGEBACK,
    ),
    *(
        Control(
            "another sum than is due was kept: {}",
            f"UPDATE ledger.tx SET kind = 'payout' WHERE key LIKE 'recovery:{what}:%'",
            subject=_OWES,
        )
        for what in ("order", "chargeback", "payout_return", "reversal")
    ),
    Control(
        "another sum than is due was kept: {}",
        doc("policy,recovery_bps", "2000"),
        "earned",
        subject=_OWES,
    ),
    Control(
        "another sum than is due was kept: {}",
        f"{_SEEN} {tx('recovery:chargeback:%')}",
        subject=_OWES,
    ),
    *(
        Control(
            "another sum than is due was kept: {}",
            f"{_SEEN} {tx(f'recovery:{what}:%')}",
            subject=_OWES,
        )
        for what in ("payout_return", "reversal")
    ),
    Control(
        "its owner was told of {}, of which something was kept",
        "DELETE FROM wallet_notices",
        subject=_OWES,
    ),
    Control(
        "its owner was told of {}, of which something was kept",
        f"UPDATE wallet_notices SET user_id = '{BUYER}'",
        subject=_OWES,
    ),
    *(
        Control("who owes it was told otherwise of {}", change, subject=_OWES)
        for change in (
            "DELETE FROM wallet_notices WHERE told = 'lost'",
            "UPDATE wallet_notices SET amount = amount + 1 WHERE told = 'lost'",
            "UPDATE wallet_notices SET tx_id = NULL WHERE told = 'lost'",
            f"UPDATE wallet_notices SET user_id = '{BUYER}' WHERE told = 'lost'",
        )
    ),
    Control(
        "moved while its payment was disputed: event {}",
        "UPDATE events SET action = 'complete'"
        " WHERE order_id = '$order' AND action = 'payment_dispute_won'",
        "thawed",
    ),
    *(
        Control(
            "goes on with another time than it had left: event {}",
            f"UPDATE events SET doc = jsonb_set(doc, '{{{path}}}', '\"2040-01-01T00:00:00Z\"')"
            f" WHERE order_id = '$order' AND action = '{action}'",
            "thawed",
        )
        for path, action in (
            ("deadline,at", "payment_dispute_won"),
            ("payment_hold,deadline,at", "payment_disputed"),
            ("payment_hold,since", "payment_disputed"),
        )
    ),
    Control(
        "is frozen by no dispute of its payment: {}",
        doc("payment_hold,chargeback_id", '"x"'),
        "frozen",
    ),
    Control(
        "is frozen by no dispute of its payment: {}", doc("payment_hold,amount", "1"), "frozen"
    ),
    Control(
        "is not carried out: {}",
        of("ended", f"carried = NULL, ended_at = {_EARLIER}"),
        subject=_CHARGEBACK,
    ),
    Control(
        "its payment is disputed and it is not frozen: {}",
        doc("payment_hold", "null") + ";" + of("frozen", f"created_at = {_EARLIER}"),
        "frozen",
    ),
    Control(
        "is frozen and nobody disputes its payment any more: {}",
        of("frozen", f"state = 'won', ended_at = {_EARLIER}"),
        "frozen",
    ),
]
"""At least one for each question about payments that were taken back."""

OF_ORDERS = [
    Control("ended as {}", "UPDATE ledger.tx SET kind = 'refund' WHERE id = $end", "gone"),
    Control("ended {} times in the ledger", "DELETE FROM ledger.tx WHERE id = $end", "gone"),
    Control(
        "its money went elsewhere than its outcome says: {}",
        doc("outcome,charged_back", "499"),
        "gone",
    ),
    Control(
        "its outcome is not what its state and policy promise: {}",
        doc("outcome,by", '"operator"'),
        "gone",
    ),
    Control(
        "its outcome is not what its state and policy promise: {}",
        doc("outcome,charged_back", "1"),
        "ended",
    ),
    Control("lost or made money: {}", f"{_SEEN} $end", "gone"),
    Control(
        "a posting moves between accounts that it may not: {}",
        "UPDATE ledger.transfer SET credit_id = (SELECT id FROM ledger.account WHERE kind ="
        f" 'wallet' AND owner = '{SELLER}') WHERE tx_id = $end",
        "gone",
    ),
    Control(
        "a posting moves between accounts that it may not: {}",
        "UPDATE ledger.transfer SET debit_id = (SELECT id FROM ledger.account WHERE kind ="
        f" 'wallet' AND owner = '{SELLER}') WHERE tx_id = {tx('chargeback:%:seller')}",
        subject="transaction",
    ),
]
"""Questions about orders, asked of one whose payment was taken back."""
