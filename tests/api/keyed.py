"""Requests under a key, and what of their answers has to be the same."""

from typing import Any

import httpx

from tests.app_under_test import AppUnderTest, OrderInPlay, Person


def said(answer: httpx.Response) -> tuple[object, ...]:
    """Everything of an answer that a caller can rely on."""
    names = ("Content-Type", "Location", "ETag")
    return answer.status_code, answer.content, *(answer.headers.get(name) for name in names)


async def ordered(
    app: AppUnderTest, in_play: OrderInPlay, key: str | None, who: Person | None = None
) -> Any:
    body = {"service_id": in_play.service["id"], "brief": "Once."}
    return await app.api.post("/v1/orders", who or in_play.buyer, body, key=key)


async def orders_of(app: AppUnderTest, who: Person) -> int:
    return len((await app.api.get("/v1/orders?role=buyer", who)).json()["items"])
