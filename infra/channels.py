"""The ways out that the settings name."""

from collections.abc import Mapping

from activities.channel import Channel
from activities.email import EmailChannel, MailServer
from activities.webhooks import WebhookChannel
from db.pool import Pool
from domain.address import mailbox
from infra.settings import Settings


def channels(settings: Settings, pool: Pool) -> Mapping[str, Channel]:
    """Webhooks, and e-mail where there is a mail server. Neither holds anything that would have to
    be closed: each message has a connection of its own."""
    webhook = WebhookChannel(pool, allow_private=settings.webhook_allow_private)
    email = _email(settings, pool)
    return {"webhook": webhook, "email": email} if email else {"webhook": webhook}


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
    return EmailChannel(pool, server, mailbox(settings.mail_from))
