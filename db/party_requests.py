"""What a buyer or a seller asks of their order: the order is read and the request written down in
one round trip."""

from dataclasses import dataclass
from uuid import UUID

from db.idempotency import Claim, Key, claim_of
from db.orders import Listed, select_orders
from db.pool import Connection
from db.requests import Pending, as_written, not_too_many, signal_of
from domain.actions import Fields
from domain.cause import Cause
from domain.order import Actor
from domain.vocabulary import Role

_ASKED = select_orders("asked.*") + (
    "CROSS JOIN LATERAL write_partys_request("
    "o.id, o.version, o.doc, $2, $3, $4, $5, $6, $7, $8, $9)"
    " AS asked (asked_role, asked_at, fingerprint, order_id, request_id, answer) WHERE o.id = $1"
)


@dataclass(frozen=True)
class PartyRequest:
    """A request of a party, or what its key led to before, and the order as it was then."""

    listed: Listed
    actor: Actor
    written: Pending | Claim


async def write(
    connection: Connection,
    caller_id: str,
    key: Key | None,
    order_id: UUID,
    request_id: str,
    action: str,
    fields: Fields,
    most_attempts: int,
    cause: Cause | None = None,
) -> PartyRequest | None:
    """Write a request down as `requests.write_once` does, or without a key as `requests.write`.
    Return None, and write nothing, where there is no such order, the caller is neither its buyer
    nor its seller, or its document is not what its journal says.

    Raises:
        Crowded, TooManyAttempts, Spoiled: as `requests.write_once`.
    """
    signal = signal_of(fields, cause)
    with not_too_many():
        row = await connection.fetchrow(
            _ASKED,
            order_id,
            caller_id,
            key.key if key else None,
            key.fingerprint if key else None,
            request_id,
            action,
            as_written(fields),
            signal,
            most_attempts,
        )
    if row is None or row["asked_role"] is None:
        return None
    actor = Actor(id=caller_id, role=Role(row["asked_role"]))
    listed = Listed(row["id"], row["created_at"], row)
    if row["asked_at"] is None:
        return PartyRequest(listed, actor, claim_of(row))
    signal["actor"] = actor.model_dump(mode="json")
    return PartyRequest(
        listed, actor, Pending(order_id, request_id, action, signal, row["asked_at"])
    )
