"""The stand-in as a process of its own. Its first line says where it answers: `{"url": …}`."""

import argparse
import asyncio
import json

import uvicorn

from embedded.stripe_stand_in.app import create_fake
from embedded.stripe_stand_in.hooks import Hooks
from embedded.stripe_stand_in.world import World

KEY, SECRET = "sk_test_fake", "whsec_fake"


def options() -> argparse.Namespace:
    """What the process is told."""
    parser = argparse.ArgumentParser(prog="embedded.stripe_stand_in", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--key", action="append", help=f"what it is shown; {KEY}")
    parser.add_argument("--secret", action="append", help=f"what it signs events with; {SECRET}")
    parser.add_argument("--deliver", metavar="URL", help="where it sends events")
    parser.add_argument("--payouts-after", type=float, metavar="SECONDS", help="they are paid")
    return parser.parse_args()


async def serve(said: argparse.Namespace) -> None:
    """Answer until the process is told to stop."""
    world = World(said.key or [KEY], payouts_after=said.payouts_after)
    hooks = Hooks(said.secret or [SECRET], said.deliver)
    config = uvicorn.Config(
        create_fake(world, hooks),
        port=said.port,
        log_level="critical",
        access_log=False,
        timeout_keep_alive=60,  # longer than any client: none asks on one that is just closed
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started and not running.done():
        await asyncio.sleep(0.01)
    world.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    print(json.dumps({"url": world.url}), flush=True)  # noqa: T201  # whoever started it reads it
    await running


if __name__ == "__main__":
    asyncio.run(serve(options()))
