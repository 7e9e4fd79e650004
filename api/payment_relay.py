"""Brings what is asked of a payment provider, and what it says, to the workflows that see to it, at
once or as soon as Temporal is there again. Where there is no provider, nobody looks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeVar
from uuid import UUID

from api.gateway import Gateway
from api.relay import Relay, going_on, tried
from api.state import Services
from api.wished_orders import place_wished
from api.work_lists import BATCH, WorkList
from db import chargebacks, pay_ins, payouts, provider_events
from db.pool import Connection, Pool, connection
from domain.payments import OF_PAYOUTS, PaymentRef, Way

Mark = Callable[[Connection], Awaitable[None]]
"""Notes that a workflow has been told."""

Key = TypeVar("Key")
ToTell = Mapping[Key, tuple[PaymentRef, Mark]]


class PaymentRelay:
    """What is written down of payments is told to their workflows by `run`."""

    def __init__(self, shared: Services) -> None:
        self._shared = shared
        self._pool: Pool = shared.pool
        self._gateway: Gateway = shared.gateway
        self._relay: Relay = shared.relay
        self._new_pay_ins: WorkList[UUID] = WorkList()
        self._untold_payouts: WorkList[UUID] = WorkList()
        self._untold_events: WorkList[int] = WorkList()
        self._chargebacks: WorkList[UUID] = WorkList()
        self._wished: WorkList[UUID] = WorkList()

    async def run(self, pause: float) -> None:
        """Look every `pause` seconds for what has not reached its workflow, until cancelled."""
        while True:
            more = self._gateway.answers and await tried(self._look)
            await asyncio.sleep(0 if more else pause)

    async def _look(self) -> bool:
        """Return whether there may be more. What stops one part does not stop the next."""
        parts = (
            self._start_pay_ins,
            self._start_payouts,
            self._tell_of_events,
            self._carry_chargebacks,
            partial(place_wished, self._shared, self._wished),
        )
        return any([await tried(part) for part in parts])

    async def _start_pay_ins(self) -> bool:
        """Have somebody wait for payments that were asked for; return whether there may be more."""
        async with connection(self._pool) as acquired:
            waiting = await pay_ins.not_started(acquired, BATCH, self._new_pay_ins.passed)
        to_tell = {
            one: (PaymentRef(Way.IN, one), partial(pay_ins.mark_started, pay_in_id=one))
            for one in waiting
        }
        return await self._tell(self._new_pay_ins, to_tell)

    async def _start_payouts(self) -> bool:
        """Have somebody see to payouts that were asked for, approved or taken back; return whether
        there may be more."""
        async with connection(self._pool) as acquired:
            untold = await payouts.untold(acquired, BATCH, self._untold_payouts.passed)
        to_tell = {
            one: (PaymentRef(Way.OUT, one), partial(payouts.mark_told, payout_id=one, state=state))
            for one, state in untold.items()
        }
        return await self._tell(self._untold_payouts, to_tell)

    async def _tell_of_events(self) -> bool:
        """Tell the workflows of payments what their provider has said; return whether there may be
        more."""
        async with connection(self._pool) as acquired:
            untold = await provider_events.untold(acquired, BATCH, self._untold_events.passed)
        to_tell = {
            one.number: (
                PaymentRef(Way.OUT if one.kind in OF_PAYOUTS else Way.IN, one.ours),
                partial(provider_events.mark_told, number=one.number),
            )
            for one in untold
        }
        return await self._tell(self._untold_events, to_tell)

    async def _tell(self, work: WorkList[Key], to_tell: ToTell[Key]) -> bool:
        """Tell the workflows of a batch of payments; return whether there may be more. One that can
        take no more keeps no other payment waiting, and is told at a later look."""
        told = []
        for one, (payment, mark) in to_tell.items():
            with going_on(str(payment.id)):
                await self._gateway.tell_payment(payment, await self._shared.clock.reading())
                async with connection(self._pool) as acquired:
                    await mark(acquired)
                told.append(one)
        return work.looked_at(to_tell, told)

    async def _carry_chargebacks(self) -> bool:
        """Have orders and wallets be as the disputes of their payments ask for; return whether
        there may be more."""
        async with connection(self._pool) as acquired:
            waiting = await chargebacks.not_carried(acquired, BATCH, self._chargebacks.passed)
        for one in waiting:
            await tried(partial(self._carry_chargeback, one))
        self._chargebacks.looked_at(waiting)
        return False  # those whose orders have to end first are looked at again later

    async def _carry_chargeback(self, one: UUID) -> bool:
        async with connection(self._pool) as acquired:
            asked = await chargebacks.carry(acquired, one)
        if asked is not None:
            with going_on(str(asked.order_id)):
                await self._relay.send(asked)
        return False
