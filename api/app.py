"""The application: what it is made of, and its life."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress

import structlog
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline

from api import problems
from api.action_service import ActionService
from api.auth.shown_roles import ShownRoles
from api.auth.sign_in_provider import SignInProvider
from api.auth.stream_tickets import StreamTickets
from api.auth.tokens import Verifier
from api.clock_walk import ClockWalk
from api.gateway import Gateway
from api.guard.addresses import Addresses
from api.guard.ambiguous_heads import AmbiguousHeads
from api.guard.head_requests import HeadRequests
from api.guard.held_bytes import HeldBytes
from api.guard.in_flight import InFlight
from api.guard.limits import BodyLimit, HeadLimit
from api.guard.rate_limits import Clock, RateLimit
from api.guard.ticket_holders import TicketHolders
from api.guard.traces import TraceIds, is_untold
from api.in_pieces import in_pieces
from api.openapi.document import describe
from api.openapi.tags import TAGS
from api.operator_deeds import Exports
from api.pages.errors import PageProblems
from api.pages.routing import include_pages
from api.pages.session_holders import SessionHolders
from api.payment_relay import PaymentRelay
from api.relay import Relay
from api.routes import (
    accounts,
    actions,
    cases,
    chargebacks,
    confirm_email,
    disputes,
    feed,
    health,
    me,
    messages,
    notifications,
    operator_journal,
    orders,
    pay_ins,
    payout_account,
    payouts,
    previews,
    provider_events,
    provider_webhook,
    sellers,
    service_changes,
    services,
    stream,
    test_clock,
    transfers,
    users,
    wallets,
    webhooks,
)
from api.shown_metrics import shown
from api.stack_clock import StackClock
from api.state import Services
from db.accounts import sum_in_turn
from db.errors import Unavailable
from db.feed import give_numbers
from db.figures import add_up_states
from db.listener import Listener
from db.pool import Pool, create_pool
from db.reputation import age
from db.sealed_secrets import seal_all
from db.sealing import Keyring
from infra import temporal, tracing
from infra.metrics.processes import ApiMetrics
from infra.provider_settings import provider_of
from infra.settings import Settings
from infra.unconnected_payments import tell_unconnected

SEALING_PAUSE_SECONDS = 1.0

log = structlog.get_logger()

TELEMETRY: TelemetryConfig = {
    "auto_configure": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "exclude": is_untold,
}
"""Of what the framework could tell by itself, traces of requests alone."""

SUMMARY = "Séquestre: the escrow order service for freelance marketplaces"
DESCRIPTION = """Séquestre carries orders of a freelance marketplace from the payment to the end:
money in escrow, deadlines that act by themselves, revisions, disputes. Amounts are integers in the
currency's minor unit, instants are UTC, durations ISO 8601 in days of 24 hours and parts of them.
Errors are problem details (RFC 9457) with a stable `code`."""


ROUTES = (
    service_changes,
    services,
    sellers,
    orders,
    actions,
    previews,
    stream,
    cases,
    messages,
    disputes,
    users,
    wallets,
    feed,
    transfers,
    accounts,
    pay_ins,
    payouts,
    payout_account,
    chargebacks,
    provider_events,
    provider_webhook,
    operator_journal,
    webhooks,
    me,
    confirm_email,
    notifications,
    test_clock,
    health,
)


def create_app(settings: Settings, clock: Clock = time.monotonic) -> FastAPI:
    """Return the API over the database and the Temporal server that the environment names. It
    starts without either and answers 503 until they are there. The `clock` (seconds) is that of
    the rate limit.

    Raises:
        ValueError: the settings name no way of checking tokens.
    """
    app = FastAPIOffline(
        title="Séquestre",
        version="0.1.0",
        summary=SUMMARY,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url="/v1/openapi.json",
        webhooks=webhooks.sent,
        redirect_slashes=False,  # a redirect would name the host that the caller names
        lifespan=_life,
        telemetry=TELEMETRY | {"tracing": tracing.is_on()},
    )
    app.state.settings, app.state.verifier = settings, Verifier(settings)
    app.state.metrics = ApiMetrics()
    problems.install(app)
    describe(app)
    _guard(app, settings, app.state.verifier, clock)
    for routes in ROUTES:
        app.include_router(routes.router)
    include_pages(app, settings)
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    verifier: Verifier = app.state.verifier
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(aclosing(verifier))
        app.state.provider = await _provider(settings, verifier, stack)
        services = await stack.enter_async_context(running(settings, settings.keyring))
        app.state.services = services
        async with shown(app.state.metrics, services, settings.api_metrics_address):
            yield


async def _provider(
    settings: Settings, verifier: Verifier, stack: AsyncExitStack
) -> SignInProvider | None:
    """Return whom people sign in to the pages with, if it is set, for as long as the stack is."""
    if settings.oidc_issuer is None:
        return None
    return await stack.enter_async_context(aclosing(SignInProvider(settings, verifier)))


def _guard(app: FastAPI, settings: Settings, verifier: Verifier, clock: Clock) -> None:
    """Put in what a request passes before it reaches a route, the innermost first."""
    app.add_middleware(HeadRequests)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body)
    # Round the limit of bodies: a request is under way while its body is still coming.
    if settings.max_held_bytes > 0:
        app.add_middleware(HeldBytes, verifier=verifier, most=settings.max_held_bytes)
    if settings.max_in_flight > 0:
        app.add_middleware(
            InFlight,
            verifier=verifier,
            most=settings.max_in_flight,
            most_streams=settings.max_streams,
        )
    # Of what is refused here, nothing has been looked at but the head.
    if settings.rate_limit > 0:
        app.add_middleware(
            RateLimit,
            verifier=verifier,
            per_minute=settings.rate_limit,
            burst=settings.rate_burst,
            clock=clock,
        )
    app.add_middleware(TicketHolders, tickets=StreamTickets(settings.keyring))
    app.add_middleware(SessionHolders, keyring=settings.keyring)
    app.add_middleware(Addresses)
    app.add_middleware(AmbiguousHeads)
    app.add_middleware(HeadLimit)
    app.add_middleware(PageProblems, application=app)
    if tracing.is_on():
        app.add_middleware(TraceIds)


async def sealing(pool: Pool, keyring: Keyring) -> None:
    """Seal the secrets that are in clear or sealed by an older key, as soon as the database lets
    it."""
    while True:
        try:
            sealed = await seal_all(pool, keyring)
        except Unavailable:
            await asyncio.sleep(SEALING_PAUSE_SECONDS)
        else:
            if sealed:
                log.info("webhook secrets sealed", endpoints=sealed)
            return


@asynccontextmanager
async def running(settings: Settings, keyring: Keyring) -> AsyncIterator[Services]:
    """Run the parts that the routes share, with the relay and the listener at work; secrets that
    are not sealed by the first key are so from now on."""
    url = settings.database_url.get_secret_value()
    pool = await create_pool(url, settings.database_pool_size)
    gateway = Gateway(await temporal.connect(lazy=True, interceptors=tracing.interceptors()))
    clock, listener = StackClock(pool), Listener(url)
    relay = Relay(pool, gateway, clock)
    walk = ClockWalk(pool, gateway, relay, listener, clock)
    waits, most = settings.action_wait, settings.max_attempts
    actions = ActionService(pool, relay, listener, waits, most)
    background = [
        asyncio.create_task(listener.run()),
        asyncio.create_task(relay.run(settings.relay_pause)),
        asyncio.create_task(sealing(pool, keyring)),
        asyncio.create_task(in_pieces(pool, "feed", give_numbers, 1_000)),
        asyncio.create_task(in_pieces(pool, "reputations", age, 100)),
        asyncio.create_task(in_pieces(pool, "states", add_up_states, 10_000)),
        asyncio.create_task(in_pieces(pool, "sums", sum_in_turn, 1)),
        asyncio.create_task(walk.run()),
    ]
    provider = provider_of(settings)
    services = Services(
        pool,
        gateway,
        relay,
        actions,
        listener,
        settings.policy,
        ShownRoles(pool),
        keyring,
        clock,
        walk,
        Exports(pool),
        provider,
        settings.webhook_allow_private,
        settings.max_messages,
        settings.stream_heartbeat,
        settings.payout_approval_above,
    )
    background.append(asyncio.create_task(tell_unconnected(pool, provider.name)))
    if provider.takes_payments:
        payments = PaymentRelay(services)
        background.append(asyncio.create_task(payments.run(settings.relay_pause)))
    try:
        yield services
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        with suppress(Unavailable):
            await relay.note_started()
        await provider.aclose()
        await pool.close()
