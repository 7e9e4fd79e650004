"""Revisions: asked for, granted, refused."""

import pytest

from tests.api.conftest import DealIn
from tests.api.readings import INSTANT, code, instant, journal, later
from tests.house import DELIVER, House

REFUSAL = {"ground": "not_included", "reason": "The contract has one draft."}


async def test_a_granted_revision_runs_for_the_services_revision_time(house: House) -> None:
    deal = await (await house.deal(revision_time="P1D")).reach("revision_requested")
    await deal.act("accept_revision", deal.seller)
    assert "in_progress" == deal.order["state"]
    assert later(deal.order["updated_at"], days=1) == instant(deal.order["due_at"])
    assert "late" == deal.order["deadline"]["on_expiry"]


async def test_a_revision_time_that_was_not_given_is_the_delivery_time(deal_in: DealIn) -> None:
    deal = await deal_in("revision_requested")
    await deal.act("accept_revision", deal.seller)
    assert later(deal.order["updated_at"], days=3) == instant(deal.order["due_at"])


async def test_a_revised_order_is_delivered_again_and_paid(deal_in: DealIn) -> None:
    deal = await deal_in("revision_requested")
    await deal.act("accept_revision", deal.seller)
    await deal.act("deliver", deal.seller, DELIVER)
    await deal.act("complete", deal.buyer)
    assert [
        "buyer: place → pending",
        "seller: accept → in_progress",
        "seller: deliver → delivered",
        "buyer: request_revision → revision_requested",
        "seller: accept_revision → in_progress",
        "seller: deliver → delivered",
        "buyer: complete → completed",
    ] == await journal(deal)


async def test_a_revision_may_be_asked_for_again_and_again(deal_in: DealIn) -> None:
    deal = await deal_in("revision_requested")
    await deal.act("accept_revision", deal.seller)
    await deal.act("deliver", deal.seller, DELIVER)
    await deal.act("request_revision", deal.buyer, {"reason": "Bluer still."})
    assert "revision_requested" == deal.order["state"]


async def test_the_buyer_reads_why_a_revision_was_refused(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("revision_requested")
    await deal.act("refuse_revision", deal.seller, REFUSAL)
    last = (await house.door.events(deal.order, deal.buyer))[-1]
    assert REFUSAL == last["fields"]


@pytest.mark.parametrize("ground", ["vague", "out_of_scope", "other"])
async def test_other_grounds_may_be_given(deal_in: DealIn, ground: str) -> None:
    deal = await deal_in("revision_requested")
    await deal.act("refuse_revision", deal.seller, REFUSAL | {"ground": ground})
    assert "revision_refused" == deal.order["state"]


async def test_a_refused_revision_cannot_be_asked_for_again(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("revision_refused")
    answer = await house.door.act(deal.order, "request_revision", deal.buyer, {"reason": "Please."})
    assert (409, "action-not-allowed") == code(answer)
    assert [
        "complete",
        "open_dispute",
        "buy_extra",
        "request_offer",
        "propose_settlement",
    ] == answer.json()["actions"]


async def test_a_dispute_waits_for_the_answer_to_be_overdue(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("revision_requested")
    answer = await house.door.act(deal.order, "open_dispute", deal.buyer, {"reason": "Now."})
    assert (409, "action-not-allowed") == code(answer)
    assert ["complete", "propose_settlement"] == answer.json()["actions"]


async def test_a_delivery_carries_its_message_and_its_links(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    body = {"message": "Here it is.", "links": ["https://files.example/logo.svg"]}
    await deal.act("deliver", deal.seller, body)
    assert body == (await house.door.events(deal.order, deal.buyer))[-1]["fields"]
    assert INSTANT == deal.order["deadline"]["at"]


async def test_a_link_is_kept_in_the_form_in_which_it_was_understood(
    house: House, deal_in: DealIn
) -> None:
    deal = await deal_in("in_progress")
    links = ["https:files.example/x", r"https:\\files.example\y", " https://files.example/a b "]
    kept = ["https://files.example/x", "https://files.example/y", "https://files.example/a%20b"]
    await deal.act("deliver", deal.seller, {"message": "Here it is.", "links": links})
    (said,) = [one["fields"] for one in await house.door.events(deal.order, deal.buyer)][-1:]
    assert kept == said["links"]
