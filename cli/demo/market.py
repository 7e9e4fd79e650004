"""`sequestre up --demo`: a lively marketplace on a stack, filled once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

from cli.demo.market_player import MarketPlayer
from cli.demo.market_progress import FILE, Progress, kept_progress
from cli.demo.market_story import read_market
from cli.stories.clock import clock_of
from cli.stories.world import MARKETPLACE, Refused, World
from embedded.errors import StackError
from embedded.stack_file import StackInfo

OTHER_ORDERS = (
    "The data directory holds orders or services that are not the demonstration's: start it without"
    " --demo, or take another --data-dir."
)
ADVANCE_SECONDS = 600
SETTINGS = {"SEQUESTRE_WEBHOOK_ALLOW_PRIVATE": "true"}
"""For its webhook endpoint, where nobody listens; unless somebody has set it otherwise."""


async def filled_market(stack: StackInfo, say: Callable[[str], None]) -> dict[str, str]:
    """Fill a stack with the marketplace, unless it is; return what is worth
    opening, by what it is.

    Raises:
        StackError: it holds something else, or cannot be filled.
    """
    async with httpx.AsyncClient(
        base_url=stack.api_url, timeout=ADVANCE_SECONDS, trust_env=False
    ) as client:
        try:
            progress = await _filled(stack, World(client, stack.jwt_secret), say)
        except (Refused, httpx.HTTPError) as error:
            raise StackError(f"The marketplace cannot be filled: {error}") from error
    return _places(stack.api_url, progress)


async def _filled(stack: StackInfo, world: World, say: Callable[[str], None]) -> Progress:
    market, version = read_market()
    clock = await clock_of(world)
    progress = kept_progress(stack.data_dir)
    if progress is None:
        await _demand_nothing_else(world)
        progress = Progress(story=version, begins=_next_day(await clock.now()))
        progress.keep(stack.data_dir)
        say("Filling the marketplace: eleven people, thirty orders, twenty-four days.")
    elif progress.is_whole:
        await _demand_that_it_is_there(world, progress)
        say("The marketplace is there already; nothing was added.")
        return progress
    else:
        _demand_version(progress, version)
        say("The marketplace was left half full: going on where it was.")
    await MarketPlayer(market, world, clock, progress, stack.data_dir, say).play()
    return progress


def _next_day(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(1)


async def _demand_nothing_else(world: World) -> None:
    for path in ("/v1/orders", "/v1/services"):
        if (await world.ask("GET", f"{path}?limit=1", MARKETPLACE))["items"]:
            raise StackError(OTHER_ORDERS)


async def _demand_that_it_is_there(world: World, progress: Progress) -> None:
    for order in list(progress.orders.values())[:1]:
        try:
            await world.ask("GET", f"/v1/orders/{order['id']}", MARKETPLACE)
        except Refused as refusal:
            raise StackError(
                f"{FILE} in the data directory speaks of a marketplace that is not in its database."
                " Take another --data-dir."
            ) from refusal


def _demand_version(progress: Progress, version: str) -> None:
    if progress.story != version:
        raise StackError(
            "The data directory holds half of the marketplace of another release, which this one"
            " cannot go on with: start it without --demo, or take another --data-dir."
        )


def _places(api_url: str, progress: Progress) -> dict[str, str]:
    ids = {name: order["id"] for name, order in progress.orders.items()}
    return {
        "Enter as anybody": f"{api_url}/enter",
        "Refused revision": f"{api_url}/orders/{ids['tea-room-logo']}  (Camille buys, Lucie sells)",
        "Two proposals": f"{api_url}/orders/{ids['podcast-site']}  (Grace buys, Tomas sells)",
        "A case": f"{api_url}/disputes/{ids['choir-logo']}  (Inès mediates)",
        "Console": f"{api_url}/console  (Nadia operates)",
    }
