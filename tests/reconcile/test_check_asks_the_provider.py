"""`sequestre check` holds the books beside those of the payment provider that is set."""

from dataclasses import replace

import pytest

import cli.check
from cli.check import proof_of
from cli.configured import payments_here
from cli.stack_connection import StackConnection
from infra.provider_settings import ProviderSettings
from providers.protocol import Unreadable
from reconcile.provider_comparison import NOT_ASKED, UNREADABLE
from tests.app_under_test import KEYRING, AppUnderTest
from tests.providers.paper import PaperProvider

STRIPE = {
    "SEQUESTRE_PROVIDER": "stripe",
    "SEQUESTRE_STRIPE_SECRET_KEY": "sk_test_one",
    "SEQUESTRE_STRIPE_WEBHOOK_SECRETS": "whsec_one",
}


@pytest.fixture
def where(app: AppUnderTest) -> StackConnection:
    """The stack, of which nobody has said which provider it has."""
    temporal = {
        "target_host": app.temporal.service_client.config.target_host,
        "namespace": app.temporal.namespace,
    }
    return StackConnection(app.database_url, temporal, keyring=KEYRING)


async def asked(where: StackConnection) -> bool:
    """Whether a provider that is away was asked."""
    return NOT_ASKED in [one.check for one in (await proof_of(where, 0)).findings]


async def test_the_provider_that_is_set_is_asked(
    where: StackConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.check, "provider_of", lambda _: PaperProvider(away=True))
    assert not await asked(where)
    assert await asked(replace(where, payments=ProviderSettings()))


async def test_what_cannot_be_read_of_its_statement_is_told_as_not_proved(
    where: StackConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = PaperProvider(booked=[Unreadable("txn_odd", "it is a gift")])
    monkeypatch.setattr(cli.check, "provider_of", lambda _: odd)
    proof = await proof_of(replace(where, payments=ProviderSettings()), 0)
    assert [one.subject for one in proof.blind if one.check == UNREADABLE] == ["line txn_odd"]
    assert UNREADABLE not in [one.check for one in proof.books]


def test_a_stack_on_this_machine_has_the_provider_that_it_is_started_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in STRIPE.items():
        monkeypatch.setenv(name, value)
    found = payments_here()
    assert found is not None
    assert found.provider == "stripe"


def test_a_provider_of_real_money_is_no_such_stacks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**STRIPE, "SEQUESTRE_LIVE": "true"}.items():
        monkeypatch.setenv(name, value.replace("test", "live"))
    assert payments_here() is None
