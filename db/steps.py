"""Writing an order's steps: state, journal, money, notices and outcome in one transaction."""

from datetime import timedelta
from typing import Any, get_args

from db.pool import Connection, no_overdraft, one_per_external_id
from domain.command import Refusal
from domain.ledger import PostingKind
from domain.money import in_words
from domain.order import Order
from domain.order_texts import OrderTexts
from domain.reasons import Reason
from domain.step import Entry, Recorded, Status, Step, ToRecord
from domain.vocabulary import Code

STATUSES = get_args(Status)


class NewerDatabase(Exception):
    """The database was migrated to a release that answers in words which this one does not know."""

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The database answers {status!r}, which only a newer release understands: bring its"
            " workers up."
        )


async def record(connection: Connection, record: ToRecord) -> Recorded:
    """Write a step or a refusal once, in one round trip.

    Raises:
        NewerDatabase: the database gives an answer of a release that is newer than this.
    """
    answer = await connection.fetchval("SELECT record_step($1)", _document(record))
    if answer["status"] not in STATUSES:
        raise NewerDatabase(answer["status"])
    return Recorded(
        status=answer["status"],
        order=Order.model_validate(answer["doc"]),
        outcome=answer.get("outcome"),
        wait=timedelta(seconds=float(answer.get("wait", 0))),
        requests=tuple(answer.get("requests", ())),
        generation=answer.get("generation", 0),
    )


async def place(connection: Connection, step: Step, words: OrderTexts) -> None:
    """Write a new order with its first postings.

    Raises:
        InsufficientFunds: the buyer's wallet holds too little.
        ExternalIdTaken: another order has this one's.
    """
    order = step.order
    buyer = {"id": order.buyer_id, "role": "buyer"}
    entry = {"action": "place", "actor": buyer, "received_at": order.created_at}
    document = {
        "doc": order,
        "postings": step.postings,
        "title": words.title,
        "brief": words.brief,
        "titles": words.titles,
        "external_id": words.external_id,
        "metadata": words.metadata,
        "event": {**entry, **_accepted(step)},
    }
    with no_overdraft(), one_per_external_id():
        await connection.execute("SELECT place_order($1)", document)


def _document(record: ToRecord) -> dict[str, Any]:
    document: dict[str, Any] = {
        "order_id": record.order_id,
        "expected_version": record.expected_version,
        "generation": record.generation,
        "request_id": record.entry.request_id,
        "fields": record.entry.fields,
        "deadline_at": record.deadline_at,
        "postings": [],
    }
    entry = _entry(record.entry)
    if isinstance(record.verdict, Refusal):
        return {**document, "event": {**entry, **_refused(record.verdict)}}
    step = record.verdict
    return {
        **document,
        "doc": step.order,
        "postings": step.postings,
        "event": {**entry, **_accepted(step)},
        # Whether the wallet holds enough is known under its lock only, so the refusal goes along.
        "if_short": _if_short(step),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return entry.model_dump(mode="json", include={"action", "actor", "request_id", "received_at"})


def _accepted(step: Step) -> dict[str, Any]:
    return {"accepted": True, "event": step.event, "notices": step.notices}


def _refused(refusal: Refusal) -> dict[str, Any]:
    verdict = {"accepted": False, "code": refusal.code, "reason": refusal.detail}
    return {**verdict, "field": refusal.field, "event": None, "notices": []}


def _if_short(step: Step) -> dict[str, Any] | None:
    """Return the refusal to write instead when the wallet holds less than the step takes."""
    price = sum(
        leg.amount
        for posting in step.postings
        if posting.kind is PostingKind.HOLD
        for leg in posting.legs
    )
    if price == 0:
        return None
    words = in_words(price, step.order.currency)
    refusal = Refusal(code=Code.INSUFFICIENT_FUNDS, detail=Reason.WALLET_SHORT.says(price=words))
    return _refused(refusal)
