"""What people write to each other stays in the database: an order's history has none of it."""

from collections.abc import Sequence

from temporalio.api.history.v1 import HistoryEvent

from domain.actions import STORED
from domain.order import Actor
from domain.vocabulary import Action, State
from tests.domain.examples import BUYER, DAY, HOUR, MEDIATOR, SELLER, in_progress, runs_out
from tests.workflows.recording import Json
from tests.workflows.stage import Case, Stage

CANARY = "canary"
LIFE: list[tuple[Action, Actor, Json]] = [
    (Action.DELIVER, SELLER, {"message": "canary-early"}),
    (Action.ACCEPT, SELLER, {}),
    (
        Action.DELIVER,
        SELLER,
        {"message": "canary-message", "links": ["https://canary-link.example/"]},
    ),
    (Action.REQUEST_REVISION, BUYER, {"reason": "canary-wish"}),
    (Action.REFUSE_REVISION, SELLER, {"ground": "out_of_scope", "reason": "canary-ground"}),
    (Action.OPEN_DISPUTE, BUYER, {"reason": "canary-dispute"}),
    (Action.CANCEL, SELLER, {"reason": "canary-cancel"}),
    (
        Action.RESOLVE,
        MEDIATOR,
        {
            "outcome": "split",
            "refund": {"amount": 500, "currency": "EUR"},
            "reasons": "canary-ruling",
        },
    ),
]

EUR: Json = {"amount": 500, "currency": "EUR"}
OTHER_LIFE: list[tuple[Action, Actor, Json]] = [
    (Action.ACCEPT, SELLER, {}),
    (Action.REQUEST_OFFER, BUYER, {"description": "canary-need"}),
    (
        Action.MAKE_OFFER,
        SELLER,
        {
            "title": "canary-title",
            "description": "canary-description",
            "price": EUR,
            "delivery_time": "P2D",
        },
    ),
    (Action.REQUEST_CANCELLATION, BUYER, {"reason": "canary-wish"}),
    (Action.REFUSE_CANCELLATION, SELLER, {"reason": "canary-no"}),
    (Action.PROPOSE_SETTLEMENT, BUYER, {"refund": EUR, "reason": "canary-half"}),
    (Action.OPEN_DISPUTE, BUYER, {"reason": "canary-dispute"}),
    (
        Action.ADD_STATEMENT,
        SELLER,
        {"statement": "canary-statement", "links": ["https://canary-proof.example/"]},
    ),
]


def raw(history: Sequence[HistoryEvent]) -> bytes:
    """Everything in a history, payloads as they lie there."""
    return b"\n".join(event.SerializeToString() for event in history)


def written(case: Case) -> str:
    """Everything that was written down of the requests of an order."""
    return str([request.fields for request in case.database.rows[case.id].requests.values()])


async def test_no_text_of_a_life_lies_in_its_history(stage: Stage) -> None:
    case = await stage.order()
    for action, who, fields in LIFE:
        await case.does(action, who, **fields)
    assert State.SETTLED == (await case.handle.result()).kind
    refused = ["!deliver", "!cancel"]
    assert refused == [told for told in case.told if told.startswith("!")]
    history = raw(await case.history())
    assert CANARY.encode() not in history
    # What may lie there does, so that a history that is not read would be noticed.
    for clear in (STORED, "out_of_scope", "split", "refuse_revision", "mona"):
        assert clear.encode() in history
    assert all(text in written(case) for text in ("canary-message", "canary-link", "canary-ruling"))


async def test_no_text_of_offers_wishes_settlements_and_statements_lies_in_the_history(
    stage: Stage,
) -> None:
    case = await stage.order()
    for action, who, fields in OTHER_LIFE:
        assert (await case.does(action, who, **fields)).accepted
    (proposal,) = case.order.settlements
    await case.does(Action.ACCEPT_SETTLEMENT, SELLER, settlement_id=proposal.id)
    assert State.SETTLED == (await case.handle.result()).kind
    history = raw(await case.history())
    assert CANARY.encode() not in history
    for clear in (STORED, "propose_settlement", "P2D"):
        assert clear.encode() in history
    texts = ("need", "title", "description", "wish", "no", "half", "statement", "proof")
    assert all(f"canary-{text}" in written(case) for text in texts)


async def test_no_text_of_a_request_that_was_never_signalled_lies_in_the_history(
    skipping: Stage,
) -> None:
    case = await skipping.order(in_progress(), DAY)
    due = runs_out(case.order)
    assert due is not None
    request_id, _ = case.writes(Action.DELIVER, SELLER, due - HOUR, message="canary-message")
    await skipping.sleep(DAY)
    assert (await case.answer_to(request_id)).accepted
    await case.rests()
    assert ["deferred", "recorded"] == skipping.database.statuses
    history = raw(await case.history())
    assert (False, True) == (CANARY.encode() in history, STORED.encode() in history)
    assert "canary-message" in written(case)


async def test_the_texts_of_the_request_survive_the_writing_of_its_step(stage: Stage) -> None:
    case = await stage.order(in_progress())
    request_id = await case.asks(Action.DELIVER, SELLER, await stage.now(), message="the text")
    await case.answer_to(request_id)
    request = case.database.rows[case.id].requests[request_id]
    assert {"message": "the text", "links": []} == request.fields
