"""What those who operate the marketplace do, as their journal has it."""

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """To what something was done."""

    ORDER = "order"
    TRANSFER = "transfer"
    USER = "user"
    ENDPOINT = "endpoint"
    DELIVERY = "delivery"
    CLOCK = "clock"
    LIST = "list"
    PAYOUT = "payout"
    WORKFLOW = "workflow"


class Deed(StrEnum):
    """What was done; what was done to an order through its actions is called as the action is."""

    TOP_UP = "top_up"
    PAYOUT = "payout"
    COMMISSION_PAYOUT = "commission_payout"
    REVERSAL = "reversal"
    SET_UP_USER = "set_up_user"
    ADD_ENDPOINT = "add_endpoint"
    CHANGE_ENDPOINT = "change_endpoint"
    DELETE_ENDPOINT = "delete_endpoint"
    ROTATE_KEY = "rotate_key"
    DISABLE_ENDPOINT = "disable_endpoint"
    ENABLE_ENDPOINT = "enable_endpoint"
    TEST_ENDPOINT = "test_endpoint"
    REDELIVER = "redeliver"
    ADVANCE_CLOCK = "advance_clock"
    EXPORT = "export"
    REPAIR = "repair"
    APPROVE_PAYOUT = "approve_payout"
    REFUSE_PAYOUT = "refuse_payout"
    TERMINATE = "terminate"


NOTED_AS_BEGUN = (Deed.REPAIR, Deed.TERMINATE)
"""Deeds that are in the journal before they are done; their outcome follows, where they do not
break off."""


@dataclass(frozen=True)
class OperatorDeed:
    """Something that somebody did. `roles` are those of their token, none where nobody asked for
    one; `user_id` is whom it concerns, `reason` what they said, where that is no word on an order;
    `request_id` is that of the action, or of the call as the log has it."""

    by_id: str
    roles: tuple[str, ...]
    deed: str
    subject: Subject
    subject_id: str
    user_id: str | None = None
    reason: str | None = None
    request_id: str | None = None
