"""Each oracle is shown something known to be bad: one that sees nothing proves nothing."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest

from tests.chaos.conftest import QuietApp
from tests.chaos.evidence import Evidence
from tests.chaos.oracles import ORACLES, violations
from tests.db.market import Owner


def found_by(oracle: str, evidence: Evidence) -> list[str]:
    """What one oracle finds."""
    return list(ORACLES[oracle](evidence))


async def test_the_oracles_find_nothing_wrong_with_orders_that_were_played_in_peace(
    quiet: QuietApp,
) -> None:
    assert violations(quiet.evidence) == {}
    assert len(quiet.evidence.orders) > 5


IN_THE_DATABASE: dict[str, tuple[str, str]] = {
    "a posting is tampered with": (
        "ledger",
        "UPDATE ledger.transfer SET amount = amount + 1 WHERE (tx_id, leg) = (SELECT min(id), 1"
        " FROM ledger.tx WHERE kind = 'release')",
    ),
    "a wallet is tampered with": (
        "ledger",
        "UPDATE ledger.balance SET balance = balance + 1 WHERE balance > 0",
    ),
    "money is taken out of an order": (
        "conservation",
        "UPDATE ledger.transfer SET amount = amount - 1 WHERE (tx_id, leg) = (SELECT min(id), 1"
        " FROM ledger.tx WHERE kind = 'refund')",
    ),
    "a notice is missing": (
        "agreement",
        "DELETE FROM notices WHERE id = (SELECT max(id) FROM notices)",
    ),
    "nobody is told of a reversal": ("agreement", "DELETE FROM wallet_notices"),
    "a reversal moves something else": (
        "effects",
        "UPDATE ledger.transfer SET amount = amount - 1 WHERE tx_id IN"
        " (SELECT id FROM ledger.tx WHERE kind = 'reversal')",
    ),
    "somebody is told twice": (
        "agreement",
        "INSERT INTO notices (order_id, seq, role, user_id, event)"
        " SELECT order_id, seq, role, 'somebody-else', event FROM notices LIMIT 1",
    ),
    "what the marketplace noted is gone": ("effects", "UPDATE order_metadata SET metadata = '{}'"),
    "what was archived is on offer": ("effects", "UPDATE services SET archived_at = NULL"),
    "a request that was answered with 200 is gone": (
        "effects",
        "DELETE FROM requests WHERE action = 'deliver'",
    ),
    "its step is gone as well": (
        "effects",
        "DELETE FROM notices USING events e WHERE (notices.order_id, notices.seq) ="
        " (e.order_id, e.seq) AND e.action = 'deliver';"
        "DELETE FROM events WHERE action = 'deliver'",
    ),
    "a refusal was carried out": (
        "effects",
        'UPDATE requests SET outcome = outcome || \'{"accepted": false, "code": "forbidden"}\''
        " WHERE action = 'complete'",
    ),
    "a request was never decided": (
        "liveness",
        "UPDATE requests SET outcome = NULL WHERE action = 'complete'",
    ),
    "a step came after the deadline": (
        "agreement",
        "UPDATE events SET received_at = received_at + interval '1 year' WHERE action = 'complete'",
    ),
    "a step was allowed to the wrong person": (
        "agreement",
        'UPDATE events SET actor = \'{"id": "buyer-0", "role": "buyer"}\''
        " WHERE action = 'deliver'",
    ),
    "a step was refused to the right person": (
        "agreement",
        "UPDATE events SET accepted = false, event = NULL, code = 'action-not-allowed',"
        " reason = 'No.' WHERE action = 'deliver'",
    ),
    "a message that was taken is gone": (
        "conversations",
        "DELETE FROM messages m USING (SELECT order_id, max(number) AS number FROM messages"
        " GROUP BY order_id) l WHERE (m.order_id, m.number) = (l.order_id, l.number)",
    ),
    "a message is there twice": (
        "conversations",
        "INSERT INTO messages SELECT order_id, number + 1000, at, author_id, author_role, text,"
        " links, weight, after_seq, step FROM messages LIMIT 1",
    ),
    "a message is another than was written": (
        "conversations",
        "UPDATE messages SET text = text || '!'",
    ),
    "a message is told to nobody": ("conversations", "DELETE FROM notices WHERE seq < 0"),
    "an order stands elsewhere than its journal": (
        "agreement",
        "UPDATE orders SET version = version + 1",
    ),
}


@pytest.mark.parametrize("wrong", IN_THE_DATABASE)
async def test_what_is_wrong_in_the_database_is_seen(
    wrong: str, quiet: QuietApp, owner: Owner
) -> None:
    oracle, statements = IN_THE_DATABASE[wrong]
    await owner.execute(statements)
    assert found_by(oracle, await quiet.again(owner))


def _lose_an_order(evidence: Evidence) -> None:
    del evidence.orders[next(iter(evidence.orders))]


def _top_up_twice(evidence: Evidence) -> None:
    evidence.postings += [one for one in evidence.postings if one["kind"] == "top_up"]


def _reverse_twice(evidence: Evidence) -> None:
    evidence.postings += [one for one in evidence.postings if one["kind"] == "reversal"]


def _take_commission_twice(evidence: Evidence) -> None:
    evidence.postings += [one for one in evidence.postings if one["kind"] == "commission_payout"]


def _forget_a_reversal(evidence: Evidence) -> None:
    evidence.intents[:] = [one for one in evidence.intents if one.action != "reverse"]


def _forget_a_top_up(evidence: Evidence) -> None:
    evidence.intents[:] = [one for one in evidence.intents if one.action != "top-ups"]


def _answer_otherwise(evidence: Evidence) -> None:
    told = next(one for one in evidence.intents if one.action == "complete")
    told.answers.append(replace(told.answers[0], status=409))


def _answer_with_500(evidence: Evidence) -> None:
    evidence.intents[0].outrages.append("500 Internal Server Error")


def _say_otherwise_at_the_location(evidence: Evidence) -> None:
    told = next(one for one in evidence.intents if one.action == "complete")
    told.outcomes.append({"seq": 1, "accepted": False, "code": "forbidden", "detail": "No."})


def _never_answer(evidence: Evidence) -> None:
    evidence.intents[0].answers.clear()


def _stay(evidence: Evidence) -> None:
    evidence.unfinished.append(next(iter(evidence.orders)))


def _keep_a_workflow(evidence: Evidence) -> None:
    assert evidence.workflows is not None
    order_id, seen = next(iter(evidence.workflows.items()))
    evidence.workflows[order_id] = replace(seen, status="running")


def _forget_a_step(evidence: Evidence) -> None:
    assert evidence.workflows is not None
    order_id, seen = next(iter(evidence.workflows.items()))
    evidence.workflows[order_id] = replace(seen, order={**(seen.order or {}), "version": 1})


def _show_another_state(evidence: Evidence) -> None:
    assert evidence.workflows is not None
    order_id, seen = next(iter(evidence.workflows.items()))
    evidence.workflows[order_id] = replace(seen, shown="pending")


def _show_a_notice_twice(evidence: Evidence) -> None:
    inbox = evidence.inboxes["buyer-0"]
    inbox.append(inbox[0])


def _let_read_what_was(evidence: Evidence) -> None:
    evidence.readings[next(iter(evidence.readings))] = {"state": "pending", "version": 1}


def _read_another_wallet(evidence: Evidence) -> None:
    evidence.wallets["buyer-0"]["balances"][0]["amount"] += 1


def _read_another_message(evidence: Evidence) -> None:
    next(iter(evidence.conversations.values())).reverse()
    next(iter(evidence.conversations.values())).append("Another one.")


def _forget_a_message(evidence: Evidence) -> None:
    evidence.intents[:] = [one for one in evidence.intents if one.action != "message"]


def _make_a_service_twice(evidence: Evidence) -> None:
    evidence.services.append({**evidence.services[0], "id": "another"})


def _miss_an_event(evidence: Evidence) -> None:
    assert evidence.feed is not None
    del evidence.feed[-1]


def _miss_a_transfer(evidence: Evidence) -> None:
    assert evidence.feed is not None
    evidence.feed.remove(next(one for one in evidence.feed if "transfer" in one))


def _tell_an_event_twice(evidence: Evidence) -> None:
    assert evidence.feed is not None
    evidence.feed.append(evidence.feed[-1])


def _tell_what_never_happened(evidence: Evidence) -> None:
    assert evidence.feed is not None
    evidence.feed.append("evt_transfer_9999")


def _turn_the_feed_round(evidence: Evidence) -> None:
    assert evidence.feed is not None
    evidence.feed.reverse()


def _follow_with_a_gap(evidence: Evidence) -> None:
    assert evidence.feed is not None
    evidence.followed = evidence.feed[1:]


ELSEWHERE: list[tuple[str, Callable[[Evidence], None]]] = [
    ("effects", _lose_an_order),
    ("effects", _top_up_twice),
    ("effects", _reverse_twice),
    ("effects", _take_commission_twice),
    ("conservation", _take_commission_twice),
    ("effects", _forget_a_reversal),
    ("conservation", _forget_a_top_up),
    ("effects", _answer_otherwise),
    ("effects", _answer_with_500),
    ("effects", _say_otherwise_at_the_location),
    ("liveness", _never_answer),
    ("liveness", _stay),
    ("liveness", _keep_a_workflow),
    ("agreement", _keep_a_workflow),
    ("agreement", _forget_a_step),
    ("agreement", _show_another_state),
    ("agreement", _show_a_notice_twice),
    ("agreement", _let_read_what_was),
    ("agreement", _read_another_wallet),
    ("agreement", _miss_an_event),
    ("agreement", _miss_a_transfer),
    ("agreement", _tell_an_event_twice),
    ("agreement", _tell_what_never_happened),
    ("agreement", _turn_the_feed_round),
    ("agreement", _follow_with_a_gap),
    ("effects", _make_a_service_twice),
    ("conversations", _read_another_message),
    ("conversations", _forget_a_message),
]


@pytest.mark.parametrize(("oracle", "spoil"), ELSEWHERE)
async def test_what_is_wrong_elsewhere_is_seen(
    oracle: str, spoil: Callable[[Evidence], None], quiet: QuietApp
) -> None:
    evidence = deepcopy(quiet.evidence)
    spoil(evidence)
    assert found_by(oracle, evidence)
