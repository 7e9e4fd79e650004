"""Orders that were asked for with a payment: placed as soon as that has come, as their buyer would,
or not at all, where that is no longer possible: the money is in the wallet then, and stays."""

import hashlib
import json
from uuid import UUID

from api.answers import KEPT_UNDER_ITS_KEY, refusal_under
from api.auth.tokens import NEVER, Authority, Caller
from api.placing import placed_once
from api.problems import spoiled
from api.relay import going_on
from api.schemas.orders import NewOrder
from api.state import Services
from api.work_lists import BATCH, WorkList
from db import pay_ins
from db.errors import Spoiled
from db.idempotency import Key
from db.pay_ins import Wish
from db.pool import connection
from db.reading import reading
from domain.vocabulary import known_code


async def place_wished(shared: Services, work: WorkList[UUID]) -> bool:
    """Place the orders that are due; return whether there may be more.

    Raises:
        Unavailable: the database does not answer.
    """
    async with connection(shared.pool) as acquired:
        due = await pay_ins.wishes(acquired, BATCH, work.passed)
    decided = []
    for wish in due:
        with going_on(str(wish.pay_in_id)):
            await _place(shared, wish)
            decided.append(wish.pay_in_id)
    return work.looked_at([wish.pay_in_id for wish in due], decided)


async def _place(shared: Services, wish: Wish) -> None:
    buyer = Caller(id=wish.user_id, roles=frozenset({Authority.USER}), expires_at=NEVER)
    # Under a caller of its own, whom with a slash nobody is: nobody's keys are taken, and none of
    # theirs leads here.
    key = Key(f"pay-in/{wish.pay_in_id}", "order", hashlib.sha256(wish.pay_in_id.bytes).digest())
    with reading(f"the order of payment {wish.pay_in_id}"):  # a newer release may read it
        body = NewOrder.model_validate(wish.order)
    try:
        answer = await placed_once(shared, buyer, body, key)
    except Spoiled as error:  # or else those behind it would wait for it
        answer = refusal_under(None, spoiled(error))
    said = json.loads(answer.body)
    async with connection(shared.pool) as acquired:
        if answer.status == 201:
            await pay_ins.note_order(acquired, wish.pay_in_id, UUID(said["id"]))
        else:
            why = said["detail"].removesuffix(f" {KEPT_UNDER_ITS_KEY.get(answer.status, '')}")
            await pay_ins.note_refused(acquired, wish.pay_in_id, known_code(said["code"]), why)
