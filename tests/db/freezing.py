"""A process that writes a request down and waits before it commits: to be frozen there.

    python -m tests.db.freezing DATABASE_URL

It says `ready`, and takes a line with the order's id and its buyer's. It says `written` when it
has, waits for another line, and says what became of the request.
"""

import asyncio
import sys
from uuid import UUID

from db import requests
from db.errors import Unavailable
from db.pool import create_pool, transaction
from domain.actions import Fields
from domain.order import Actor
from domain.vocabulary import Action, Role

REQUEST = "of-a-frozen-process"


def say(word: str) -> None:
    """Tells whoever started this, at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def line() -> str:
    """What whoever started this says next."""
    return await asyncio.to_thread(sys.stdin.readline)


async def main(database_url: str) -> str:
    """Writes the request; gives what became of it."""
    pool = await create_pool(database_url, 2)
    say("ready")
    order_id, buyer_id = (await line()).split()
    buyer = Actor(id=buyer_id, role=Role.BUYER)
    try:
        async with transaction(pool) as connection:
            wish = (UUID(order_id), REQUEST, Action.CANCEL, buyer, Fields(), None)
            await requests.write(connection, *wish)
            say("written")
            await line()
    except Unavailable:
        return "unavailable"
    finally:
        pool.terminate()
    return "committed"


if __name__ == "__main__":
    say(asyncio.run(main(*sys.argv[1:])))
