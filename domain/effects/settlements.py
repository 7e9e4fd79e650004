"""Settlements: one side proposes how to share the money, the other signs too."""

from datetime import datetime
from typing import cast

from domain.actions import AboutSettlement, PositiveMoney, ProposeSettlement
from domain.command import Command, Refusal
from domain.effects.change import Change, invalid, not_allowed
from domain.effects.endings import close_order
from domain.money import in_words
from domain.order import Agreement, Order, Settlement
from domain.reasons import Reason
from domain.vocabulary import State


def propose_settlement(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Open a proposal in place of one's own earlier one; the other side's stays open beside it."""
    refund = cast("ProposeSettlement", command.fields).refund
    wrong = wrong_split(order, refund)
    if wrong is not None:
        return wrong
    proposal = Settlement(
        id=command.request_id, proposed_by=command.actor, proposed_at=now, refund=refund.amount
    )
    others = tuple(one for one in order.settlements if one.proposed_by != command.actor)
    return Change(order.model_copy(update={"settlements": (*others, proposal)}))


def withdraw_settlement(order: Order, command: Command, _now: datetime) -> Change | Refusal:
    """Close one's own proposal."""
    proposal = _named(order, command)
    if proposal is None or proposal.proposed_by != command.actor:
        return not_allowed(Reason.NOT_A_PROPOSAL_OF_YOURS)
    left = tuple(one for one in order.settlements if one.id != proposal.id)
    return Change(order.model_copy(update={"settlements": left}))


def accept_settlement(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Sign the other side's proposal: the money is shared out and the order, or dispute, ends."""
    proposal = _named(order, command)
    if proposal is None or proposal.proposed_by == command.actor:
        return not_allowed(Reason.NOT_A_PROPOSAL_OF_THEIRS)
    agreement = Agreement(
        settlement_id=proposal.id,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        accepted_by=command.actor,
        accepted_at=now,
    )
    signed = order.model_copy(update={"agreement": agreement})
    return close_order(signed, State.SETTLED, proposal.refund, command.actor, command.action, now)


def wrong_split(order: Order, refund: PositiveMoney) -> Refusal | None:
    """Return why this refund cannot be part of a split of the order's money; None where it can."""
    if refund.currency != order.currency:
        return invalid("refund", Reason.OTHER_CURRENCY, currency=order.currency)
    if refund.amount >= order.total:
        total = in_words(order.total, order.currency)
        return invalid("refund", Reason.NOT_LESS_THAN_TOTAL, total=total)
    return None


def _named(order: Order, command: Command) -> Settlement | None:
    settlement_id = cast("AboutSettlement", command.fields).settlement_id
    return next((one for one in order.settlements if one.id == settlement_id), None)
