"""An event is the provider's own, unchanged and of now, or it is none."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from domain.payments import ProviderEventKind
from embedded.stripe_stand_in.hooks import signature
from providers.protocol import NotGenuine, ProviderEvent
from providers.stripe import StripeProvider

SECRET, NEXT, OTHER = "whsec_one", "whsec_next", "whsec_other"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "created": AT,
    "livemode": False,
    "data": {"object": {"id": "cs_1", "payment_status": "paid"}},
}
BODY = json.dumps(EVENT).encode()


def read(
    body: bytes,
    headers: Mapping[str, str],
    *,
    secrets: list[str] | None = None,
    key: str = "sk_test_1",
) -> ProviderEvent:
    """What a provider reads that knows these secrets."""
    return StripeProvider(key, secrets or [SECRET]).read_event(body, headers, NOW)


def signed(body: bytes = BODY, *by: str, at: int = AT) -> dict[str, str]:
    """The header of a body."""
    return {"stripe-signature": signature(body, by or (SECRET,), at)}


def test_what_is_signed_is_read() -> None:
    event = read(BODY, signed())
    assert (event.id, event.kind, event.at) == ("evt_1", ProviderEventKind.PAY_IN_PAID, NOW)


def test_what_was_before_may_be_null() -> None:
    data = {**EVENT["data"], "previous_attributes": None}
    body = json.dumps({**EVENT, "data": data, "type": "charge.dispute.updated"}).encode()
    assert read(body, signed(body)).reference == "cs_1"


def test_the_fake_signs_as_stripes_own_library_does() -> None:
    theirs = stripe.WebhookSignature.generate_signature_header(BODY.decode(), SECRET, AT)
    assert theirs == signature(BODY, [SECRET], AT)


@pytest.mark.parametrize("name", ["Stripe-Signature", "STRIPE-SIGNATURE", "stripe-signature"])
def test_a_header_is_one_however_it_is_written(name: str) -> None:
    assert read(BODY, {"other": "x", name: signed()["stripe-signature"]}).id == "evt_1"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"stripe-signature": ""},
        {"stripe-signature": "t=1"},
        {"stripe-signature": f"t={AT}"},
        {"stripe-signature": f"t={AT},v1="},
        {"stripe-signature": f"t={AT},v1=é"},
        {"stripe-signature": f"t={AT},v0={signed()['stripe-signature'].split('v1=')[1]}"},
        {"stripe-signature": f"v1={signed()['stripe-signature'].split('v1=')[1]}"},
        {"stripe-signature": "nonsense"},
        {"stripe-signature": "t=,v1="},
        {"stripe-signature": "t=now,v1=x"},
        {"stripe-signature": f"t={'9' * 5000},v1=x"},
        {"other": signed()["stripe-signature"]},
    ],
)
def test_what_is_not_signed_is_not_believed(headers: dict[str, str]) -> None:
    with pytest.raises(NotGenuine):
        read(BODY, headers)


@pytest.mark.parametrize(
    "body",
    [BODY.replace(b"cs_1", b"cs_2"), BODY + b" ", b"", BODY[:-1], b"\xff\xfe", BODY + b"\xff"],
)
def test_what_was_altered_is_not_believed(body: bytes) -> None:
    with pytest.raises(NotGenuine):
        read(body, signed())


def test_bytes_that_are_no_text_are_not_believed_though_they_are_signed() -> None:
    with pytest.raises(NotGenuine):
        read(b"\xff\xfe", signed(b"\xff\xfe"))


def test_what_another_secret_has_signed_is_not_believed() -> None:
    with pytest.raises(NotGenuine):
        read(BODY, signed(BODY, OTHER))


def test_the_instant_is_signed_too() -> None:
    header = signed(at=AT - 1000)["stripe-signature"].replace(f"t={AT - 1000}", f"t={AT}")
    with pytest.raises(NotGenuine):
        read(BODY, {"stripe-signature": header})
    twice = f"t={AT}," + signed(at=AT - 1000)["stripe-signature"]
    with pytest.raises(NotGenuine):
        read(BODY, {"stripe-signature": twice})


@pytest.mark.parametrize("seconds", [0, 299, 300])
def test_what_was_signed_within_five_minutes_is_read(seconds: int) -> None:
    assert read(BODY, signed(at=AT - seconds)).id == "evt_1"


@pytest.mark.parametrize("age", [timedelta(seconds=301), timedelta(days=1), timedelta(days=9999)])
def test_what_is_older_is_not_believed(age: timedelta) -> None:
    at = int((NOW - age).timestamp())
    with pytest.raises(NotGenuine, match="5 minutes"):
        read(BODY, signed(at=at))


@pytest.mark.parametrize("at", [10**14, 10**30])
def test_an_instant_that_there_is_not_is_not_believed(at: int) -> None:
    with pytest.raises(NotGenuine):
        read(BODY, signed(at=at))


def test_how_old_it_is_is_asked_of_the_clock_that_is_given() -> None:
    later = NOW + timedelta(minutes=6)
    with pytest.raises(NotGenuine):
        StripeProvider("sk_test_1", [SECRET]).read_event(BODY, signed(), later)


@pytest.mark.parametrize("by", [(SECRET,), (NEXT,), (SECRET, NEXT), (OTHER, NEXT)])
def test_while_a_secret_is_changed_both_are_taken(by: tuple[str, ...]) -> None:
    assert read(BODY, signed(BODY, *by), secrets=[SECRET, NEXT]).id == "evt_1"


def test_a_secret_that_was_taken_away_is_not() -> None:
    with pytest.raises(NotGenuine):
        read(BODY, signed(), secrets=[NEXT])


@pytest.mark.parametrize(
    ("key", "is_live", "counts"),
    [
        ("sk_test_1", False, True),
        ("sk_live_1", True, True),
        ("rk_live_1", True, True),
        ("sk_live_1", False, False),
        ("rk_live_1", False, False),
        ("sk_test_1", True, False),
    ],
)
def test_no_test_is_taken_for_real_money(key: str, is_live: bool, counts: bool) -> None:
    body = json.dumps({**EVENT, "livemode": is_live}).encode()
    event = read(body, signed(body), key=key)
    kind, reference = (
        (ProviderEventKind.PAY_IN_PAID, "cs_1") if counts else (ProviderEventKind.OTHER, None)
    )
    assert (event.id, event.kind, event.reference) == ("evt_1", kind, reference)
