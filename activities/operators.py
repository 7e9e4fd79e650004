"""Operators are told by e-mail what a reconciliation run has found, each by a mail of their own.

Temporal is given ids of users and never an address: whoever sends reads it where it is kept.
"""

import asyncio

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.channel import NotDelivered, Undeliverable
from activities.email import EmailChannel, OutgoingMail
from activities.reconciliation import Reconciled
from db import people
from db.errors import Unavailable
from db.pool import Pool, connection
from domain.base import Frozen
from domain.vocabulary import Role
from texts.catalogue import Language
from texts.findings import findings_mail, unchecked_mail
from texts.letterhead import Letterhead
from texts.mail import MailBodies

SECONDS_EACH = 20.0
"""How long one attempt at a mail may take, waiting for its turn included."""

log = structlog.get_logger()


class Operators(Frozen):
    """The users who are to be told, and whether there is a mail server to hand a mail to."""

    user_ids: tuple[str, ...] = ()
    has_mail_server: bool = True


class ToOperator(Frozen):
    """One operator, and what they are to be told."""

    user_id: str
    found: Reconciled


class OperatorActivities:
    """Finds the operators, and mails one of them at a time."""

    def __init__(
        self, pool: Pool, email: EmailChannel | None, seconds_each: float = SECONDS_EACH
    ) -> None:
        self._pool = pool
        self._email = email
        self._seconds_each = seconds_each

    @activity.defn(name="operators_to_tell")
    async def operators_to_tell(self) -> Operators:
        """Return every operator who has an address and wants mails."""
        async with connection(self._pool) as acquired:
            found = await people.to_mail(acquired, Role.OPERATOR)
        return Operators(user_ids=tuple(found), has_mail_server=self._email is not None)

    @activity.defn(name="tell_operator")
    async def tell_operator(self, telling: ToOperator) -> str | None:
        """Mail one operator; return why they cannot be told, or None.

        Raises:
            ApplicationError: it did not work this time. It says why, without an address.
        """
        if self._email is None:
            return "no mail server is configured"
        try:
            return await self._posted(self._email, _letter(telling))
        except (NotDelivered, Unavailable, TimeoutError) as error:
            why = _why(error)
        except Exception as error:
            # What it says may hold an address, and would be kept in Temporal.
            log.exception("an operator was not told", user=telling.user_id)
            why = f"an error of our own ({type(error).__name__})"
        raise ApplicationError(why)

    async def _posted(self, email: EmailChannel, mail: OutgoingMail) -> str | None:
        try:
            async with asyncio.timeout(self._seconds_each):
                await email.post(mail)
        except Undeliverable as error:
            return str(error)
        return None


def _letter(telling: ToOperator) -> OutgoingMail:
    found = telling.found

    def written_for(language: Language, _time_zone: str, letterhead: Letterhead) -> MailBodies:
        if found.unchecked is not None:
            return unchecked_mail(found.unchecked, language, letterhead)
        return findings_mail(
            found.orders,
            found.books,
            found.differing,
            found.first,
            language,
            found.unproved,
            letterhead,
            found.checks,
        )

    # The run's id is the same at every attempt, and of every reconciliation run another one.
    return OutgoingMail(
        telling.user_id, f"reconciliation-{activity.info().workflow_run_id}", written_for
    )


def _why(error: Exception) -> str:
    if isinstance(error, NotDelivered):
        return str(error)
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    return "the database did not answer"
