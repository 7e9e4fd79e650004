"""Money that comes in or goes out, written once under its caller's key."""

import hashlib
from uuid import UUID

from fastapi import Response

from api import render
from api.answers import Answer, answer_with, once, reused
from api.auth.tokens import Caller
from api.currencies import demand_current
from api.operator_deeds import note
from api.problems import Problem, not_found
from api.schemas.ledger import NewPayout, NewTopUp
from db import transfers, wallets
from db.errors import AnotherContent, InsufficientFunds
from db.idempotency import Key
from db.pool import Connection, Pool
from domain.ledger import PostingKind
from domain.operator_deeds import Deed, Subject
from domain.vocabulary import Code

SHORT = {
    PostingKind.PAYOUT: "The wallet holds less than {}. Nothing changed.",
    PostingKind.COMMISSION_PAYOUT: "Of the commission less than {} was earned and not yet taken"
    " out. Nothing changed.",
}


async def carried(
    pool: Pool,
    key: Key,
    by: Caller,
    kind: PostingKind,
    user_id: str | None,
    asked: NewTopUp | NewPayout,
) -> Response:
    """Answer with the transfer that this key has made, now or before.

    Raises:
        Problem: there is not as much money (402), or the key came with another request (422).
    """
    # The ledger's key comes from the caller's: a second barrier behind the kept answer.
    digest = hashlib.sha256(f"{key.caller}\n{key.key}".encode()).hexdigest()

    async def work(connection: Connection) -> Answer:
        if kind is PostingKind.TOP_UP:
            demand_current(asked.currency, "body.currency")
        try:
            moved = await wallets.move(
                connection,
                f"{kind}:{digest}",
                kind,
                user_id,
                asked.amount,
                asked.currency,
                asked.reference,
                by.id,
            )
        except InsufficientFunds as error:
            raise Problem(Code.INSUFFICIENT_FUNDS, SHORT[kind].format(asked)) from error
        except AnotherContent as error:  # the kept answer has expired, the books have not
            raise reused() from error
        of = {"user_id": user_id, "reason": asked.reason}
        await note(connection, by, Deed(kind), Subject.TRANSFER, moved, **of)
        return await answer_of(connection, moved)

    return (await once(pool, key, work)).response()


async def answer_of(connection: Connection, transfer_id: UUID) -> Answer:
    """Return the answer that shows a transfer which has been written."""
    found = await transfers.get(connection, transfer_id)
    if found is None:
        raise not_found("transfer")
    return answer_with(201, render.transfer(found))
