"""What the routes share, made when the application starts."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.action_service import ActionService
from api.auth.shown_roles import ShownRoles
from api.clock_walk import ClockWalk
from api.gateway import Gateway
from api.operator_deeds import Exports
from api.relay import Relay
from api.stack_clock import StackClock
from db.listener import Listener
from db.pool import Pool
from db.sealing import Keyring
from domain.policy import Policy
from providers.protocol import Provider


@dataclass(frozen=True)
class Services:
    """The parts of the running API."""

    pool: Pool
    gateway: Gateway
    relay: Relay
    actions: ActionService
    listener: Listener
    policy: Policy
    shown_roles: ShownRoles
    keyring: Keyring
    clock: StackClock
    clock_walk: ClockWalk
    exports: Exports
    payments: Provider
    webhook_allow_private: bool = False
    max_messages: int = 0
    """How many messages of one person an order takes at once; 0: without limit."""
    stream_heartbeat: float = 15.0
    """Seconds after which a stream that has nothing to tell says so."""
    payout_approval_above: int | None = None
    """Minor units above which somebody's payouts of a day need a second person; None: none do."""


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Shared = Annotated[Services, Depends(_services)]
