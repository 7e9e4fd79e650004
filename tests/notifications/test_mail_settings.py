"""The settings of the mail server: what goes together, and what is said where it does not."""

from typing import Any

import pytest
from pydantic import ValidationError

from activities.email import EmailChannel
from activities.webhooks import WebhookChannel
from db.pool import Pool
from infra.settings import Settings
from tests.app_under_test import SECRETS_KEY
from worker import channels

SERVER = {
    "smtp_host": "mail.example.test",
    "mail_from": "Orders <orders@example.org>",
    "public_url": "https://orders.example.org",
}
LOGIN = {"smtp_user": "sequestre", "smtp_password": "a-secret"}


def settings(**given: Any) -> Settings:
    """Settings of a process."""
    usual = {"database_url": "postgresql://nowhere", "secrets_key": SECRETS_KEY}
    return Settings(_env_file=None, **{**usual, **given})


@pytest.mark.parametrize(
    ("given", "port"),
    [
        ({}, 587),
        ({"smtp_security": "starttls"}, 587),
        ({"smtp_security": "tls"}, 465),
        ({"smtp_security": "none"}, 25),
        ({"smtp_security": "none", "smtp_port": 1025}, 1025),
        (LOGIN, 587),
        ({"smtp_host": "127.0.0.1"}, 587),
        ({"smtp_host": "::1"}, 587),
    ],
)
async def test_a_mail_server(given: dict[str, Any], port: int, pool: Pool) -> None:
    found = settings(**{**SERVER, **given})
    assert found.mail_port == port
    ways = channels(found, pool)
    assert isinstance(ways["email"], EmailChannel)
    assert isinstance(ways["webhook"], WebhookChannel)


async def test_no_mail_server(pool: Pool) -> None:
    assert set(channels(settings(), pool)) == {"webhook"}
    assert set(channels(settings(mail_from="orders@example.org"), pool)) == {"webhook"}


@pytest.mark.parametrize(
    ("given", "name", "words"),
    [
        ({**SERVER, "mail_from": None}, "mail_from", "must be set"),
        ({**SERVER, "public_url": None}, "public_url", "must be set where SEQUESTRE_SMTP_HOST is"),
        *(
            ({"public_url": url}, "public_url", "must be where browsers find the API")
            for url in (
                "orders.example.org",
                "//orders.example.org",
                "ftp://orders.example.org",
                "https://",
                "https://orders.example.org/?a=b",
                "https://orders.example.org/#a",
                "https://ana:pw@orders.example.org",
                "https://orders.example.org/ x",
                "https://orders.example.org/\n",
                "https://bücher.example",
                "https://[::1",
                "https://orders.example.org:port",
                "javascript:alert(1)//x",
            )
        ),
        ({**SERVER, "mail_from": "orders"}, "mail_from", "must have one @"),
        ({**SERVER, "mail_from": "é{0}@example.org"}, "mail_from", "plain letters"),
        ({**SERVER, "mail_from": "Orders <=?utf-8?q?x?=@b.cd>"}, "mail_from", "=? and ?="),
        ({**SERVER, "mail_from": "Orders\nBcc: x@y.zz <a@b.cd>"}, "mail_from", "must have"),
        ({**SERVER, "smtp_host": "mail.example.test:25"}, "smtp_host", "without a port"),
        ({**SERVER, "smtp_host": "smtp://mail.example.test"}, "smtp_host", "without a port"),
        ({**SERVER, "smtp_port": 0}, "smtp_port", "greater than"),
        ({**SERVER, "smtp_security": "ssl"}, "smtp_security", "'starttls', 'tls' or 'none'"),
        ({**SERVER, "smtp_user": "sequestre"}, "smtp_password", "SEQUESTRE_SMTP_USER"),
        ({**SERVER, "smtp_password": "a-secret"}, "smtp_password", "SEQUESTRE_SMTP_USER"),
        (LOGIN, "smtp_user", "SEQUESTRE_SMTP_HOST"),
        ({**SERVER, **LOGIN, "smtp_security": "none"}, "smtp_user", "unencrypted"),
    ],
)
def test_what_does_not_go_together(given: dict[str, Any], name: str, words: str) -> None:
    with pytest.raises(ValidationError) as e:
        settings(**given)
    (error,) = e.value.errors()
    assert error["loc"] == (name,)
    assert words in error["msg"]
    assert not error["msg"].startswith("Value error")
    assert "a-secret" not in str(e.value)
    assert "nowhere" not in str(e.value)
