"""Every open order is brought to its end: by its people, or by a deadline that nobody is before."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

import httpx

from tests.app_under_test import MEDIATOR, OPERATOR, ApiClient, Json, Person
from tests.contract import FINAL

AT_ONCE = 8
PATIENCE_SECONDS = 150.0
PAUSE_SECONDS = 0.5
LEFT_TO_SILENCE = ("pending", "revision_refused")
"""States with short windows: nobody acts, and their deadlines end them."""

RULING = {"outcome": "refund", "reasons": "It was lost."}


async def all_ended(api: ApiClient, orders: Iterable[UUID]) -> None:
    """Returns when each of these orders has ended.

    Raises:
        TimeoutError: one of them does not.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(order_id: UUID) -> None:
        async with gate:
            await _ended(api, str(order_id))

    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*map(one, orders))


async def _ended(api: ApiClient, order_id: str) -> None:
    while (order := await api.order(order_id, OPERATOR))["state"] not in FINAL:
        if order["state"] not in LEFT_TO_SILENCE:
            who, action, body = _way_out(order)
            answer = await api.act(order, action, who, body)
            assert answer.status_code in (200, 409), answer.text
            if answer.status_code == httpx.codes.OK:
                continue
        await asyncio.sleep(PAUSE_SECONDS)


def _way_out(order: Json) -> tuple[Person, str, Json | None]:
    match order["state"]:
        case "disputed":
            return MEDIATOR, "resolve", RULING
        case "in_progress":
            return OPERATOR, "cancel", None
        case _:
            return Person(order["buyer_id"]), "complete", None
