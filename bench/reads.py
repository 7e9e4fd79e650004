"""Reads and pages: how long one takes alone, and how many a second there are at the most."""

import asyncio
import time
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from api.auth.tokens import Authority
from bench.figures import Latency
from bench.life import ACTS, Failed, Marketplace
from bench.plan import Plan
from bench.stack import MeasuredStack

ORDERS = 30
"""Of the seller whose list is read: more than a page has."""
AT_ONCE = 8


class Read(BaseModel):
    """What was found of one address."""

    model_config = ConfigDict(frozen=True)

    took: Latency
    """One after the other."""
    a_second: float
    """Asked by several at once."""


class Reads(BaseModel):
    """What was found of each, by what it is."""

    model_config = ConfigDict(frozen=True)

    at_once: int
    seconds: float
    of: dict[str, Read]


@dataclass(frozen=True)
class _Address:
    path: str
    headers: str
    method: str = "GET"


async def reads(measured: MeasuredStack, plan: Plan) -> Reads:
    """Measure each address for some seconds alone, and for as many by several at once.

    Raises:
        Failed: an address does not answer as it should.
    """
    marketplace, seconds, found = measured.marketplace, plan.reading, {}
    for name, address in (await _addresses(marketplace)).items():
        await _asked(marketplace, address)
        took = await _while(marketplace, address, seconds, 1)
        crowd = await _while(marketplace, address, seconds, AT_ONCE)
        found[name] = Read(took=Latency.of(took), a_second=len(crowd) / seconds)
    return Reads(at_once=AT_ONCE, seconds=seconds, of=found)


async def _addresses(marketplace: Marketplace) -> dict[str, _Address]:
    pair = await marketplace.pair()
    orders = [await marketplace.place(pair) for _ in range(ORDERS)]
    for act in ACTS[:-1]:
        await marketplace.act(pair, orders[-1], act)
    order = f"/v1/orders/{orders[-1]}"
    buyer = await _session(marketplace, pair.buyer)
    operator = await _session(marketplace, marketplace.signed("olga", Authority.OPERATOR))
    return {
        "order": _Address(order, pair.buyer),
        "list of orders": _Address("/v1/orders?limit=20", pair.seller),
        "preview": _Address(f"{order}/actions/complete/preview", pair.buyer, "POST"),
        "order page": _Address(f"/orders/{orders[-1]}", buyer),
        "console home": _Address("/console", operator),
    }


async def _session(marketplace: Marketplace, authorization: str) -> str:
    """Return the cookie of somebody who has signed in to the pages."""
    token = authorization.split()[-1]
    answer = await marketplace.client.ask("GET", f"/session?token={token}")
    cookie = answer.header("set-cookie")
    if cookie is None:
        raise Failed(f"no session was begun: {answer.status}")
    return f"Cookie: {cookie.partition(';')[0]}\r\n"


async def _asked(marketplace: Marketplace, address: _Address) -> None:
    answer = await marketplace.client.ask(address.method, address.path, address.headers)
    if answer.status != 200:
        raise Failed(f"{address.path} answered {answer.status}")


async def _while(
    marketplace: Marketplace, address: _Address, seconds: float, at_once: int
) -> list[float]:
    """Ask again and again, and return how long each answer took, in seconds."""
    until = time.perf_counter() + seconds
    took: list[float] = []

    async def one() -> None:
        while (began := time.perf_counter()) < until:
            await _asked(marketplace, address)
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(one() for _ in range(at_once)))
    return took
