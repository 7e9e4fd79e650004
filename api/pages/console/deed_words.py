"""How the journal of those who operate is said on its page."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from api.pages.console.person_page import person_page
from api.pages.console.words import ACTIONS
from api.pages.reader import Reader
from api.pages.role_words import called
from api.schemas.operator_journal import DeedOutcome, DeedView
from domain.operator_deeds import Deed, Subject
from texts.catalogue import msg

CALLED: dict[str, str] = {
    Deed.TOP_UP: msg("write down a top-up"),
    Deed.PAYOUT: msg("write down a payout"),
    Deed.COMMISSION_PAYOUT: msg("take out commission"),
    Deed.REVERSAL: msg("take a transfer back"),
    Deed.SET_UP_USER: msg("set somebody up"),
    Deed.ADD_ENDPOINT: msg("add an endpoint"),
    Deed.CHANGE_ENDPOINT: msg("change an endpoint"),
    Deed.DELETE_ENDPOINT: msg("delete an endpoint"),
    Deed.ROTATE_KEY: msg("give an endpoint another secret"),
    Deed.DISABLE_ENDPOINT: msg("disable an endpoint"),
    Deed.ENABLE_ENDPOINT: msg("enable an endpoint"),
    Deed.TEST_ENDPOINT: msg("send an endpoint a test"),
    Deed.REDELIVER: msg("send a message again"),
    Deed.ADVANCE_CLOCK: msg("move the clock"),
    Deed.EXPORT: msg("take a list away as a file"),
    Deed.REPAIR: msg("repair a workflow"),
    Deed.APPROVE_PAYOUT: msg("approve a payout"),
    Deed.REFUSE_PAYOUT: msg("refuse a payout"),
    Deed.TERMINATE: msg("terminate a workflow without an order"),
    **{action.value: words for action, words in ACTIONS.items()},
}
SUBJECTS: dict[Subject, str] = {
    Subject.ORDER: msg("order"),
    Subject.TRANSFER: msg("transfer"),
    Subject.USER: msg("person"),
    Subject.ENDPOINT: msg("endpoint"),
    Subject.DELIVERY: msg("message"),
    Subject.CLOCK: msg("clock"),
    Subject.LIST: msg("list"),
    Subject.PAYOUT: msg("payout"),
    Subject.WORKFLOW: msg("workflow"),
}
PAGES: dict[Subject, str] = {
    Subject.ORDER: "/console/orders/",
    Subject.TRANSFER: "/console/transfers/",
    Subject.ENDPOINT: "/console/deliveries/",
    Subject.PAYOUT: "/console/payouts/",
}
"""Where what has a page of its own is seen, before its id; people have theirs by `person_page`."""

OUTCOMES: dict[DeedOutcome, tuple[str, str]] = {
    DeedOutcome.DONE: ("good", msg("done")),
    DeedOutcome.REFUSED: ("bad", msg("refused")),
    DeedOutcome.WAITING: ("wait", msg("waits to be decided")),
    DeedOutcome.BEGUN: ("wait", msg("begun, without an outcome")),
}
"""In which tone an outcome is read, and its words."""

PAST_THE_API = msg("past the API")


@dataclass(frozen=True)
class DeedLine:
    """A deed in the list, said to its reader. `href` leads to what it was done to, if anywhere."""

    at: datetime
    by: str
    roles: str
    what: str
    deed: str
    subject: str
    subject_id: str
    href: str
    person: str | None
    reason: str
    tone: str
    outcome: str
    code: str
    refusal: str
    request_id: str


def deed_line(found: DeedView, reader: Reader) -> DeedLine:
    """Return a deed as its reader sees it."""
    say = reader.formatter.say
    tone, outcome = OUTCOMES[found.outcome]
    return DeedLine(
        at=found.at,
        by=found.by,
        roles=called(found.roles, reader.formatter) or say(PAST_THE_API),
        what=say(CALLED.get(found.deed, found.deed)),
        deed=found.deed,
        subject=say(SUBJECTS[found.subject]),
        subject_id=found.subject_id,
        href=_page_of(found),
        person=found.user_id if found.user_id != found.subject_id else None,
        reason=found.reason or "",
        tone=tone,
        outcome=say(outcome),
        code=found.code.value if found.code else "",
        refusal=found.refusal or "",
        request_id=found.request_id or "",
    )


def _page_of(found: DeedView) -> str:
    if found.subject is Subject.USER:
        return person_page(found.subject_id)
    page = PAGES.get(found.subject)
    return f"{page}{quote(found.subject_id, safe='')}" if page else ""
