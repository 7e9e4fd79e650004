"""A provider that is away, has too much to do or says no; and what is never told of it."""

import logging

import pytest

from domain.payments import PayInState
from infra import logs
from infra.settings import Settings
from providers.protocol import ProviderAway, ProviderError, ProviderRefused
from providers.stripe import StripeProvider
from tests.providers.acts import Till, euros, pay_in_of


@pytest.mark.parametrize(
    "trouble",
    [{"outage": True}, {"rate_limited": 1}, {"broken": 1}, {"forbidden": 1}, {"lost_replies": 1}],
    ids=lambda trouble: next(iter(trouble)),
)
async def test_trouble_that_passes_is_asked_again(trouble: dict[str, int], till: Till) -> None:
    await till.fake.fails(**trouble)
    with pytest.raises(ProviderAway):
        await till.provider.start_pay_in(pay_in_of(euros(2000)))
    await till.fake.fails()
    started = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    assert (await till.provider.find_pay_in(started.reference)).state is PayInState.OPEN


async def test_a_refusal_is_told_in_its_own_words(till: Till) -> None:
    await till.fake.fails(refused=1, refused_with="Not in your country.")
    with pytest.raises(ProviderRefused, match=r"^Not in your country\.$"):
        await till.provider.start_pay_in(pay_in_of(euros(2000)))


async def test_nobody_listens() -> None:
    provider = StripeProvider("sk_test_1", ["whsec_1"], "http://127.0.0.1:1")
    with pytest.raises(ProviderAway):
        await provider.find_pay_in("cs_1")
    await provider.aclose()


async def test_a_key_that_is_not_taken_is_the_operators_to_mend(till: Till) -> None:
    provider = StripeProvider("sk_test_other", [till.fake.secret], till.fake.url)
    with pytest.raises(ProviderAway, match="SEQUESTRE_STRIPE_SECRET_KEY"):
        await provider.find_pay_in("cs_1")
    await provider.aclose()


async def test_neither_key_nor_secret_is_ever_told(
    till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, secret = "sk_test_neverTold", "whsec_neverTold"
    await till.fake.does("ways", keys=[key])
    provider = StripeProvider(key, [secret], till.fake.url)
    await provider.start_pay_in(pay_in_of(euros(2000)))
    said = [repr(provider)]
    for trouble in ({"outage": True}, {"refused": 1}, {"broken": 1}):
        await till.fake.fails(**trouble)
        with pytest.raises(ProviderError) as raised:
            await provider.start_pay_in(pay_in_of(euros(2000), "pay-in-2"))
        said += [repr(raised.value), repr(raised.value.__cause__)]
    await provider.aclose()
    assert caplog.records
    assert "neverTold" not in caplog.text + "".join(said)


async def test_what_people_wrote_is_in_no_log(
    till: Till, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(Settings(_env_file=None, database_url="postgresql://x/y", log_level="DEBUG"))
    await till.provider.start_pay_in(pay_in_of(euros(2000)))
    assert "logo" not in capsys.readouterr().err
