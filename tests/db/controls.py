"""Databases that are known to be bad, one for each question of the oracles or more."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """What is done to one of the sample's orders, and what an oracle has to say of it."""

    words: str
    sql: str
    of: str = "final"
    subject: str = "order {}"

    @property
    def name(self) -> str:
        """The control, as pytest shows it."""
        return f"{self.words}-{self.sql[:30]}"


# $order stands for the order's id, $end and $hold for its transactions' ids, $escrow for its
# account; triggers and foreign keys are off, and nothing of this is kept.
_FIRST_LEG = "tx_id = $end AND leg = 1"
_DOC = "UPDATE orders SET doc = jsonb_set(doc, '{%s}', '%s') WHERE id = '$order'"
_LAST_EVENT = "order_id = '$order' AND seq = 2"


def doc(path: str, value: object) -> str:
    """An UPDATE of one value in the order's document."""
    return _DOC % (path, value)


def by_silence(action: str) -> str:
    """UPDATEs that make an order's last step one that silence did."""
    return (
        f"UPDATE events SET action = '{action}', request_id = NULL,"
        f' actor = \'{{"role": "deadline"}}\' WHERE {_LAST_EVENT};'
        " UPDATE requests SET outcome = NULL WHERE order_id = '$order';"
    )


def earlier(part: str, at: str) -> str:
    """An UPDATE of what the journal says of an order before its last step: that something of it
    runs out in a thousand years."""
    value = f'{{"{at}": "3000-01-01T00:00:00Z"}}'
    return (
        f"UPDATE events SET doc = jsonb_set(doc, '{{{part}}}', '{value}')"
        " WHERE order_id = '$order' AND seq = 1"
    )


CONTROLS = [
    Control("its transaction {} has no legs", "DELETE FROM ledger.transfer WHERE tx_id = $end"),
    Control(
        "its transaction {} has a leg in another currency",
        f"UPDATE ledger.transfer SET currency = 'USD' WHERE {_FIRST_LEG}",
    ),
    Control(
        "its transaction {} has a leg in another currency",
        "UPDATE ledger.account SET currency = 'USD' WHERE id = $escrow",
    ),
    Control(
        "its transaction {} is not what its fingerprint says",
        f"UPDATE ledger.transfer SET amount = amount + 1 WHERE {_FIRST_LEG}",
    ),
    Control(
        "its transaction {} is not what its fingerprint says",
        f"UPDATE ledger.transfer SET credit_id = (SELECT id FROM ledger.account"
        f" WHERE owner = 'euros') WHERE {_FIRST_LEG}",
    ),
    Control(
        "its transaction {} is not what its fingerprint says",
        "INSERT INTO ledger.transfer SELECT tx_id, 9, debit_id, credit_id, currency, amount"
        f" FROM ledger.transfer WHERE {_FIRST_LEG}",
    ),
    Control(
        "its transaction {} is not what its fingerprint says",
        "UPDATE ledger.tx SET kind = 'split' WHERE id = $end",
    ),
    Control(
        "its transaction {} breaks the chain of hashes",
        "DELETE FROM ledger.transfer WHERE tx_id = $hold; DELETE FROM ledger.tx WHERE id = $hold",
    ),
    Control(
        "its transaction {} breaks the chain of hashes",
        "UPDATE ledger.tx SET key = key || ':2' WHERE id = $end",
    ),
    Control(
        "its transaction {} breaks the chain of hashes",
        "UPDATE ledger.tx SET fingerprint = sha256(fingerprint) WHERE id = $hold",
    ),
    Control(
        "balance is not the sum of its entries: {}",
        "UPDATE ledger.balance SET balance = 1999 WHERE account_id = $escrow",
        "open",
    ),
    Control(
        "balance is not the sum of its entries: {}",
        "DELETE FROM ledger.balance WHERE account_id = $escrow",
    ),
    Control(
        "balance is not the sum of its entries: {}",
        "UPDATE ledger.balance SET balance = 501 FROM ledger.account"
        " WHERE id = account_id AND owner = 'euros'",
        subject="wallet of euros",
    ),
    Control(
        "balance is below zero: {}",
        "UPDATE ledger.balance SET balance = -1 WHERE account_id = $escrow",
        "open",
    ),
    Control(
        "keeps a balance although it has no floor: {}",
        "INSERT INTO ledger.balance SELECT id FROM ledger.account WHERE kind = 'commission'",
        subject="commission of platform",
    ),
    Control(
        "more of it was taken out than was earned: {}",
        "UPDATE ledger.transfer SET amount = 401"
        " WHERE tx_id IN (SELECT id FROM ledger.tx WHERE kind = 'commission_payout')",
        subject="commission of platform",
    ),
    Control(
        "a transfer was taken back {} times",
        "INSERT INTO ledger.outside (tx_id, id, kind, user_id, reverses, reason)"
        " SELECT t.id, gen_random_uuid(), o.kind, o.user_id, o.reverses, o.reason"
        " FROM ledger.outside o, ledger.tx t WHERE o.user_id = 'returned' AND o.kind = 'reversal'"
        " AND t.id IN (SELECT tx_id FROM ledger.transfer WHERE credit_id ="
        "  (SELECT id FROM ledger.account WHERE owner = 'euros'))",
        subject="wallet of returned",
    ),
    *(
        Control(
            "a reversal takes back something else than it says: {}",
            f"UPDATE ledger.{change} AND tx_id IN"
            " (SELECT tx_id FROM ledger.outside WHERE user_id = 'returned' AND kind = 'reversal')",
            subject="wallet of returned",
        )
        for change in (
            "transfer SET amount = amount - 1 WHERE true",
            "transfer SET debit_id = credit_id, credit_id = debit_id WHERE true",
            "outside SET reverses = (SELECT min(tx_id) FROM ledger.outside) WHERE true",
        )
    ),
    *(
        Control(
            "its owner was told of {}, of which there is a reversal",
            change,
            subject="wallet of returned",
        )
        for change in (
            "DELETE FROM wallet_notices",
            "UPDATE wallet_notices SET user_id = 'somebody-else'",
        )
    ),
    Control(
        "what its entries left does not chain up: {}",
        f"UPDATE ledger.transfer SET debit_after = debit_after + 1 WHERE {_FIRST_LEG}",
    ),
    Control(
        "what its entries left does not chain up: {}",
        "UPDATE ledger.transfer SET credit_after = NULL WHERE tx_id = $hold",
    ),
    Control("paid in {}", doc("lines,0,price", 1_999)),
    Control("paid in {}", doc("lines", "[]"), "open"),
    Control(
        "ended {} times in the ledger",
        "UPDATE orders SET state = 'settled' WHERE id = '$order'",
        "open",
    ),
    Control(
        "ended {} times in the ledger",
        "UPDATE ledger.tx SET kind = 'top_up' WHERE id = $end",
    ),
    Control("ended as {}", "UPDATE orders SET state = 'cancelled' WHERE id = '$order'"),
    Control(
        "its money went elsewhere than its outcome says: {}", doc("outcome,paid_to_seller", 1_601)
    ),
    Control(
        "its money went elsewhere than its outcome says: {}",
        "UPDATE ledger.transfer SET credit_id = (SELECT id FROM ledger.account"
        f" WHERE kind = 'commission') WHERE {_FIRST_LEG}",
    ),
    Control("its outcome is not what its state and policy promise: {}", doc("outcome", "null")),
    Control(
        "its outcome is not what its state and policy promise: {}",
        doc("outcome,paid_to_seller", 1_601) + ";" + doc("outcome,commission", 399),
    ),
    Control(
        "its outcome is not what its state and policy promise: {}",
        doc("outcome,paid_to_seller", 1_599),
    ),
    Control(
        "its outcome is not what its state and policy promise: {}",
        "UPDATE orders SET state = 'settled' WHERE id = '$order'",
    ),
    Control(
        "a posting moves between accounts that it may not: {}",
        "UPDATE ledger.tx SET kind = 'refund' WHERE id = $end",
    ),
    Control(
        "a posting moves between accounts that it may not: {}",
        "UPDATE ledger.transfer SET debit_id = (SELECT id FROM ledger.account"
        " WHERE kind = 'world' AND currency = 'EUR') WHERE tx_id = $hold",
    ),
    Control(
        "a posting moves between accounts that it may not: {}",
        "UPDATE ledger.tx SET order_id = '$order' WHERE kind = 'top_up'",
    ),
    Control(
        "lost or made money: {}",
        f"UPDATE ledger.transfer SET amount = amount - 1 WHERE {_FIRST_LEG}",
    ),
    Control(
        "lost or made money: {}",
        "UPDATE ledger.transfer SET credit_id = (SELECT id FROM ledger.account"
        f" WHERE owner = 'euros') WHERE {_FIRST_LEG}",
    ),
    Control(
        "its escrow is wrong: {}",
        "UPDATE ledger.balance SET closed = false WHERE account_id = $escrow",
    ),
    Control(
        "its escrow is wrong: {}",
        "UPDATE ledger.balance SET balance = balance - 1 WHERE account_id = $escrow",
        "open",
    ),
    Control(
        "its escrow is wrong: {}",
        "UPDATE ledger.account SET owner = 'nobody' WHERE id = $escrow",
        "open",
    ),
    Control(
        "has {} escrows",
        "INSERT INTO ledger.account (kind, owner, currency) VALUES ('escrow', '$order', 'USD')",
    ),
    Control("has an escrow and is not there: {}", "DELETE FROM orders WHERE id = '$order'"),
    Control(
        "its columns disagree with its document: {}",
        "UPDATE orders SET state = 'pending' WHERE id = '$order'",
    ),
    Control(
        "its columns disagree with its document: {}",
        "UPDATE orders SET deadline_at = deadline_at + interval '1 second' WHERE id = '$order'",
        "open",
    ),
    Control("its columns disagree with its document: {}", doc("version", 9)),
    Control("its columns disagree with its document: {}", doc("seller_id", '"somebody"')),
    Control("its outcome disagrees with its state: {}", doc("outcome", '{"kind": "x"}'), "open"),
    Control(
        "its outcome disagrees with its state: {}",
        "UPDATE orders SET state = 'completed' WHERE id = '$order'",
        "open",
    ),
    Control(
        "is final and has a deadline: {}",
        "UPDATE orders SET deadline_at = now() WHERE id = '$order'",
    ),
    Control("its journal has a gap: {}", "DELETE FROM events WHERE order_id = '$order'"),
    Control("its journal has a gap: {}", f"UPDATE events SET seq = 3 WHERE {_LAST_EVENT}"),
    Control(
        "its journal does not lead to its version: {}",
        f"UPDATE events SET accepted = false WHERE {_LAST_EVENT}",
    ),
    Control(
        "its journal does not lead to its state: {}",
        f"UPDATE events SET state = 'cancelled' WHERE {_LAST_EVENT}",
    ),
    Control(
        "its journal refuses and moves on at once: {}",
        f"UPDATE events SET accepted = false WHERE {_LAST_EVENT}",
    ),
    Control(
        "its journal refuses and moves on at once: {}",
        f"UPDATE events SET version = 3 WHERE {_LAST_EVENT}",
    ),
    Control(
        "its journal gives no reason: {}", f"UPDATE events SET event = NULL WHERE {_LAST_EVENT}"
    ),
    Control("its journal gives no reason: {}", f"UPDATE events SET code = 'x' WHERE {_LAST_EVENT}"),
    Control(
        "nobody, or the wrong people, were told of event {}",
        f"DELETE FROM notices WHERE {_LAST_EVENT}",
    ),
    Control(
        "nobody, or the wrong people, were told of event {}",
        f"UPDATE notices SET event = 'order.late' WHERE {_LAST_EVENT}",
    ),
    Control(
        "somebody was told twice of event {}",
        "INSERT INTO notices (order_id, seq, role, user_id, event)"
        f" SELECT order_id, seq, role, user_id, event FROM notices WHERE {_LAST_EVENT}",
    ),
    Control(
        "a stranger was told of event {}",
        f"UPDATE notices SET user_id = 'a-stranger' WHERE {_LAST_EVENT} AND role = 'buyer'",
    ),
    Control(
        "request {} was answered otherwise than the journal says",
        "UPDATE requests SET outcome = outcome || '{\"accepted\": false}'"
        " WHERE order_id = '$order'",
    ),
    Control(
        "request {} was answered otherwise than the journal says",
        "UPDATE requests SET outcome = '{\"seq\": 2}' WHERE order_id = '$order'",
        "open",
    ),
    Control(
        "request {} is in the journal and has no answer",
        "UPDATE requests SET outcome = NULL WHERE order_id = '$order'",
    ),
    Control(
        "request {} is in the journal and has no answer",
        "DELETE FROM requests WHERE order_id = '$order'",
    ),
    Control(
        "request {} was decided more than once",
        "INSERT INTO events SELECT order_id, 3, at, received_at, actor, action, event, accepted,"
        f" code, reason, state, 3, request_id FROM events WHERE {_LAST_EVENT}",
    ),
    Control(
        "a request that was received in time lost to the deadline of event {}",
        by_silence("complete") + earlier("deadline", "at"),
    ),
    Control(
        "a request that was received in time lost to the deadline of event {}",
        by_silence("lapse_offer") + earlier("offer", "lapses_at"),
    ),
    Control(
        "a request that was received in time lost to the deadline of event {}",
        by_silence("leave_cancellation_unanswered") + earlier("cancellation_request", "answer_by"),
    ),
    *(
        Control(
            "a request that was received in time lost to the deadline of event {}",
            by_silence("remind") + earlier(part, "remind_at"),
        )
        for part in ("deadline", "offer", "cancellation_request")
    ),
    Control(
        "its journal has another order at event {}",
        f"UPDATE events SET doc = NULL WHERE {_LAST_EVENT}",
    ),
    Control(
        "its journal has another order at event {}",
        f"UPDATE events SET accepted = false WHERE {_LAST_EVENT}",
    ),
    Control(
        "its journal has another order at event {}",
        f"UPDATE events SET doc = jsonb_set(doc, '{{version}}', '1') WHERE {_LAST_EVENT}",
    ),
    Control("its journal does not lead to its document: {}", doc("due_at", '"2026-01-01"')),
    Control(
        "something is sent of event {}, which was refused",
        f"UPDATE events SET accepted = false WHERE {_LAST_EVENT}",
    ),
    Control(
        "somebody is sent event {} who was not told",
        f"UPDATE deliveries SET user_id = '$buyer' WHERE {_LAST_EVENT} AND channel = 'email'",
        "disputed",
    ),
    Control(
        "somebody is sent event {} who was not told",
        "UPDATE deliveries d SET notice_id = (SELECT id FROM notices n WHERE n.role = 'buyer'"
        " AND n.order_id = d.order_id AND n.seq = d.seq) WHERE order_id = '$order'",
        "disputed",
    ),
    Control(
        "somebody is sent event {} who was not told",
        "UPDATE deliveries SET notice_id = NULL WHERE order_id = '$order'",
        "disputed",
    ),
    Control(
        "somebody is sent event {} twice",
        "INSERT INTO deliveries (order_id, seq, channel, notice_id, user_id, endpoint_id)"
        " SELECT order_id, seq, channel, notice_id, user_id, endpoint_id FROM deliveries"
        " WHERE order_id = '$order' AND channel = 'email'",
        "disputed",
    ),
    Control(
        "somebody is sent event {} twice",
        "INSERT INTO deliveries (order_id, seq, channel, endpoint_id)"
        " SELECT order_id, seq, channel, endpoint_id FROM deliveries WHERE order_id = '$order'",
    ),
    Control(
        "is final with an open escrow: {}",
        "UPDATE ledger.balance SET closed = false WHERE account_id = $escrow",
    ),
    Control(
        "is final with an open escrow: {}",
        "UPDATE orders SET state = 'settled' WHERE id = '$order'",
        "open",
    ),
    Control(
        "its deadline has passed and nothing happened: {}",
        "UPDATE orders SET deadline_at = now() - interval '1 hour' WHERE id = '$order'",
        "open",
    ),
    *(
        Control(
            "its offer, its wish or a reminder has passed and nothing happened: {}",
            doc(part, f'{{"{at}": "2026-01-01T00:00:00Z", "status": "asked"}}'),
            "open",
        )
        for part, at in (
            ("offer", "lapses_at"),
            ("offer", "remind_at"),
            ("cancellation_request", "answer_by"),
            ("cancellation_request", "remind_at"),
            ("deadline", "remind_at"),
        )
    ),
    Control(
        "what is sent of event {} waits for somebody to begin",
        "UPDATE deliveries SET created_at = now() - interval '1 hour' WHERE order_id = '$order'",
    ),
    Control(
        "request {} waits for its answer",
        "UPDATE requests SET received_at = now() - interval '1 hour' WHERE order_id = '$order'",
        "open",
    ),
]
