"""The pages of orders whose payment is disputed, in a browser."""

import pytest

from tests.api.test_chargebacks import OPENED, UNTIL, becomes, disputes, paid_order
from tests.app_under_test import ApiClient, OrderInPlay, somebody
from tests.contract import body_of
from tests.web.conftest import Opened, window_at
from tests.web.window import Language, Look


async def frozen_at(shop: ApiClient, state: str, *open_beside: tuple[str, str]) -> OrderInPlay:
    """An order in this state with what is open beside it, whose payment is disputed."""
    in_play, pay_in = await paid_order(shop)
    await in_play.reach(state)
    for action, role in open_beside:
        await in_play.act(action, getattr(in_play, role), body_of(action))
    await disputes(shop, OPENED, pay_in, evidence_until=UNTIL)
    await becomes(in_play, payment_hold=True)
    return in_play


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_nothing_is_wrong_with_the_pages_of_a_frozen_order(
    shop: ApiClient, windows: Opened, language: Language
) -> None:
    beside = (("make_offer", "seller"), ("request_cancellation", "buyer"))
    proposals = (("propose_settlement", "buyer"), ("propose_settlement", "seller"))
    work = await frozen_at(shop, "in_progress", *beside, *proposals)
    case = await frozen_at(shop, "disputed")
    order = work.order["id"]
    seen = (
        (work.buyer, (f"/orders/{order}", "/orders", "/inbox")),
        (work.seller, (f"/orders/{order}",)),
        (somebody("mediator", "mediator"), ("/disputes", f"/disputes/{case.order['id']}")),
        (
            somebody("operator", "operator"),
            (
                *("/console", "/console/orders?payment=disputed", "/console/chargebacks"),
                *(f"/console/orders/{order}", "/console/orders"),
            ),
        ),
    )
    for who, paths in seen:
        window = await window_at(windows, shop, who, Look(language))
        for path in paths:
            assert [] == await window.faults_at(path)
