"""A request that an older worker would misread bears a generation that it does not know."""

from domain.actions import fields_of
from domain.generation import GENERATION
from domain.vocabulary import Action, ProviderAct

ACTIONS_OF = {
    1: """
accept
deliver message links
request_revision reason
accept_revision
refuse_revision ground reason
complete
open_dispute reason
buy_extra extra_id
request_offer description
make_offer title description price delivery_time
withdraw_offer offer_id
decline_offer offer_id
accept_offer offer_id
request_cancellation reason
refuse_cancellation reason
cancel reason
propose_settlement refund reason
withdraw_settlement settlement_id
accept_settlement settlement_id
assign
add_statement statement links
resolve outcome refund delivery_time reasons
""",
    2: """
accept
deliver message links
request_revision reason
accept_revision
refuse_revision ground reason
complete
open_dispute reason
buy_extra extra_id
request_offer description
make_offer title description price delivery_time
withdraw_offer offer_id
decline_offer offer_id
accept_offer offer_id
request_cancellation reason
refuse_cancellation reason
cancel reason
propose_settlement refund reason
withdraw_settlement settlement_id
accept_settlement settlement_id
assign mediator_id
release reason
add_statement statement links
resolve outcome refund delivery_time reasons
""",
}
ACTIONS_OF[3] = ACTIONS_OF[4] = ACTIONS_OF[2]
ACTIONS_OF[5] = f"""{ACTIONS_OF[4]}payment_disputed chargeback_id amount evidence_until
payment_dispute_won chargeback_id
payment_dispute_lost chargeback_id amount
"""
"""What each release understands: a new action or field needs a new generation with its entry."""


def vocabulary() -> str:
    """The actions of today with their fields, a line each."""
    acts = (*Action, *ProviderAct)
    lines = (" ".join([act, *fields_of(act).model_fields]) for act in acts)
    return "\n" + "\n".join(lines) + "\n"


def test_a_new_action_or_field_is_a_new_generation() -> None:
    assert GENERATION == max(ACTIONS_OF)
    assert ACTIONS_OF[GENERATION] == vocabulary()
