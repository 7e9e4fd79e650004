"""What people are called: the name that was given last, or else that of their token."""

from collections.abc import Collection

from db.pool import Connection


def name_of(user: str) -> str:
    """Return SQL for the name of the user that `user` names; NULL where they have none."""
    return (
        "(SELECT coalesce(called.given, called.shown) FROM display_names called"
        f" WHERE called.user_id = {user})"
    )


def named(called: str, words: str) -> str:
    """Return SQL that says whether the name in a row `called` has the words of a query."""
    return f"title_words(coalesce({called}.given, {called}.shown)) @@ {words}::tsquery"


async def of(connection: Connection, users: Collection[str]) -> dict[str, str]:
    """Return the names of those of these users who have one."""
    rows = await connection.fetch(
        "SELECT user_id, coalesce(given, shown) AS name FROM display_names"
        " WHERE user_id = ANY ($1::text[]) AND coalesce(given, shown) IS NOT NULL",
        list(users),
    )
    return {row["user_id"]: row["name"] for row in rows}


async def give(connection: Connection, user_id: str, name: str | None) -> None:
    """Call somebody so, whoever called them otherwise before; None: as their tokens do, if at
    all."""
    await connection.execute(
        "INSERT INTO display_names (user_id, given) VALUES ($1, $2)"
        " ON CONFLICT (user_id) DO UPDATE SET given = excluded.given, updated_at = moved(now())"
        " WHERE display_names.given IS DISTINCT FROM excluded.given",
        user_id,
        name,
    )


async def note_shown(connection: Connection, user_id: str, name: str) -> None:
    """Note what somebody's token calls them. It counts where nobody has given a name."""
    await connection.execute(
        "INSERT INTO display_names (user_id, shown) VALUES ($1, $2)"
        " ON CONFLICT (user_id) DO UPDATE SET shown = excluded.shown, updated_at = moved(now())"
        " WHERE display_names.shown IS DISTINCT FROM excluded.shown",
        user_id,
        name,
    )
