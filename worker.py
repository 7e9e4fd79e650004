"""The worker process and what it is composed of: settings, pool, client, workers, a clean end."""

import asyncio
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from types import TracebackType
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.worker import Worker

from activities.channel import Channel
from activities.confirmations import ConfirmationMails
from activities.email import EmailChannel, MailServer
from activities.endpoint_tests import EndpointTestActivities
from activities.notifications import MAIL_PAUSE, NotificationActivities
from activities.operators import OperatorActivities
from activities.pay_ins import PayInActivities
from activities.payment_looks import PaymentLookActivities
from activities.payouts import PayoutActivities
from activities.pruning import KEEP, PruningActivities
from activities.reconciliation import ReconciliationActivities
from activities.steps import CarriedOut, StepActivities, to_nobody
from activities.webhooks import WebhookChannel
from db.pool import Pool, create_pool
from db.sealing import Keyring
from db.timed_audit import SECONDS
from domain.address import mailbox
from infra import search_attributes, temporal, tracing
from infra.metrics.processes import WorkerMetrics
from infra.metrics.showing import show
from infra.metrics.stopped_workflows import watch_workflows
from infra.provider_settings import provider_of
from infra.settings import Settings
from infra.share_watch import tell_share
from infra.unconnected_payments import tell_unconnected
from infra.worker_heartbeat import Heartbeat, own_identity
from infra.worker_version import in_words, worker_options
from providers.protocol import Provider
from reconcile.kept_proof import noted
from reconcile.nightly_proof import prove_what_changed
from reconcile.schedule import keep_scheduled
from texts.letterhead import Letterhead
from workflows.endpoint_tests import EndpointTestWorkflow
from workflows.notifications import NotificationWorkflow
from workflows.options import PAYMENTS_QUEUE, SENDING_QUEUE
from workflows.order import TASK_QUEUE, OrderWorkflow
from workflows.pay_ins import PayInWorkflow
from workflows.payouts import PayoutWorkflow
from workflows.pruning import PruningWorkflow
from workflows.reconciliation import ReconciliationWorkflow

PAUSE_SECONDS = 1.0
GRACE = timedelta(seconds=20)
"""How long a worker that is told to stop may take to finish its steps."""

SENDING_AT_ONCE = 100
"""Steps of orders that people are told of at the same time; each may wait for a slow receiver."""

TELLING_AT_ONCE = 2
"""Workflow tasks of what tells people, at the same time: fewer than of orders, which it may come a
little later than."""

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Work on orders until SIGTERM or SIGINT; steps that are under way are finished first.

    Where Temporal is away, wait for it: a worker that started too early is not a broken one.

    Raises:
        Unregistered: orders could not tell Temporal what they are found by.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    plugin = temporal.PLUGIN if settings.workflow_sandbox else temporal.UNSANDBOXED
    traced = tracing.interceptors()
    client = await _connected(stop, runtime=_runtime(settings), plugin=plugin, interceptors=traced)
    if client is None:
        return
    if added := await search_attributes.register(client):
        log.info("search attributes added", namespace=client.namespace, names=[*added])
    pool = await create_pool(settings.database_url.get_secret_value(), settings.database_pool_size)
    provider = provider_of(settings)
    try:
        told, pause = channels(settings, pool), timedelta(seconds=settings.mail_pause)
        metrics = WorkerMetrics()
        worker = create_worker(
            client,
            pool,
            told,
            mail_pause=pause,
            keyring=settings.keyring,
            retention=settings.retention,
            check_budget=settings.check_budget,
            carried_out=metrics.carried_out,
            provider=provider if provider.takes_payments else None,
            **worker_options(settings.worker_version),
        )
        async with worker:
            version = settings.worker_version
            log.info("worker started", namespace=client.namespace, as_one_of=in_words(version))
            beside = [
                asyncio.create_task(keep_scheduled(client)),
                asyncio.create_task(tell_share(client, version)),
                asyncio.create_task(tell_unconnected(pool, provider.name)),
            ]
            asking = confirmation_mails(settings, pool, told)
            beside += [asyncio.create_task(asking.run())] if asking else []
            beside += _showing(metrics, settings.worker_metrics_address, pool, client)
            await stop.wait()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            log.info("worker stops")
    finally:
        await provider.aclose()
        await pool.close()


def _runtime(settings: Settings) -> Runtime:
    """Return the SDK's runtime; a worker whose metrics address is taken works without."""
    try:
        return temporal.runtime(settings.metrics_address)
    except ValueError as error:
        log.error("metrics not served", at=settings.metrics_address, because=str(error))
        return temporal.runtime(None)


def _showing(
    metrics: WorkerMetrics, address: str | None, pool: Pool, client: Client
) -> list[asyncio.Task[None]]:
    """Return what shows the metrics at an address; nothing where there is none."""
    if address is None:
        return []
    metrics.connections.watch(pool)
    return [
        asyncio.create_task(show(metrics, pool, address)),
        asyncio.create_task(watch_workflows(metrics, client, pool)),
    ]


async def _connected(stop: asyncio.Event, **options: Any) -> Client | None:
    while not stop.is_set():
        try:
            return await temporal.connect(**options)
        except RuntimeError as error:
            log.info("worker waits for Temporal", because=str(error)[:200])
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await stop.wait()
    return None


class Workers:
    """Several workers that start and stop as one, with one heartbeat."""

    def __init__(self, heartbeat: Heartbeat, *workers: Worker) -> None:
        self.heartbeat = heartbeat
        self._workers = workers
        self._stack = AsyncExitStack()

    async def run(self) -> None:
        """Work until `shutdown`, or until one of them fails."""
        self.heartbeat.start()
        try:
            async with asyncio.TaskGroup() as group:
                for worker in self._workers:
                    group.create_task(worker.run())
        finally:
            await self.heartbeat.stop()

    async def shutdown(self) -> None:
        """End all of them, each after what it has under way."""
        ending = [worker.shutdown() for worker in self._workers]
        await asyncio.gather(self.heartbeat.stop(), *ending)

    async def __aenter__(self) -> "Workers":
        self.heartbeat.start()
        for worker in self._workers:
            await self._stack.enter_async_context(worker)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.shutdown()
        await self._stack.__aexit__(kind, error, trace)


def create_worker(
    client: Client,
    pool: Pool,
    channels: Mapping[str, Channel] = {},
    *,
    mail_pause: timedelta = MAIL_PAUSE,
    keyring: Keyring | None = None,
    retention: timedelta = KEEP,
    check_budget: float = SECONDS,
    carried_out: CarriedOut = to_nobody,
    provider: Provider | None = None,
    **options: Any,
) -> Workers:
    """Return the worker that runs orders, with one beside it that tells people over these channels,
    with a `mail_pause` between two mails of an order to the same person, proves by night what
    changed, with a budget of seconds for each check, mails operators what it found, and removes
    what is older than the `retention`. What deadlines brought is said to who is to know what was
    `carried_out`. Where there is a payment `provider`, a third one waits for it."""
    options = {**_PATIENT, "identity": own_identity(), **options}
    notifications = NotificationActivities(pool, channels, mail_pause=mail_pause)
    reconciliation = ReconciliationActivities(
        lambda: noted(
            pool,
            "nightly",
            prove_what_changed(pool, client, check_budget, keyring=keyring, provider=provider),
        )
    )
    operators = OperatorActivities(pool, _email_among(channels))
    tests = EndpointTestActivities(pool, _webhooks_among(channels))
    sending = Worker(
        client,
        task_queue=SENDING_QUEUE,
        activities=[
            notifications.send_notifications,
            notifications.give_up_notifications,
            notifications.note_next_attempt,
            tests.send_endpoint_test,
            tests.give_up_endpoint_test,
            tests.note_next_attempt_of_test,
            reconciliation.check_everything,
            operators.operators_to_tell,
            operators.tell_operator,
            PruningActivities(pool, retention).prune,
        ],
        workflows=[NotificationWorkflow, EndpointTestWorkflow],
        **{
            "max_concurrent_workflow_tasks": TELLING_AT_ONCE,
            "max_concurrent_activities": SENDING_AT_ONCE,
            **options,
        },
    )
    paying = [paying_worker(client, pool, provider, **options)] if provider else []
    orders = _orders_worker(client, pool, StepActivities(pool, carried_out), **options)
    return Workers(Heartbeat(pool, options["identity"]), orders, sending, *paying)


def _orders_worker(client: Client, pool: Pool, steps: StepActivities, **options: Any) -> Worker:
    """Return the worker that runs orders."""
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[
            OrderWorkflow,
            ReconciliationWorkflow,
            PruningWorkflow,
            # Those that releases began which had one queue for all.
            NotificationWorkflow,
            EndpointTestWorkflow,
        ],
        activities=[
            steps.hold_in_escrow,
            steps.credit_wallet,
            steps.refund_buyer,
            steps.split_escrow,
            steps.record_step,
            steps.record_refusal,
            steps.read_order,
        ],
        **{
            # What a worker has taken waits in the order in which it came, and no priority helps it.
            "max_concurrent_workflow_tasks": pool.get_max_size(),
            "max_concurrent_activities": pool.get_max_size(),
            # Those of the steps' first tries. More would wait for a connection, with time running.
            "max_concurrent_local_activities": pool.get_max_size(),
            **options,
        },
    )


def paying_worker(client: Client, pool: Pool, provider: Provider, **options: Any) -> Worker:
    """Return the worker that waits for a payment provider and books what it says."""
    pay_ins, payouts = PayInActivities(pool, provider), PayoutActivities(pool, provider)
    return Worker(
        client,
        task_queue=PAYMENTS_QUEUE,
        workflows=[PayInWorkflow, PayoutWorkflow],
        activities=[
            *(pay_ins.settle_pay_in, pay_ins.ask_for_pay_in, pay_ins.end_pay_in),
            payouts.carry_payout,
            PaymentLookActivities(pool).note_next_look,
        ],
        **{
            "max_concurrent_workflow_tasks": TELLING_AT_ONCE,
            "max_concurrent_activities": SENDING_AT_ONCE,
            **options,
        },
    )


def _webhooks_among(channels: Mapping[str, Channel]) -> WebhookChannel | None:
    """Return the way to endpoints; None where webhooks are switched off."""
    found = channels.get("webhook")
    return found if isinstance(found, WebhookChannel) else None


def _email_among(channels: Mapping[str, Channel]) -> EmailChannel | None:
    """Return the channel by which mails leave that are no notices of an order; None without one."""
    found = channels.get("email")
    return found if isinstance(found, EmailChannel) else None


_PATIENT: dict[str, Any] = {
    "graceful_shutdown_timeout": GRACE,
    "sticky_queue_schedule_to_start_timeout": timedelta(seconds=2),
}


def channels(settings: Settings, pool: Pool) -> Mapping[str, Channel]:
    """Return webhooks, and e-mail where there is a mail server. Neither holds anything that would
    have to be closed: each message has a connection of its own."""
    private = settings.webhook_allow_private
    webhook = WebhookChannel(pool, settings.keyring, allow_private=private)
    email = _email(settings, pool)
    return {"webhook": webhook, "email": email} if email else {"webhook": webhook}


def confirmation_mails(
    settings: Settings, pool: Pool, channels: Mapping[str, Channel]
) -> ConfirmationMails | None:
    """Return what asks people whether an address is theirs; None without a mail server."""
    email = _email_among(channels)
    if email is None or settings.public_url is None:
        return None
    return ConfirmationMails(pool, email, settings.keyring, settings.public_url)


def _email(settings: Settings, pool: Pool) -> EmailChannel | None:
    if settings.smtp_host is None or settings.mail_from is None:
        return None
    password = settings.smtp_password
    server = MailServer(
        host=settings.smtp_host,
        port=settings.mail_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=password.get_secret_value() if password else None,
    )
    letterhead = Letterhead(
        name=settings.marketplace_name or "",
        signature=settings.mail_signature or "",
        order_url=settings.order_url or "",
    )
    return EmailChannel(pool, server, mailbox(settings.mail_from), letterhead=letterhead)
