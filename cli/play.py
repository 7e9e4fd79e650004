"""`sequestre play`: story files on a real stack."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import httpx
import typer

from cli.check import proof_of
from cli.configured import check_embedded, ended
from cli.embedded import embedded_stack, temporary_stack_directory
from cli.prepare import prepare
from cli.stack_connection import connection_to, stack_of
from cli.stories.cast import Cast
from cli.stories.clock import clock_of
from cli.stories.document import StoryError, read_story
from cli.stories.narration import Narrator
from cli.stories.player import Player
from cli.stories.story import Story
from cli.stories.world import Refused, World
from cli.terminal import Terminal
from domain.operator_text import counted
from embedded.errors import StackError
from embedded.stack_file import StackInfo
from embedded.supervisor import cancelled_by_signals

ADVANCE_SECONDS = 600
"""How long the answer to one move of the clock may take."""

Stories = Annotated[list[Path], typer.Argument(metavar="STORY…", help="Story files.")]
Where = Annotated[
    Path | None,
    typer.Option(help="Play on the stack that runs there, and not on one made for each story."),
]


def play(files: Stories, data_dir: Where = None) -> None:
    """Play story files, and say where the product does something else than they tell.

    Each is played on a stack of its own with a clock that can be moved, or on the one that runs in
    a data directory. Exit code 1 where something differs, 2 where a file is no story.
    """
    try:
        stories = [read_story(file) for file in files]
    except StoryError as error:
        ended(*error.sentences)
    try:
        right = asyncio.run(_all(list(zip(files, stories, strict=True)), data_dir))
    except (asyncio.CancelledError, KeyboardInterrupt) as error:
        raise typer.Exit(1) from error
    except StackError as error:
        ended(str(error))
    if not right:
        raise typer.Exit(1)


async def _all(stories: Sequence[tuple[Path, Story]], data_dir: Path | None) -> bool:
    right = True
    with cancelled_by_signals():
        for file, story in stories:
            async with _stack(story, data_dir) as stack:
                right &= await _played(file, story, stack)
    return right


@asynccontextmanager
async def _stack(story: Story, data_dir: Path | None) -> AsyncIterator[StackInfo]:
    if data_dir is not None:
        if story.policy:
            raise StackError("A story with a `policy` needs a stack of its own: no --data-dir.")
        yield stack_of(data_dir)
        return
    policy = {f"SEQUESTRE_{name.upper()}": value for name, value in story.policy.items()}
    check_embedded(policy)
    async with (
        temporary_stack_directory("sequestre-story-") as made,
        embedded_stack()(
            made,
            port=0,
            temporal_port=0,
            temporal_ui_port=0,
            migrate=partial(prepare, test_clock=True),
            extra_env=policy,
            say=_nothing,
        ) as stack,
    ):
        yield stack


def _nothing(_line: str) -> None:
    """Say nothing of how the stack starts: the story is what is told."""


async def _played(file: Path, story: Story, stack: StackInfo) -> bool:
    terminal = Terminal()
    terminal.tell(story.story, "bold")
    async with httpx.AsyncClient(
        base_url=stack.api_url, timeout=ADVANCE_SECONDS, trust_env=False
    ) as client:
        cast = Cast(World(client, stack.jwt_secret), story)
        try:
            await cast.enter()
            player = Player(cast, await clock_of(cast.world), Narrator(terminal, cast.names))
            await player.play(story.scenes)
        except (Refused, httpx.HTTPError) as error:
            terminal.tell(f"{file}: cannot be played on: {error}", "red")
            return False
    proof = await proof_of(connection_to(stack))
    for finding in proof.findings:
        terminal.tell(f"  {finding}", "red")
    differing = player.differences
    terminal.tell(
        f"{file}: {counted(len(story.scenes), 'scene')}, {counted(player.steps, 'step')},"
        f" {counted(len(differing), 'difference')}; sequestre check:"
        f" {counted(proof.orders, 'order')}, {counted(len(proof.findings), 'finding')}."
    )
    for one in differing:
        terminal.tell(f"{file}:{one.line}: {one.scene}: {one.problem}", "red")
    return not differing and not proof.findings
