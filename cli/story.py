"""The story of a refused revision, in five acts: everything that can follow from it."""

import asyncio

from cli.stage import ANA, BEN, MIA, Json, Stage, UnexpectedAnswer

DECISION_SECONDS = 5
"""The buyer's seven days, shortened by policy so that the second act can be watched."""

PATIENCE_SECONDS = 30


async def play(stage: Stage) -> None:
    """All five acts.

    Raises:
        UnexpectedAnswer: the product did something else than the story says.
    """
    stage.console.rule("Before", align="left")
    await stage.top_up(ANA, 10_000)
    service = await stage.offer(BEN)
    for number, (title, act) in enumerate(ACTS, start=1):
        stage.console.rule(f"Act {number}: {title}", align="left")
        with stage.quiet(number > 1):
            order = await _refused(stage, service)
        if number > 1:
            await stage.show("Ana orders again; Ben refuses a revision again", order)
        await act(stage, order)


async def _refused(stage: Stage, service: Json) -> Json:
    """How every act begins: an order up to the refused revision."""
    order = await stage.place(ANA, service)
    await stage.act(order, "accept", BEN, "accepts the order")
    await stage.act(order, "deliver", BEN, "delivers", message="The fish, in blue.")
    reason = "Could the fish look happier?"
    await stage.act(order, "request_revision", ANA, "asks for a revision", reason=reason)
    reason = "The brief asked for blue, not for happy."
    return await stage.act(
        order, "refuse_revision", BEN, "refuses it", ground="out_of_scope", reason=reason
    )


async def _completes(stage: Stage, order: Json) -> None:
    await stage.act(order, "complete", ANA, "accepts the work as it is")


async def _silence(stage: Stage, order: Json) -> None:
    stage.console.print(
        f"  Ana says nothing. Her 7 days are {DECISION_SECONDS} seconds in this demonstration: "
        "each order keeps the policy it was placed under."
    )
    after = await _until_it_moves(stage, order)
    await stage.show(f"Time ran out (by {after['outcome']['by']})", after)


async def _until_it_moves(stage: Stage, order: Json) -> Json:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            now = await stage.ask("GET", f"/v1/orders/{order['id']}", ANA)
            if now["state"] != order["state"]:
                return now
            await asyncio.sleep(0.1)


async def _dispute(stage: Stage, order: Json) -> None:
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


async def _extra(stage: Stage, order: Json) -> None:
    extra = order["extras"][0]
    deed = f"buys the extra “{extra['title']}”"
    await stage.act(order, "buy_extra", ANA, deed, extra_id=extra["id"])
    await stage.act(order, "deliver", BEN, "delivers again", message="With the source files.")
    await stage.act(order, "complete", ANA, "accepts the work")


async def _seller_cancels(stage: Stage, order: Json) -> None:
    reason = "We will not agree; take your money back."
    await stage.act(order, "cancel", BEN, "cancels: everything goes back", reason=reason)


ACTS = (
    ("the buyer completes", _completes),
    ("the decision window runs out", _silence),
    ("a dispute, ended by a partial refund", _dispute),
    ("an extra, bought after the refusal", _extra),
    ("the seller cancels", _seller_cancels),
)

__all__ = ["DECISION_SECONDS", "UnexpectedAnswer", "play"]
