"""Who may do what, when, and what follows, written down by hand: the process as one set of tables.

A cell is the next state, or why not: `-` action-not-allowed, `PAST` deadline-passed (silence had
ended the state that the action needs). What is in no table of a person is forbidden to them. In
these orders nothing is open beside their state: no offer, no proposal, no wish to cancel.
"""

import pytest

from domain.actions import BuyExtra, Fields
from domain.command import Refusal
from domain.order import Actor, Order
from domain.rules import allowed, decide
from domain.vocabulary import Action, Role, State
from tests.domain.acts import (
    PAY_SELLER,
    REFUND,
    RESTART,
    TO_MILO,
    VALID,
    split,
    wish,
)
from tests.domain.examples import (
    BUYER,
    MEDIATOR,
    NOW,
    OPERATOR,
    SELLER,
    SITUATIONS,
)

BUYERS = """
                    request_revision    complete   open_dispute  buy_extra    last_extra  cancel
pending             -                   -          -             pending      -           cancelled
in_progress         -                   -          -             in_progress  -           -
late                -                   -          -             in_progress  -           cancelled
delivered           revision_requested  completed  -             in_progress  -           -
revision_requested  -                   completed  -             -            -           -
answer_overdue      -                   completed  disputed      -            -           -
revision_refused    -                   completed  disputed      in_progress  -           -
disputed_free       -                   -          -             -            -           -
disputed_monas      -                   -          -             -            -           -
disputed_milos      -                   -          -             -            -           -
completed           -                   -          -             -            -           -
cancelled           -                   -          -             -            -           -
settled             -                   -          -             -            -           -
acceptance_lapsed   -                   -          -             PAST         PAST        PAST
review_lapsed       PAST                PAST       -             PAST         PAST        -
decision_lapsed     -                   PAST       PAST          PAST         PAST        -
dispute_by_lapse    -                   PAST       PAST          PAST         PAST        -
"""

SELLERS = """
                    accept       deliver    accept_revision  refuse_revision   cancel
pending             in_progress  -          -                -                 cancelled
in_progress         -            delivered  -                -                 cancelled
late                -            delivered  -                -                 cancelled
delivered           -            -          -                -                 cancelled
revision_requested  -            -          in_progress      revision_refused  cancelled
answer_overdue      -            -          in_progress      revision_refused  cancelled
revision_refused    -            -          -                -                 cancelled
disputed_free       -            -          -                -                 -
disputed_monas      -            -          -                -                 -
disputed_milos      -            -          -                -                 -
completed           -            -          -                -                 -
cancelled           -            -          -                -                 -
settled             -            -          -                -                 -
acceptance_lapsed   PAST         -          -                -                 PAST
review_lapsed       -            -          -                -                 PAST
decision_lapsed     -            -          -                -                 PAST
dispute_by_lapse    -            -          -                -                 PAST
"""

BUYERS_TALK = """
                    request_offer     decline_offer  accept_offer  request_cancellation
pending             -                 -              -             -
in_progress         in_progress       -              -             in_progress
late                in_progress       -              -             in_progress
delivered           delivered         -              -             -
revision_requested  -                 -              -             -
answer_overdue      -                 -              -             -
revision_refused    revision_refused  -              -             -
disputed_free       -                 -              -             -
disputed_monas      -                 -              -             -
disputed_milos      -                 -              -             -
completed           -                 -              -             -
cancelled           -                 -              -             -
settled             -                 -              -             -
acceptance_lapsed   -                 -              -             -
review_lapsed       PAST              PAST           PAST          -
decision_lapsed     PAST              PAST           PAST          -
dispute_by_lapse    PAST              PAST           PAST          -
"""

SELLERS_TALK = """
                    make_offer        withdraw_offer  refuse_cancellation
pending             -                 -               -
in_progress         in_progress       -               -
late                in_progress       -               -
delivered           delivered         -               -
revision_requested  -                 -               -
answer_overdue      -                 -               -
revision_refused    revision_refused  -               -
disputed_free       -                 -               -
disputed_monas      -                 -               -
disputed_milos      -                 -               -
completed           -                 -               -
cancelled           -                 -               -
settled             -                 -               -
acceptance_lapsed   -                 -               -
review_lapsed       PAST              PAST            -
decision_lapsed     PAST              PAST            -
dispute_by_lapse    PAST              PAST            -
"""

BOTH_SIDES = """
                    propose_settlement  withdraw_settlement  accept_settlement  add_statement
pending             -                   -                    -                  -
in_progress         in_progress         -                    -                  -
late                in_progress         -                    -                  -
delivered           delivered           -                    -                  -
revision_requested  revision_requested  -                    -                  -
answer_overdue      revision_requested  -                    -                  -
revision_refused    revision_refused    -                    -                  -
disputed_free       disputed            -                    -                  disputed
disputed_monas      disputed            -                    -                  disputed
disputed_milos      disputed            -                    -                  disputed
completed           -                   -                    -                  -
cancelled           -                   -                    -                  -
settled             -                   -                    -                  -
acceptance_lapsed   -                   -                    -                  -
review_lapsed       PAST                PAST                 PAST               -
decision_lapsed     PAST                PAST                 PAST               -
dispute_by_lapse    disputed            -                    -                  disputed
"""

MONAS = """
                    assign    refund     pay_seller  split    restart      add_statement  release
pending             -         -          -           -        -            -              -
in_progress         -         -          -           -        -            -              -
late                -         -          -           -        -            -              -
delivered           -         -          -           -        -            -              -
revision_requested  -         -          -           -        -            -              -
answer_overdue      -         -          -           -        -            -              -
revision_refused    -         -          -           -        -            -              -
disputed_free       disputed  cancelled  completed   settled  in_progress  disputed       -
disputed_monas      -         cancelled  completed   settled  in_progress  disputed       disputed
disputed_milos      -         -          -           -        -            disputed       -
completed           -         -          -           -        -            -              -
cancelled           -         -          -           -        -            -              -
settled             -         -          -           -        -            -              -
acceptance_lapsed   -         -          -           -        -            -              -
review_lapsed       -         -          -           -        -            -              -
decision_lapsed     -         -          -           -        -            -              -
dispute_by_lapse    disputed  cancelled  completed   settled  in_progress  disputed       -
"""

OPERATORS = """
                    cancel     to_milo   release
pending             cancelled  -         -
in_progress         cancelled  -         -
late                cancelled  -         -
delivered           cancelled  -         -
revision_requested  cancelled  -         -
answer_overdue      cancelled  -         -
revision_refused    cancelled  -         -
disputed_free       cancelled  disputed  -
disputed_monas      cancelled  disputed  disputed
disputed_milos      cancelled  disputed  disputed
completed           -          -         -
cancelled           -          -         -
settled             -          -         -
acceptance_lapsed   PAST       -         -
review_lapsed       PAST       -         -
decision_lapsed     PAST       -         -
dispute_by_lapse    cancelled  disputed  -
"""

FORBIDDEN = {
    "bea": "accept deliver accept_revision refuse_revision make_offer withdraw_offer "
    "refuse_cancellation assign release resolve",
    "sam": "request_revision complete open_dispute buy_extra request_offer decline_offer "
    "accept_offer request_cancellation assign release resolve",
    "mona": "accept deliver request_revision accept_revision refuse_revision complete "
    "open_dispute buy_extra request_offer make_offer withdraw_offer decline_offer accept_offer "
    "request_cancellation refuse_cancellation propose_settlement withdraw_settlement "
    "accept_settlement cancel",
    "olga": "accept deliver request_revision accept_revision refuse_revision complete "
    "open_dispute buy_extra request_offer make_offer withdraw_offer decline_offer accept_offer "
    "request_cancellation refuse_cancellation propose_settlement withdraw_settlement "
    "accept_settlement add_statement resolve",
}
PEOPLE = {
    "bea": (BUYER, (BUYERS, BUYERS_TALK, BOTH_SIDES)),
    "sam": (SELLER, (SELLERS, SELLERS_TALK, BOTH_SIDES)),
    "mona": (MEDIATOR, (MONAS,)),
    "olga": (OPERATOR, (OPERATORS,)),
}
NOT_WHO_THEY_SAY = {
    "a stranger as buyer": Actor(id="eve", role=Role.BUYER),
    "a stranger as seller": Actor(id="eve", role=Role.SELLER),
    "the seller as buyer": Actor(id="sam", role=Role.BUYER),
    "the buyer as seller": Actor(id="bea", role=Role.SELLER),
    "the buyer as mediator": Actor(id="bea", role=Role.MEDIATOR),
    "the seller as mediator": Actor(id="sam", role=Role.MEDIATOR),
    "the buyer as operator": Actor(id="bea", role=Role.OPERATOR),
    "the seller as operator": Actor(id="sam", role=Role.OPERATOR),
    "nobody as buyer": Actor(id=None, role=Role.BUYER),
    "nobody as seller": Actor(id=None, role=Role.SELLER),
    "nobody as mediator": Actor(id=None, role=Role.MEDIATOR),
    "nobody as operator": Actor(id=None, role=Role.OPERATOR),
    "a deadline": Actor(id=None, role=Role.DEADLINE),
    "somebody as deadline": Actor(id="eve", role=Role.DEADLINE),
}
COLUMNS: dict[str, tuple[Action, Fields]] = {
    **{action.value: (action, VALID[action]) for action in Action},
    "to_milo": (Action.ASSIGN, TO_MILO),
    "last_extra": (Action.BUY_EXTRA, BuyExtra(extra_id="express")),
    "refund": (Action.RESOLVE, REFUND),
    "pay_seller": (Action.RESOLVE, PAY_SELLER),
    "split": (Action.RESOLVE, split(500)),
    "restart": (Action.RESOLVE, RESTART),
}
REFUSALS = {"-": "action-not-allowed", "PAST": "deadline-passed"}


def read(table: str) -> dict[tuple[str, str], str]:
    """The cells of a table by row and column."""
    head, *rows = (line.split() for line in table.strip().splitlines())
    assert all(len(row) == len(head) + 1 for row in rows)
    return {
        (row[0], column): REFUSALS.get(cell, cell)
        for row in rows
        for column, cell in zip(head, row[1:], strict=True)
    }


TABLES = {
    person: {cell: found for table in tables for cell, found in read(table).items()}
    for person, (_, tables) in PEOPLE.items()
}
CELLS = [
    pytest.param(person, row, column, expected, id=f"{person}-{row}-{column}")
    for person, table in TABLES.items()
    for (row, column), expected in table.items()
]


def placed(row: str, column: str) -> Order:
    """The row's order; in the column of the last extra nothing is left to buy."""
    order = SITUATIONS[row]
    return order.model_copy(update={"extras": ()}) if column == "last_extra" else order


def answer(order: Order, actor: Actor, column: str) -> str:
    """The state that the action leads to, or the code of its refusal."""
    action, fields = COLUMNS[column]
    verdict = decide(order, wish(action, actor, fields), NOW)
    return verdict.code if isinstance(verdict, Refusal) else verdict.order.state


@pytest.mark.parametrize(("person", "row", "column", "expected"), CELLS)
def test_the_table_says_what_follows(person: str, row: str, column: str, expected: str) -> None:
    actor, _ = PEOPLE[person]
    assert expected == answer(placed(row, column), actor, column)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("person", PEOPLE)
def test_an_action_of_somebody_elses_is_forbidden(person: str, situation: str) -> None:
    actor, _ = PEOPLE[person]
    order = SITUATIONS[situation]
    actions = FORBIDDEN[person].split()
    answers = {action: answer(order, actor, action) for action in actions}
    assert dict.fromkeys(actions, "forbidden") == answers


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("impostor", NOT_WHO_THEY_SAY)
def test_whoever_is_not_who_they_say_may_do_nothing(impostor: str, situation: str) -> None:
    actor, order = NOT_WHO_THEY_SAY[impostor], SITUATIONS[situation]
    answers = {column: answer(order, actor, column) for column in COLUMNS}
    assert dict.fromkeys(COLUMNS, "forbidden") == answers
    assert () == allowed(order, actor)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("person", PEOPLE)
def test_the_list_of_actions_is_what_the_table_allows(person: str, situation: str) -> None:
    actor, _ = PEOPLE[person]
    expected = {
        COLUMNS[column][0]
        for (row, column), cell in TABLES[person].items()
        if row == situation and cell not in REFUSALS.values()
    }
    offered = allowed(SITUATIONS[situation], actor)
    assert expected == set(offered)
    assert len(expected) == len(offered)


@pytest.mark.parametrize("person", PEOPLE)
def test_without_extras_left_buying_one_is_not_offered(person: str) -> None:
    actor, _ = PEOPLE[person]
    sold_out = [order.model_copy(update={"extras": ()}) for order in SITUATIONS.values()]
    assert not any(Action.BUY_EXTRA in allowed(order, actor) for order in sold_out)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_tables_leave_nothing_out(person: str) -> None:
    rows = {row for row, _ in TABLES[person]}
    columns = {COLUMNS[column][0].value for _, column in TABLES[person]}
    assert set(SITUATIONS) == rows
    assert {action.value for action in Action} == columns | set(FORBIDDEN[person].split())
    assert set() == columns & set(FORBIDDEN[person].split())
    assert set(State) == {order.state for order in SITUATIONS.values()}
