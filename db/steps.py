"""Writing an order's steps: state, journal, money, notices and outcome in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, get_args

import asyncpg

from db.errors import ServiceChanged
from db.idempotency import Claim, KeptAnswer, Key, claim_of
from db.pool import Connection, no_overdraft, one_per_external_id
from domain.cause import Cause
from domain.command import Refusal
from domain.ledger import PostingKind
from domain.money import in_words
from domain.order import Order
from domain.order_texts import OrderTexts
from domain.reasons import Reason
from domain.step import Entry, Recorded, Status, Step, ToRecord
from domain.vocabulary import Code

SERVICE_CHANGED = "PL001"
"""What the database says when a service is not on sale as its buyer saw it."""

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
        call=answer.get("call"),
    )


async def place(connection: Connection, step: Step, words: OrderTexts) -> None:
    """Write a new order with its first postings.

    Raises:
        InsufficientFunds: the buyer's wallet holds too little.
        ExternalIdTaken: another order has this one's.
    """
    with no_overdraft(), one_per_external_id():
        await connection.execute("SELECT place_order($1)", _placed(step, words))


async def place_once(
    connection: Connection,
    key: Key,
    step: Step,
    words: OrderTexts,
    service_version: int,
    answer: KeptAnswer,
    cause: Cause | None = None,
) -> Claim | None:
    """Write a new order as `place` does, with the answer that its key gets from now on, in one
    round trip; or return what the key led to before. Where another transaction holds it, wait for
    that one's end.

    Raises:
        ServiceChanged: the service is not of this version, or archived.
        InsufficientFunds, ExternalIdTaken: as `place`; the key stays free.
        Spoiled: what the key led to cannot be read.
    """
    with no_overdraft(), one_per_external_id(), _on_sale():
        (row,) = await connection.fetch(
            "SELECT * FROM place_keyed_order($1, $2, $3, $4, $5, $6)",
            key.caller,
            key.key,
            key.fingerprint,
            answer,
            service_version,
            _placed(step, words, cause),
        )
    return claim_of(row) if row["fingerprint"] is not None else None


@contextmanager
def _on_sale() -> Iterator[None]:
    try:
        yield
    except asyncpg.PostgresError as error:
        if error.sqlstate == SERVICE_CHANGED:
            raise ServiceChanged from error
        raise


def _placed(step: Step, words: OrderTexts, cause: Cause | None = None) -> dict[str, Any]:
    order = step.order
    buyer = {"id": order.buyer_id, "role": "buyer"}
    entry = {"action": "place", "actor": buyer, "received_at": order.created_at}
    return {
        "doc": order,
        "postings": step.postings,
        "title": words.title,
        "brief": words.brief,
        "titles": words.titles,
        "external_id": words.external_id,
        "metadata": words.metadata,
        "event": {**entry, **_accepted(step), "cause": _said_of(cause)},
    }


def _said_of(cause: Cause | None) -> dict[str, str] | None:
    return None if cause is None else cause.model_dump(exclude_none=True)


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
        "event": {**entry, **_accepted(step), "cause": _said_of(record.cause)},
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
