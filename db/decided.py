"""How a request was decided, as it is told to those who wait for it: who read the order just before
need not read it again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from db.odd_values import read_json
from db.orders import OrderRow
from db.reading import reading
from db.requests import Outcome, outcome_of
from domain.order import Order

CHANNEL = "sequestre_outcomes"


@dataclass(frozen=True)
class Decided:
    """What `announce` tells. `changed` has what is another in the order's document than in that of
    `version`; `at` is the instant (UTC) of the decision, and `messages` how many there were."""

    order_id: str
    request_id: str
    outcome: Mapping[str, Any]
    version: int
    at: str
    messages: int
    changed: Mapping[str, Any]

    def after(self, row: OrderRow, said: dict[str, Any]) -> tuple[OrderRow, Outcome] | None:
        """Return the order after the request, which said this, and its outcome, from the order as
        it was read before; None where it has changed in between.

        Raises:
            Spoiled: nothing can be made of it.
        """
        if (self.version, self.messages) != (row.order.version, row.messages):
            return None
        with reading(f"order {row.order.id}", row.order.parties):
            order = Order.model_validate({**row.order.model_dump(), **self.changed})
            requests = {**row.words.requests, self.request_id: said}
            words = replace(row.words, requests=requests)
            read_at = datetime.fromisoformat(self.at)
            return replace(row, order=order, words=words, read_at=read_at), outcome_of(self.outcome)


def decided_of(told: str) -> Decided | None:
    """Return what a notification tells; None where it is none of this release."""
    document = read_json(told)
    try:
        return Decided(**document)
    except TypeError:
        return None
