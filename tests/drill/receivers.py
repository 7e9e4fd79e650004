"""The far ends, which outlive every stack: what a marketplace and its people are sent."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.app_under_test import OPERATOR, ApiClient
from tests.notifications.post_office import LOOPBACK, PostOffice
from tests.webhooks.receiver import Receiver


@dataclass(frozen=True)
class Receivers:
    """A receiver of webhooks and a mail server, each on a port of its own that stays."""

    hooks: Receiver
    office: PostOffice

    @property
    def settings(self) -> dict[str, str]:
        """What a stack has to know of them."""
        return {
            "SEQUESTRE_WEBHOOK_ALLOW_PRIVATE": "true",
            "SEQUESTRE_SMTP_HOST": LOOPBACK,
            "SEQUESTRE_SMTP_PORT": str(self.office.port),
            "SEQUESTRE_SMTP_SECURITY": "none",
            "SEQUESTRE_MAIL_FROM": "orders@example.org",
            "SEQUESTRE_MAIL_PAUSE": "0",
        }

    async def are_told(self, api: ApiClient) -> None:
        """The marketplace wants to hear of everything."""
        answer = await api.post("/v1/webhook-endpoints", OPERATOR, {"url": self.hooks.url})
        assert answer.status_code == 201, answer.text

    def sent(self) -> dict[str, set[str]]:
        """By the id of each message that came, what it told: one thing, however often it came."""
        told: dict[str, set[str]] = defaultdict(set)
        for hook in self.hooks.hooks:
            payload = hook.payload
            told[hook.id].add(f"{payload['type']} of {payload['timestamp']}")
        for mail in self.office.mails:
            told[str(mail.message["Message-ID"])].add(str(mail.message["Subject"]))
        return told

    def mark(self) -> tuple[int, int]:
        """How much has come so far."""
        return len(self.hooks.hooks), len(self.office.mails)

    def forget_since(self, mark: tuple[int, int]) -> None:
        """Forgets what came after a mark: it happened to another restored stack."""
        del self.hooks.hooks[mark[0] :], self.office.mails[mark[1] :]


@asynccontextmanager
async def receivers() -> AsyncIterator[Receivers]:
    """Both, until the block ends."""
    both = Receivers(Receiver(), PostOffice())
    await both.hooks.start()
    await both.office.open()
    try:
        yield both
    finally:
        await both.office.close()
        await both.hooks.stop()
