"""Checks for rows that nobody could show, and lists leave out."""

from collections.abc import Iterable
from datetime import timedelta

from db.unreadable_values import UNREADABLE_VALUES
from domain.notices import EVENTS, TOLD
from domain.vocabulary import Code, Role, State


def _one_of(words: Iterable[str]) -> str:
    return f"({', '.join(repr(str(word)) for word in words)})"


def _no_length(column: str) -> str:
    """Return whether an interval is longer than any length of time that there is."""
    return f"abs(extract(epoch FROM {column})) > {timedelta.max.total_seconds():.0f}"


def _no_actor(column: str) -> str:
    return f"""(jsonb_typeof({column}) <> 'null' AND (jsonb_typeof({column}) <> 'object'
        OR coalesce({column}->>'role', '') NOT IN {_one_of(Role)}
        OR coalesce(jsonb_typeof({column}->'id'), '') NOT IN ('string', 'null')))"""


# What lists leave out, since nobody could show it: rows that hold what this release does not know.
UNSHOWABLE = {
    "unshowable-service": f"""
    SELECT 'service ' || s.id, 'cannot be shown' FROM services s
    WHERE s.currency !~ '^[A-Z]{{3}}$' OR {_no_length("s.delivery_time")}
       OR {_no_length("s.revision_time")} OR EXISTS (
           SELECT FROM extras e WHERE e.service_id = s.id AND {_no_length("e.delivery_time")})
    """,
    "unshowable-metadata": " UNION ALL ".join(
        f"SELECT {subject}, 'its metadata cannot be shown' FROM {table}"
        " WHERE jsonb_typeof(metadata) <> 'object'"
        """ OR jsonb_path_exists(metadata, 'strict $.* ? (@.type() != "string")')"""
        for table, subject in (
            ("services", "'service ' || id"),
            ("order_metadata", "'order ' || order_id"),
            ("webhook_endpoints", "'webhook endpoint ' || id"),
        )
    ),
    "unshowable-titles": "SELECT 'order ' || id, 'its titles cannot be read' FROM orders"
    " WHERE jsonb_typeof(titles) <> 'object'",
    "foreign-ids": """
    SELECT 'order ' || o.id, 'has other ids in its document than in its row, or none'
    FROM orders o
    WHERE (o.doc->>'id', o.doc->>'service_id') IS DISTINCT FROM (o.id::text, o.service_id::text)
       OR EXISTS (SELECT FROM jsonb_path_query(o.doc, '$.extras[*].id') AS extra
                  WHERE NOT coalesce(pg_input_is_valid(extra #>> '{}', 'uuid'), false))
    """,
    "unshowable-entry": f"""
    SELECT 'order ' || e.order_id, format('entry %s of its journal cannot be shown', e.seq)
    FROM events e LEFT JOIN requests r ON r.order_id = e.order_id AND r.request_id = e.request_id
    WHERE e.state NOT IN {_one_of(State)} OR e.code NOT IN {_one_of(Code)}
       OR {_no_actor("e.actor")} OR jsonb_typeof(r.fields) <> 'object'
       OR (e.accepted AND coalesce(e.event, '') NOT IN {_one_of(EVENTS)})
    """,
    "unshowable-request": f"""
    SELECT 'order ' || order_id, format('request %s of it cannot be shown', request_id)
    FROM requests WHERE actor_role NOT IN {_one_of(Role)} OR jsonb_typeof(signal) <> 'object'
       OR (outcome IS NOT NULL AND (
        jsonb_typeof(outcome) <> 'object'
        OR coalesce(jsonb_typeof(outcome->'accepted'), '') <> 'boolean'
        OR coalesce(jsonb_typeof(outcome->'seq'), '') <> 'number'
        OR outcome->>'code' NOT IN {_one_of(Code)}))
    """,
    "notice-for-nobody": f"""
    SELECT 'order ' || order_id, format('a notice of %s is for nobody', CASE WHEN seq < 0
        THEN 'message ' || -seq ELSE 'entry ' || seq || ' of its journal' END)
    FROM notices WHERE role NOT IN {_one_of(Role)}
    """,
    "unshowable-message": f"""
    SELECT 'order ' || order_id, format('message %s of it cannot be shown', number)
    FROM messages WHERE author_role NOT IN {_one_of(Role)}
    """,
    "unknown-event-of-endpoint": f"""
    SELECT 'webhook endpoint ' || id, 'wants events that there are not'
    FROM webhook_endpoints WHERE NOT events <@ ARRAY[{", ".join(map(repr, TOLD))}]
    """,
    **UNREADABLE_VALUES,
}
