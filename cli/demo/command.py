"""`sequestre demo`: what can follow a refused revision, on the real stack, the money in sight."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import typer

from cli.check import proof_of
from cli.configured import check_embedded
from cli.demo.balance_sheet import balance_sheet
from cli.demo.card_act import CardAct
from cli.demo.fake_servers import FakeMailbox, Marketplace, mail_server, webhook_receiver
from cli.demo.second_half import SecondHalf
from cli.embedded import embedded_stack, temporary_stack_directory
from cli.prepare import prepare
from cli.stack_connection import connection_to
from cli.stories.cast import Cast
from cli.stories.clock import clock_of
from cli.stories.document import read_story
from cli.stories.narration import Narrator
from cli.stories.player import Player
from cli.stories.world import Refused, World
from cli.terminal import Terminal
from domain.operator_text import counted
from embedded.errors import NotInstalled, StackError
from embedded.stack_file import StackInfo
from embedded.supervisor import cancelled_by_signals

if TYPE_CHECKING:
    from embedded.stripe_stand_in.process import StandIn

STORY = Path(__file__).with_name("refused_revision.yaml")
FIRST_TOLD = 5
"""From this act on, counted from 0, mails and webhooks are shown as they arrive."""

MAIL = {
    "SEQUESTRE_SMTP_HOST": "127.0.0.1",
    "SEQUESTRE_SMTP_SECURITY": "none",
    "SEQUESTRE_MAIL_FROM": "orders@example.org",
    "SEQUESTRE_MAIL_PAUSE": "0",  # nobody waits five minutes for a story
    "SEQUESTRE_WEBHOOK_ALLOW_PRIVATE": "true",
    "SEQUESTRE_CLEARING_WINDOW": "PT0S",  # what was earned is paid out at once
    "SEQUESTRE_PAYOUT_APPROVAL_ABOVE": "1000000000",
}


@dataclass(frozen=True)
class _Stage:
    """A stack to play on, and the far ends of what it sends."""

    stack: StackInfo
    mailbox: FakeMailbox
    marketplace: Marketplace
    hooks_url: str
    stand_in: "StandIn"


def demo() -> None:
    """Play an order's story on a real stack in a temporary directory, an act for each ending."""
    check_embedded(MAIL)
    console = Terminal()
    try:
        right = asyncio.run(_demo(console))
    except asyncio.CancelledError as error:
        raise typer.Exit(1) from error
    except (StackError, Refused) as error:
        for sentence in str(error).split("\n"):
            console.tell(sentence, "red")
        raise typer.Exit(error.exit_code if isinstance(error, StackError) else 1) from error
    if not right:
        raise typer.Exit(1)


async def _demo(console: Terminal) -> bool:
    began = time.monotonic()
    console.say("Starting PostgreSQL, Temporal, the API and a worker …")
    with cancelled_by_signals():
        async with _stage(console) as stage:
            console.say(f"The stack is up after {time.monotonic() - began:.1f} s.\n")
            async with httpx.AsyncClient(
                base_url=stage.stack.api_url, timeout=60, trust_env=False
            ) as client:
                right = await _played(console, stage, World(client, stage.stack.jwt_secret))
    console.say(f"{time.monotonic() - began:.1f} s in all.")
    return right


@asynccontextmanager
async def _stage(console: Terminal) -> AsyncIterator[_Stage]:
    mailbox, marketplace = FakeMailbox(), Marketplace()
    async with (
        _provider() as stand_in,
        temporary_stack_directory("sequestre-demo-") as data_dir,
        mail_server(mailbox) as mail_port,
        webhook_receiver(marketplace) as hooks_url,
        embedded_stack()(
            data_dir,
            port=0,
            temporal_port=0,
            temporal_ui_port=0,
            migrate=partial(prepare, test_clock=True),
            extra_env={**MAIL, "SEQUESTRE_SMTP_PORT": str(mail_port), **stand_in.settings},
            say=lambda line: console.say(line, markup=False),
        ) as stack,
    ):
        told_at = f"{stack.api_url}/v1/providers/stripe/events"
        await stand_in.does("listening", deliver_to=told_at)
        yield _Stage(stack, mailbox, marketplace, hooks_url, stand_in)


def _provider() -> "AbstractAsyncContextManager[StandIn]":
    try:
        from embedded.stripe_stand_in.process import running_stand_in
    except ModuleNotFoundError as error:
        raise NotInstalled("The embedded stack") from error
    return running_stand_in()


async def _played(console: Terminal, stage: _Stage, world: World) -> bool:
    story = read_story(STORY)
    cast = Cast(world, story)
    await cast.enter()
    player = Player(cast, await clock_of(world), Narrator(console, cast.names))
    second = SecondHalf(cast, stage.mailbox, stage.marketplace, console)
    await player.play(story.scenes[:FIRST_TOLD])
    await second.begin(stage.hooks_url)
    for scene in story.scenes[FIRST_TOLD:]:
        await player.play([scene])
        await second.everything_told()
    act = CardAct(cast, stage.stand_in, console, f"{stage.stack.api_url}/wallet")
    by_card = await act.play()
    await second.everything_told()
    console.rule("After", align="left")
    adds_up = balance_sheet(console, story, await cast.money(), by_card)
    return await _proved(console, stage) and adds_up and not player.differences


async def _proved(console: Terminal, stage: _Stage) -> bool:
    where = replace(connection_to(stage.stack), payments=stage.stand_in.payments)
    proof = await proof_of(where)
    orders, found = counted(proof.orders, "order"), proof.findings
    console.say(f"sequestre check: {orders}, {counted(len(found), 'finding')}.")
    for finding in found:
        console.tell(f"  {finding}", "red")
    return not found
