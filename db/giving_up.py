"""Failing what nobody could be told of for days, but for what somebody has had sent again since."""

_ASKED_SINCE = (
    "asked_again > 0 AND (started_at IS NULL OR last_attempt IS NULL OR started_at > last_attempt)"
)


def giving_up(table: str, which: str) -> str:
    """Return the statement that fails those of a table's messages that are `which` and pending,
    keeping why the last attempt came to nothing.

    What has been asked for again since its last attempt stays pending, and is to be begun anew:
    whoever gives up may not hear of the wish any more, and what counts as begun no relay looks for.
    """
    pending = f"{which} AND status = 'pending'"
    return (
        f"WITH wanted AS (UPDATE {table} SET started_at = NULL, asked_again = asked_again + 1"
        f"  WHERE {pending} AND {_ASKED_SINCE})"
        f" UPDATE {table} SET status = 'failed',"
        " last_error = 'given up: ' || coalesce(last_error, 'never tried')"
        f" WHERE {pending} AND NOT ({_ASKED_SINCE})"
    )
