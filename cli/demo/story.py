"""The story of a refused revision: everything that can follow from it, an act for each."""

import asyncio

from cli.demo.client import ANA, BEN, MIA, DemoClient, Json, UnexpectedAnswer

DECISION_SECONDS = 5
"""The buyer's seven days, shortened by policy so that the second act can be watched."""

PATIENCE_SECONDS = 30


async def play(stage: DemoClient) -> None:
    """Play all acts.

    Raises:
        UnexpectedAnswer: the product did something else than the story says.
    """
    stage.console.rule("Before", align="left")
    await stage.top_up(ANA, 14_500)
    service = await stage.offer(BEN)
    for number, (title, act) in enumerate(ACTS, start=1):
        if number == FIRST_TOLD:
            stage.console.rule("Second half: everybody is told", align="left")
            await stage.tell_everybody()
        stage.console.rule(f"Act {number}: {title}", align="left")
        with stage.quiet(number > 1):
            order = await _refused(stage, service)
        if number > 1:
            await stage.show("Ana orders again; Ben refuses a revision again", order)
        await act(stage, order)
        await stage.everything_told(order)


async def _refused(stage: DemoClient, service: Json) -> Json:
    """Play how every act begins: an order up to the refused revision."""
    order = await stage.place(ANA, service)
    await stage.act(order, "accept", BEN, "accepts the order")
    await stage.act(order, "deliver", BEN, "delivers", message="The fish, in blue.")
    reason = "Could the fish look happier?"
    await stage.act(order, "request_revision", ANA, "asks for a revision", reason=reason)
    reason = "The brief asked for blue, not for happy."
    return await stage.act(
        order, "refuse_revision", BEN, "refuses it", ground="out_of_scope", reason=reason
    )


async def _completes(stage: DemoClient, order: Json) -> None:
    await stage.act(order, "complete", ANA, "accepts the work as it is")


async def _window_runs_out(stage: DemoClient, order: Json) -> None:
    stage.console.say(
        f"  Ana says nothing. Her 7 days are {DECISION_SECONDS} seconds in this demonstration: "
        "each order keeps the policy it was placed under."
    )
    after = await _until_it_moves(stage, order)
    await stage.show(f"Time ran out (by {after['outcome']['by']})", after)


async def _until_it_moves(stage: DemoClient, order: Json) -> Json:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            now = await stage.ask("GET", f"/v1/orders/{order['id']}", ANA)
            if now["state"] != order["state"]:
                return now
            await asyncio.sleep(0.1)


async def _dispute(stage: DemoClient, order: Json) -> None:
    reason = "It is blue, but it is a whale."
    await stage.act(order, "open_dispute", ANA, "opens a dispute", reason=reason)
    await stage.act(order, "assign", MIA, "takes the case as mediator")
    await stage.act(
        order,
        "resolve",
        MIA,
        "rules: 5.00 EUR back, the rest is earned",
        outcome="split",
        refund={"amount": 500, "currency": "EUR"},
        reasons="A whale is close to a fish, yet not quite one.",
    )


async def _extra(stage: DemoClient, order: Json) -> None:
    extra = order["extras"][0]
    deed = f"buys the extra “{extra['title']}”"
    await stage.act(order, "buy_extra", ANA, deed, extra_id=extra["id"])
    await stage.act(order, "deliver", BEN, "delivers again", message="With the source files.")
    await stage.act(order, "complete", ANA, "accepts the work")


async def _seller_cancels(stage: DemoClient, order: Json) -> None:
    reason = "We will not agree; take your money back."
    await stage.act(order, "cancel", BEN, "cancels: everything goes back", reason=reason)


async def _settlement(stage: DemoClient, order: Json) -> None:
    reason = "It is blue, but it is a whale."
    await stage.act(order, "open_dispute", ANA, "opens a dispute", reason=reason)
    refund = {"amount": 800, "currency": "EUR"}
    deed = "proposes: 8.00 EUR back"
    after = await stage.act(
        order, "propose_settlement", BEN, deed, refund=refund, reason="A whale it is."
    )
    proposal = after["settlements"][0]
    await stage.preview(order, "accept_settlement", ANA, settlement_id=proposal["id"])
    deed = "signs too; no mediator was needed"
    await stage.act(order, "accept_settlement", ANA, deed, settlement_id=proposal["id"])


async def _offer(stage: DemoClient, order: Json) -> None:
    description = "Could you draw a price tag as well?"
    await stage.act(order, "request_offer", ANA, "asks for an offer", description=description)
    after = await stage.act(
        order,
        "make_offer",
        BEN,
        "offers a price tag for 9.00 EUR",
        title="A price tag",
        price={"amount": 900, "currency": "EUR"},
        delivery_time="P1D",
    )
    offer = after["offer"]
    await stage.preview(order, "accept_offer", ANA, offer_id=offer["id"])
    await stage.act(order, "accept_offer", ANA, "accepts and pays it", offer_id=offer["id"])
    await stage.act(order, "deliver", BEN, "delivers", message="Fish and price tag.")
    await stage.act(order, "complete", ANA, "accepts the work")


ACTS = (
    ("the buyer completes", _completes),
    ("the decision window runs out", _window_runs_out),
    ("a dispute, ended by a partial refund", _dispute),
    ("an extra, bought after the refusal", _extra),
    ("the seller cancels", _seller_cancels),
    ("a settlement inside a dispute", _settlement),
    ("a custom offer", _offer),
)
FIRST_TOLD = 6
"""From here on mails and webhooks are sent, and shown as they arrive."""

__all__ = ["DECISION_SECONDS", "UnexpectedAnswer", "play"]
