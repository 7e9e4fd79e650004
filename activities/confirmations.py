"""Mails that ask whether an address is somebody's own: they leave from rows, beside all orders, and
are tried again for days.

Temporal is not told of them: there is nothing to wait for, and the worker that takes a row in hand
is the only one for a while.
"""

import asyncio
from urllib.parse import urlsplit

import structlog

from activities.channel import NotDelivered, Undeliverable
from activities.email import EmailChannel, OutgoingMail
from db import confirmations
from db.confirmation_tokens import token_of
from db.confirmations import Confirmation
from db.errors import Unavailable
from db.pool import Pool, connection
from db.sealing import Keyring
from texts.catalogue import Language
from texts.confirmations import PATH, LinkPage, confirmation_mail
from texts.letterhead import Letterhead
from texts.mail import MailBodies

AT_ONCE = 10
PAUSE_SECONDS = 1.0
"""Between two looks for mails that are due."""

log = structlog.get_logger()


class ConfirmationMails:
    """Sends what people have asked for, with links to pages below a public address."""

    def __init__(self, pool: Pool, email: EmailChannel, keyring: Keyring, public_url: str) -> None:
        self._pool = pool
        self._email = email
        self._keyring = keyring
        self._public_url = public_url

    async def run(self) -> None:
        """Send what falls due, until cancelled."""
        while True:
            found = 0
            # What is wrong with one look must not end those that follow.
            try:
                found = await self.send_due()
            except Unavailable:
                log.info("confirmations wait for the database")
            except Exception:
                log.exception("confirmations were not sent")
            if found < AT_ONCE:
                await asyncio.sleep(PAUSE_SECONDS)

    async def send_due(self) -> int:
        """Make one attempt at up to ten mails that are due; return at how many.

        Raises:
            Unavailable: the database does not answer.
        """
        async with connection(self._pool) as acquired:
            begun = await confirmations.begin(acquired, AT_ONCE)
        await asyncio.gather(*(self._send(one) for one in begun))
        return len(begun)

    async def _send(self, one: Confirmation) -> None:
        why, for_good = await self._failure(one)
        async with connection(self._pool) as acquired:
            if why is None:
                await confirmations.sent(acquired, one.id)
            else:
                await confirmations.failed(acquired, one.id, why, for_good)

    async def _failure(self, one: Confirmation) -> tuple[str | None, bool]:
        """Return why a mail was not taken, and whether that is for good; None where it was."""
        try:
            await self._email.post_unconfirmed(self._letter(one), one.email)
        except Undeliverable as error:
            return str(error), True
        except NotDelivered as error:
            return str(error), False
        except Unavailable:
            return "the database did not answer", False
        except Exception as error:
            # What it says may hold an address.
            log.error("a confirmation was not sent", because=type(error).__name__)
            return "an error of our own", False
        return None, False

    def _letter(self, one: Confirmation) -> OutgoingMail:
        url = f"{self._public_url}{PATH}{token_of(one, self._keyring)}"
        link = LinkPage(urlsplit(url).netloc, url, one.expires_at)

        def written_for(language: Language, time_zone: str, letterhead: Letterhead) -> MailBodies:
            return confirmation_mail(link, language, time_zone, letterhead)

        return OutgoingMail(one.user_id, f"confirmation-{one.id}", written_for)
