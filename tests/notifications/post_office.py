"""A real mail server on loopback that keeps what it gets."""

import asyncio
import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

LOOPBACK = "127.0.0.1"
USER, PASSWORD = "sequestre", "a password of the mail server"


@dataclass(frozen=True)
class Mail:
    """A mail that came in: on its envelope, and inside."""

    sender: str
    to: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """What is inside."""
        found = message_from_bytes(self.raw, policy=default)
        assert isinstance(found, EmailMessage)
        assert not found.defects
        return found

    def body(self, subtype: str) -> str:
        """The body of this kind: `plain` or `html`."""
        part = self.message.get_body((subtype,))
        assert isinstance(part, EmailMessage)
        assert not part.defects
        content: str = part.get_content()
        return content.replace("\r\n", "\n")


# Without a repr: hypothesis prints what a test is given, and all the mails would be in it.
@dataclass(repr=False)
class PostOffice:
    """Answers MAIL, RCPT and DATA as it was told to, or else takes what comes."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """By command: `{"RCPT": "550 5.1.1 …"}`."""

    unknown: set[str] = field(default_factory=set)
    """Addresses to which nothing is taken."""

    awake: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is not set, everybody waits."""

    tls: ssl.SSLContext | None = None
    implicit: bool = False
    """Whether the connection begins encrypted, or is made so by STARTTLS."""

    logins: bool = False
    """Whether somebody has to log in first."""

    _server: asyncio.Server | None = None
    _protocols: list[SMTP] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.awake.set()

    async def open(self) -> None:
        """Listens, on the same port as before where there was one."""
        loop = asyncio.get_running_loop()
        tls = self.tls if self.implicit else None
        self._server = await loop.create_server(self._protocol(loop), LOOPBACK, self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Goes away, and lets go of those who are connected."""
        if self._server is not None:
            self._server.close()
            for protocol in self._protocols:
                if protocol.transport is not None:
                    protocol.transport.close()
            await self._server.wait_closed()
        self._server = None

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> Callable[[], SMTP]:
        def protocol() -> SMTP:
            with warnings.catch_warnings():
                # It does not see that the connection is encrypted from its beginning.
                warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
                made = self._made(loop)
            self._protocols.append(made)
            return made

        return protocol

    def _made(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            self,
            loop=loop,
            hostname="mail.example.test",
            tls_context=None if self.implicit else self.tls,
            require_starttls=self.tls is not None and not self.implicit,
            authenticator=self._known if self.logins else None,
            auth_required=self.logins,
            auth_require_tls=not self.implicit,
        )

    def _known(
        self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(  # noqa: N802  # as aiosmtpd calls its hooks
        self, _server: Any, _session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Somebody sends."""
        await self.awake.wait()
        if "MAIL" not in self.answers:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """To somebody."""
        if address in self.unknown:
            return "550 5.1.1 no such user"
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope
    ) -> str:
        """This."""
        if "DATA" not in self.answers:
            assert isinstance(envelope.content, bytes)
            self.mails.append(Mail(str(envelope.mail_from), envelope.rcpt_tos, envelope.content))
        return self.answers.get("DATA", "250 OK")
