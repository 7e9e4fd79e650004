"""What people are told by e-mail, handed to the operator's mail server.

Who is told, in which language and where, is what they say at that moment. What a mail server says
goes no further than its code: its words often hold addresses.
"""

import asyncio
import hashlib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

import aiosmtplib
from pydantic import TypeAdapter, ValidationError

from activities.channel import Message, NotDelivered, Undeliverable
from activities.lookup import Lookup
from activities.mail_message import mail_message, mailbox_header, text_header
from db import clock, people
from db.pool import Pool, connection
from domain.address import EmailAddress, Mailbox
from domain.order import Actor
from texts.catalogue import Language
from texts.letterhead import PLAIN, Letterhead
from texts.mail import MailBodies, gathered_mail, mail
from texts.notices import NoticedStep, gathered_notices, notice

Security = Literal["starttls", "tls", "none"]

AT_ONCE = 20
"""Connections to the mail server at the same time; it would turn many more of them away."""

GOODBYE_SECONDS = 1.0
NOT_OF_THE_RECIPIENT = (503, 530, 552)
"""Said of a recipient, but of what came before, or of something that passes: out of sequence, log
in first, mailbox full (RFC 5321, §4.5.3.1.10)."""

_ADDRESS: TypeAdapter[str] = TypeAdapter(EmailAddress)
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True)
class MailServer:
    """The operator's mail server, with `starttls` and `tls` only over an encrypted connection to a
    server that proves who it is."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class _Person:
    """A recipient's address, language and time zone, as they want to be told now, and when (UTC)
    that is."""

    address: str = field(repr=False)
    language: Language
    time_zone: str
    now: datetime


@dataclass(frozen=True)
class OutgoingMail:
    """A mail to one person, its words still to be chosen by how they read. `about` is the id of
    what it tells of, the same at every attempt and for everybody."""

    user_id: str
    about: str
    written_for: Callable[[Language, str, Letterhead], MailBodies]
    """Gives the bodies in a language, with instants in a time zone (an IANA name)."""


class EmailChannel:
    """Mails from one mailbox through one server."""

    def __init__(
        self,
        pool: Pool,
        server: MailServer,
        sender: Mailbox,
        *,
        letterhead: Letterhead = PLAIN,
        timeout_seconds: float = 15.0,
    ) -> None:
        self._pool = pool
        self._letterhead = letterhead
        self._server = server
        self._sender = sender
        self._seconds = timeout_seconds
        self._tls = ssl.create_default_context()
        self._lookup = Lookup()
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def send(self, message: Message) -> None:
        """Mail a notice, or several that have gathered: see `post`."""
        await self.post(_letter(message))

    async def post(self, letter: OutgoingMail) -> None:
        """Hand a mail to the server.

        Raises:
            NotDelivered: the server is away, takes too long, or did not take it this time.
            Undeliverable: the server refuses the recipient for good, or they no longer want or
                cannot get mails.
            Exception: an error of our own keeps it from being written, which is no server's.
        """
        found, address, now = await self._found(letter.user_id)
        if not found.by_email:
            raise Undeliverable("mails have been switched off")
        if not found.is_confirmed:
            raise Undeliverable("the address is not confirmed")
        await self._post(letter, _person(found, address, now))

    async def post_unconfirmed(self, letter: OutgoingMail, address: str) -> None:
        """Hand over a mail that asks somebody to confirm this address of theirs, whatever else they
        want to be told.

        Raises:
            NotDelivered, Undeliverable, Exception: as of `post`; also if they have another address
                by now.
        """
        found, current, now = await self._found(letter.user_id)
        if current != address:
            raise Undeliverable("there is another address by now")
        await self._post(letter, _person(found, address, now))

    async def _found(self, user_id: str) -> tuple[people.Person, str, datetime]:
        async with connection(self._pool) as acquired:
            found, now = await people.get(acquired, user_id), await clock.now(acquired)
        if found is None or found.email is None:
            raise Undeliverable("there is no address any more")
        return found, found.email, now

    async def _post(self, letter: OutgoingMail, person: _Person) -> None:
        written = _mail(letter, person, self._sender, self._letterhead)
        async with self._gate:
            failed = await self._failed(person.address, written)
        if failed is not None:
            raise failed

    async def _failed(self, address: str, mail: bytes) -> NotDelivered | Undeliverable | None:
        """Return what went wrong, or None: raised here, it would bring the server's words along."""
        smtp = self._connection()
        try:
            async with asyncio.timeout(self._seconds):
                await self._hand_over(smtp, address, mail)
            await _goodbye(smtp)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients[0])
        except aiosmtplib.SMTPResponseException as error:
            return NotDelivered(f"the mail server answered {_code(error)}")
        except TimeoutError:
            return NotDelivered(f"the mail server did not answer within {self._seconds:g} s")
        except (aiosmtplib.SMTPException, OSError) as error:
            return NotDelivered(_why(error))
        finally:
            smtp.close()
        return None

    async def _hand_over(self, smtp: aiosmtplib.SMTP, address: str, mail: bytes) -> None:
        await self._find()
        await smtp.connect()
        await smtp.sendmail(self._sender.address, [address], mail)

    async def _find(self) -> None:
        # The threads that everything shares are not to wait for a name server: see Lookup.
        try:
            await self._lookup.addresses(self._server.host)
        except UnicodeError:
            raise OSError("the mail server's host cannot be a name") from None

    def _connection(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            local_hostname=self._sender.domain,
            timeout=self._seconds,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._tls,
        )


async def _goodbye(smtp: aiosmtplib.SMTP) -> None:
    """End the session. The server has the mail, and whatever this brings, must not get it again."""
    with suppress(aiosmtplib.SMTPException, OSError):
        await smtp.quit(timeout=GOODBYE_SECONDS)


def _person(found: people.Person, address: str, now: datetime) -> _Person:
    return _Person(_usable(address), Language(found.language), found.time_zone, now)


def _usable(address: str) -> str:
    """Return the address as every mail server can carry it.

    Raises:
        Undeliverable: it cannot be carried.
    """
    with suppress(ValidationError):
        return _ADDRESS.validate_python(address)
    raise Undeliverable("the address cannot be used")


def _letter(message: Message) -> OutgoingMail:
    def notified(language: Language, time_zone: str, letterhead: Letterhead) -> MailBodies:
        steps = [_noticed(one) for one in (*message.earlier, message)]
        order, words = message.order, message.words
        if len(steps) > 1:
            said = gathered_notices(steps, language, time_zone)
            return gathered_mail(said, order, words, language, letterhead)
        only = notice(message.event, steps[0].reader, order, words, language, time_zone)
        return mail(only, order, words, language, letterhead)

    return OutgoingMail(message.user_id or "", message.id, notified)


def _noticed(message: Message) -> NoticedStep:
    if message.role is None:
        raise Undeliverable("it is for nobody")
    reader = Actor(id=message.user_id, role=message.role)
    return NoticedStep(message.event, message.at, reader, message.order, message.words)


def _mail(letter: OutgoingMail, person: _Person, sender: Mailbox, letterhead: Letterhead) -> bytes:
    bodies = letter.written_for(person.language, person.time_zone, letterhead)
    headers = {
        "From": mailbox_header(sender.name or letterhead.name, sender.address),
        "To": mailbox_header("", person.address),
        "Subject": text_header(bodies.subject),
        "Date": format_datetime(person.now),
        "Message-ID": _message_id(letter, sender),
        "Auto-Submitted": "auto-generated",
        "Content-Language": person.language.value,
    }
    return mail_message(headers, bodies.text, bodies.html)


def _message_id(letter: OutgoingMail, sender: Mailbox) -> str:
    """Return an id that is the same at every attempt, so that a mail that came twice can be known;
    it tells nobody who the person is."""
    whose = hashlib.sha256(f"{letter.about} {letter.user_id}".encode()).hexdigest()
    return f"<{letter.about}-{whose[:16]}@{sender.domain}>"


def _refused(error: aiosmtplib.SMTPRecipientRefused) -> NotDelivered | Undeliverable:
    why = f"the mail server refused the recipient: {_code(error)}"
    if error.code < 500 or error.code in NOT_OF_THE_RECIPIENT:
        return NotDelivered(why)
    return Undeliverable(why)


def _code(error: aiosmtplib.SMTPResponseException) -> str:
    """Return an answer's codes without its words: `550 5.1.1`."""
    enhanced = _ENHANCED.match(error.message)
    return f"{error.code} {enhanced[0]}" if enhanced else str(error.code)


def _why(error: Exception) -> str:
    """Say what went wrong in few words, none of which come from outside."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "the mail server's certificate is not valid"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "no encrypted connection to the mail server came about"
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return "the connection to the mail server was lost"
    if isinstance(error, OSError):
        return "the mail server could not be reached"
    return "the mail server does not do what was asked of it"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
