"""A marketplace with endpoints, and the channel to them."""

import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509

from activities.channel import Message
from activities.webhooks import WebhookChannel
from db import deliveries, snapshots, webhooks
from db.pool import Pool
from tests.app_under_test import KEYRING, PATIENCE_SECONDS
from tests.certificates import self_signed
from tests.db.market import Market, cancellation
from tests.notifications.conftest import (  # noqa: F401  # fixtures
    api,
    database_url,
    nothing_is_left,
)
from tests.notifications.steps import Written, write
from tests.webhooks.receiver import Hook, Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"
NAME = "hooks.example.test"


@dataclass
class Marketplace:
    """A database with orders, and a receiver for what leaves it."""

    pool: Pool
    receiver: Receiver
    market: Market

    async def endpoint(self, url: str | None = None, events: list[str] | None = None) -> UUID:
        """An endpoint, written down whatever its URL."""
        number = uuid4()
        async with self.pool.acquire() as connection:
            await webhooks.add(connection, number, url or self.receiver.url, events, SECRET, "op")
        return number

    async def move(self, message: Message, url: str) -> None:
        """Whom the message is for has another address from now on."""
        assert message.endpoint_id is not None
        async with self.pool.acquire() as connection:
            await webhooks.put(connection, message.endpoint_id, url, None)

    async def write(self, event: str = "order.revision_refused", **changes: Any) -> Written:
        """A step of this kind."""
        return await write(self.market, event, **changes)

    async def cancel(self, step: Written) -> None:
        """The order ends after the step."""
        assert (await self.market.record(cancellation(step.order))).status == "recorded"

    async def message(self, step: Written, endpoint_id: UUID) -> Message:
        """What the endpoint is to be told of the step."""
        (found,) = [one for one in await self.messages(step) if one.endpoint_id == endpoint_id]
        return found

    async def messages(self, step: Written) -> list[Message]:
        """All that endpoints are to be told of the step."""
        order_id = UUID(step.order.id)
        async with self.pool.acquire() as connection:
            moment = await snapshots.get(connection, order_id, step.seq)
            found = await deliveries.of_step(connection, order_id, step.seq)
        assert moment is not None
        return [
            Message(
                delivery_id=one.id,
                order_id=order_id,
                seq=step.seq,
                event=moment.event,
                at=moment.at,
                order=moment.order,
                words=moment.words,
                user_id=None,
                role=None,
                endpoint_id=one.endpoint_id,
            )
            for one in found
            if one.channel == "webhook"
        ]

    async def about(self, url: str | None = None, **changes: Any) -> Message:
        """A message to a new endpoint."""
        endpoint = await self.endpoint(url)
        return await self.message(await self.write(**changes), endpoint)

    def channel(self, *, private: bool = True, seconds: float = PATIENCE_SECONDS) -> WebhookChannel:
        """The channel under test; it may speak to loopback unless told otherwise."""
        return WebhookChannel(self.pool, KEYRING, allow_private=private, timeout_seconds=seconds)

    async def sent(self, message: Message) -> Hook:
        """The request in which a message arrives."""
        await self.channel().send(message)
        return self.receiver.hooks[-1]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A server that takes everything."""
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def marketplace(pool: Pool, receiver: Receiver) -> Marketplace:
    """A marketplace that nobody has told anything yet."""
    return Marketplace(pool, receiver, Market(pool))


@dataclass
class Names:
    """What hosts are called. Each look-up of a name takes its next answer; the last one stays."""

    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def say(self, name: str, *answers: list[str]) -> None:
        """Gives a name its addresses."""
        self.answers[name] = list(answers)

    def addresses(self, name: str) -> list[str]:
        """One look-up."""
        self.asked.append(name)
        answers = self.answers[name]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """A resolver that says what the test wants of some names."""
    names, real = Names(), socket.getaddrinfo

    def look_up(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in names.answers:
            return real(host, port, *more, **options)
        return [_info(one, port) for one in names.addresses(name)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


def _info(address: str, port: Any) -> tuple[Any, ...]:
    family, rest = (socket.AF_INET6, (0, 0)) if ":" in address else (socket.AF_INET, ())
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, int(port or 0), *rest)


@dataclass
class Certificate:
    """A certificate for `NAME` and nobody else; `chain` has its key, too."""

    chain: Path

    @property
    def options(self) -> dict[str, str]:
        """As a receiver takes it."""
        return {"ssl_certfile": str(self.chain), "ssl_keyfile": str(self.chain)}

    @property
    def context(self) -> ssl.SSLContext:
        """As any other server takes it."""
        found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        found.load_cert_chain(self.chain)
        return found


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """A certificate that nobody trusts yet."""
    chain = tmp_path / "chain.pem"
    self_signed(chain, x509.DNSName(NAME))
    return Certificate(chain)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """The same, and this process trusts it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    return certificate
