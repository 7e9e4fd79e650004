"""What a provider says is heard where it is signed; what it says of nothing known is kept too."""

from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel

from tests.api.test_pay_ins import PAID, outcome_of, started, tell
from tests.app_under_test import OPERATOR, ApiClient, somebody
from tests.providers.paper import PaperProvider, said
from tests.serving import serving


@pytest.mark.parametrize(
    "ours", [None, "x", "00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000"]
)
async def test_a_payment_that_is_not_known_is_kept_for_a_person(
    shop: ApiClient, ours: str | None
) -> None:
    event = said(PAID, {"id": ours, "amount": {"amount": 500, "currency": "EUR"}})
    assert (await tell(shop, event)).status_code == 200
    assert await outcome_of(shop, event) == "theirs_only"
    listed = (await shop.get("/v1/provider-events?outcome=theirs_only", OPERATOR)).json()["items"]
    assert event["id"] in [one["id"] for one in listed]


async def test_what_is_not_signed_is_refused_and_leaves_nothing(shop: ApiClient) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    event = said(PAID, pay_in)
    answer = await tell(shop, event, **{"Paper-Signature": "0" * 64})
    assert (answer.status_code, answer.json()["code"]) == (400, "not-genuine")
    elsewhere = await shop.client.post("/v1/providers/other/events", content=b"{}")
    assert elsewhere.status_code == 404
    listed = (await shop.get("/v1/provider-events?limit=100", OPERATOR)).json()["items"]
    assert event["id"] not in [one["id"] for one in listed]


@pytest.mark.parametrize("nonsense", [[], {}, {"id": "evt_1", "kind": "nonsense"}])
async def test_what_is_signed_and_no_event_is_told_in_our_words(
    nonsense: Any, shop: ApiClient, provider: PaperProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Event(BaseModel):
        id: str
        of: str

    def read(raw: bytes, *_: Any) -> Any:
        return Event.model_validate_json(raw)

    monkeypatch.setattr(provider, "read_event", read)
    answer = await tell(shop, nonsense)
    assert (answer.status_code, answer.json()["code"]) == (400, "not-genuine")
    assert answer.json()["detail"] == (
        "It is signed by the provider, and is no event that can be read here. Nothing changed."
    )


async def test_what_cannot_be_written_down_is_sent_again(
    provider: PaperProvider,
) -> None:
    assert provider.takes_payments
    async with serving("postgresql://sequestre@127.0.0.1:1/sequestre") as away:
        answer = await tell(away, said(PAID, {"id": str(uuid4()), "amount": None}))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
