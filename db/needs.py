"""What of an order needs a person: what its row and its document say of it, as SQL.

A document may be anything, and no list is to be lost for one: what cannot be read counts as not
there.
"""

from enum import StrEnum

from domain.notices import EVENT_OF_SILENCE
from domain.vocabulary import TimerEffect


class Need(StrEnum):
    """Why an order does not run by itself, the worst first."""

    STUCK = "stuck"
    """Its deadline has passed by more than a minute, and nothing followed."""
    UNASSIGNED = "unassigned"
    """A dispute that no mediator has taken."""
    RULING = "ruling"
    """A case whose mediator has not ruled by the target."""
    LATE = "late"
    """The delivery is due, and did not come."""
    ANSWER = "answer"
    """A revision was asked for, and nobody answered in time."""


PATIENCE = "interval '1 minute'"
"""How long after a deadline what follows may be under way."""

OVERDUE = EVENT_OF_SILENCE[TimerEffect.DISPUTE_ALLOWED]
_NOW = "moved(clock_timestamp())"


def _as(kind: str, text: str) -> str:
    return f"CASE WHEN pg_input_is_valid({text}, '{kind}') THEN ({text})::{kind} END"


_TAKEN_AT = _as("timestamptz", "o.doc->'dispute'->>'taken_at'")
_OPENED_AT = _as("timestamptz", "o.doc->'dispute'->>'opened_at'")
_DUE_AT = _as("timestamptz", "o.doc->>'due_at'")
_RULING_WINDOW = _as("interval", "o.doc->'policy'->>'ruling_window'")
_RULING_DUE = f"(({_TAKEN_AT}) + ({_RULING_WINDOW}))"
_IS_OVERDUE = "o.doc->'overdue' = 'true'::jsonb"

IS_FROZEN = "o.doc->>'payment_hold' IS NOT NULL"
"""Whether the payment of an order `o` that runs is disputed."""
FROZEN_SINCE = _as("timestamptz", "o.doc->'payment_hold'->>'since'")
"""Since when; NULL where that is not known."""

NEED = f"""CASE
    WHEN o.state IN ('completed', 'cancelled', 'settled') THEN NULL
    WHEN {IS_FROZEN} THEN NULL
    WHEN o.deadline_at < {_NOW} - {PATIENCE} THEN '{Need.STUCK}'
    WHEN o.state = 'disputed' THEN CASE
        WHEN o.doc->'dispute'->>'mediator_id' IS NULL THEN '{Need.UNASSIGNED}'
        WHEN {_RULING_DUE} < {_NOW} THEN '{Need.RULING}' END
    WHEN o.state = 'in_progress' AND {_IS_OVERDUE} THEN '{Need.LATE}'
    WHEN o.state = 'revision_requested' AND {_IS_OVERDUE} THEN '{Need.ANSWER}'
END"""
"""The need of an order `o`; NULL where it runs by itself or has ended, and while its payment is
disputed: the payment provider is waited for then, and nobody can do anything."""

SINCE = f"""CASE ({NEED})
    WHEN '{Need.STUCK}' THEN o.deadline_at
    WHEN '{Need.UNASSIGNED}' THEN {_OPENED_AT}
    WHEN '{Need.RULING}' THEN {_RULING_DUE}
    WHEN '{Need.LATE}' THEN {_DUE_AT}
    WHEN '{Need.ANSWER}' THEN (
        SELECT e.at FROM events e WHERE e.order_id = o.id AND e.accepted
        AND e.event = '{OVERDUE}' ORDER BY e.version DESC LIMIT 1)
END"""
"""Since when it has it; NULL where that is not known."""


COLUMNS = (f"({NEED}) AS need", f"({SINCE}) AS since")
"""Both beside the columns of an order `o` in a list."""
