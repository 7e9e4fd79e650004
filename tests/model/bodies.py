"""What people say when they act: bodies of requests, drawn for the order as the model has it."""

from uuid import UUID

from hypothesis import strategies as st

from tests.contract import Json, body_of, eur
from tests.model.effects import RESTART_TIME
from tests.model.reference import MEDIATORS, Reference, other

NOWHERE = str(UUID(int=0))
TEXT = "Because."


def meant(order: Reference, who: str, action: str) -> st.SearchStrategy[Json]:
    """What can be meant for the order as it stands."""
    match action:
        case "buy_extra":
            return st.sampled_from([{"extra_id": one} for one in order.extras])
        case "make_offer":
            return _offers(order)
        case "accept_offer" | "decline_offer" | "withdraw_offer":
            return st.just({"offer_id": order.offer.id if order.offer else NOWHERE})
        case "propose_settlement":
            return st.integers(1, max(1, order.total - 1)).map(_proposal)
        case "withdraw_settlement":
            return st.just({"settlement_id": order.proposals[who][0]})
        case "accept_settlement":
            return st.just({"settlement_id": order.proposals[other(who)][0]})
        case "resolve":
            return _rulings(st.integers(1, max(1, order.total - 1)))
        case "assign" if who == "operator":
            return st.sampled_from([{"mediator_id": one} for one in MEDIATORS.values()])
        case _:
            return st.just(body_of(action) or {})


def any_at_all(order: Reference, action: str) -> st.SearchStrategy[Json]:
    """Well-formed, and perhaps about something else than this order."""
    sums = st.sampled_from([1, order.total, order.total + 1])
    match action:
        case "buy_extra":
            ids = [*order.extras, *order.bought, NOWHERE]
            return st.sampled_from(ids).map(lambda one: {"extra_id": one})
        case "make_offer":
            return _offers(order)
        case "accept_offer" | "decline_offer" | "withdraw_offer":
            ids = [one for one in (order.offer and order.offer.id, order.lapsed_offer) if one]
            return st.sampled_from([*ids, NOWHERE]).map(lambda one: {"offer_id": one})
        case "propose_settlement":
            return sums.map(_proposal)
        case "withdraw_settlement" | "accept_settlement":
            ids = [one[0] for one in order.proposals.values()]
            return st.sampled_from([*ids, NOWHERE]).map(lambda one: {"settlement_id": one})
        case "resolve":
            return _rulings(sums)
        case "assign":
            named = [{}, *({"mediator_id": one} for one in MEDIATORS.values())]
            return st.sampled_from(named)
        case _:
            return st.just(body_of(action) or {})


def _offers(order: Reference) -> st.SearchStrategy[Json]:
    """Often for all that the buyer has, or for a cent more."""
    prices = st.integers(1, 3_000) | st.sampled_from([0, 1]).map(
        lambda more: max(1, order.wallets.buyer + more)
    )
    times = st.sampled_from(["P1D", "P9D"])
    return st.builds(
        lambda cents, time: {"title": "A letterhead", "price": eur(cents), "delivery_time": time},
        prices,
        times,
    )


def _proposal(cents: int) -> Json:
    return {"refund": eur(cents), "reason": TEXT}


def _rulings(refunds: st.SearchStrategy[int]) -> st.SearchStrategy[Json]:
    time = {"delivery_time": f"P{RESTART_TIME.days}D"}
    whole: list[Json] = [{"outcome": "refund"}, {"outcome": "pay_seller"}]
    again: Json = {"outcome": "restart", **time}
    splits = refunds.map(lambda cents: {"outcome": "split", "refund": eur(cents)})
    drawn = st.just(again) | splits | st.sampled_from(whole)
    return drawn.map(lambda ruling: {**ruling, "reasons": TEXT})
