"""The far ends in the demonstration: a mail server and a marketplace's webhook receiver, both real,
on loopback."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from rich.markup import escape
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cli.terminal import shown

LOOPBACK = "127.0.0.1"

Say = Callable[[str], None]


@dataclass
class FakeMailbox:
    """Takes every mail, and says so once it has somebody to tell."""

    say: Say | None = None
    received: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message, as aiosmtpd hands it over."""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.received.append(str(message["Subject"]))
        if self.say is not None:
            to = ", ".join(envelope.rcpt_tos)
            self.say(f"    [yellow]✉[/] to {_quoted(to)}: {_quoted(message['Subject'])}")
        return "250 OK"


@dataclass
class Marketplace:
    """Takes every webhook, checks its signature, and says so once it has somebody to tell."""

    say: Say | None = None
    secret: str | None = None
    received: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a webhook, as an ASGI application."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        answer = Response(status_code=self._judge(await request.body(), dict(request.headers)))
        await answer(scope, receive, send)

    def _judge(self, body: bytes, headers: dict[str, str]) -> int:
        try:
            event = Webhook(self.secret or "").verify(body, headers)
        except (WebhookVerificationError, ValueError) as error:
            self._tell(f"    [red]⇢ webhook refused: {_quoted(error)}[/]")
            return 401
        self.received.append(event["type"])
        self._tell(f"    [blue]⇢[/] webhook {_quoted(event['type'])}, signature verified")
        return 204

    def _tell(self, line: str) -> None:
        if self.say is not None:
            self.say(line)


def _quoted(words: object) -> str:
    """Return somebody else's words as Rich's markup."""
    return escape(shown(str(words)))


@asynccontextmanager
async def mail_server(mailbox: FakeMailbox) -> AsyncIterator[int]:
    """Run a mail server for the mailbox; give the block its port."""
    from aiosmtpd.smtp import SMTP  # needs the `embedded` extra

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, loop=loop), LOOPBACK, 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


class _Guest(uvicorn.Server):
    """A server that leaves Ctrl-C to the demonstration that it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none, where uvicorn would while it serves."""
        yield


@asynccontextmanager
async def webhook_receiver(marketplace: Marketplace) -> AsyncIterator[str]:
    """Run a web server for the marketplace; give the block the address to send webhooks to."""
    config = uvicorn.Config(marketplace, host=LOOPBACK, port=0, log_config=None, lifespan="off")
    server = _Guest(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://{LOOPBACK}:{port}/hooks"
    finally:
        server.should_exit = True
        await running
