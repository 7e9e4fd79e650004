"""A story is played over HTTP, and says where the product does something else."""

from io import StringIO
from pathlib import Path

import pytest

from cli.stories.cast import Cast
from cli.stories.clock import clock_of
from cli.stories.document import read_story
from cli.stories.narration import Narrator
from cli.stories.player import Difference, Player
from cli.stories.world import World
from cli.terminal import Terminal
from tests.app_under_test import AppUnderTest, somebody

BEGINNING = """\
story: Somebody orders
people:
  BUYER: {}
  SELLER: {}
  MEDIATOR: {role: mediator}
wallets: {BUYER: 100.00 EUR}
services:
  logo:
    seller: SELLER
    title: A logo
    price: 20.00 EUR
    delivery_time: 3 days
    extras:
      - {title: Source files, price: 5.00 EUR, delivery_time: 1 day}
scenes:
  - scene: One
    steps:
      - BUYER: place
        service: logo
        as: fish
"""
LINES = BEGINNING.count("\n")


async def played(app: AppUnderTest, tmp_path: Path, steps: str) -> tuple[list[Difference], str]:
    """What differs when a story with these further steps is played, and what is printed."""
    text = BEGINNING + steps
    for role in ("BUYER", "SELLER", "MEDIATOR"):
        text = text.replace(role, somebody(role.lower()).id)
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    story = read_story(file)
    terminal = Terminal(record=True, file=StringIO())
    cast = Cast(World(app.api.client, app.api.secret), story)
    await cast.enter()
    player = Player(cast, await clock_of(cast.world), Narrator(terminal, cast.names))
    await player.play(story.scenes)
    return player.differences, terminal.export_text()


WHOLE = """\
        expect:
          state: pending
          waits_for: seller
          late: false
          money: {BUYER: -20.00 EUR, escrow: 20.00 EUR, SELLER: 0.00 EUR}
          told: {SELLER: [order.placed]}
      - SELLER: accept
      - BUYER: buy_extra
        extra: Source files
        expect: {money: {escrow: +5.00 EUR}}
      - SELLER: make_offer
        title: A price tag
        price: 9.00 EUR
        delivery_time: 1 day
      - BUYER: accept_offer
        look: true
        expect: {money: {escrow: 9.00 EUR}}
      - SELLER: deliver
        message: The fish.
      - BUYER: deliver
        message: I deliver too.
        expect: {refused: forbidden, state: delivered}
      - BUYER: request_revision
        reason: Happier.
      - SELLER: refuse_revision
        ground: vague
        reason: No.
      - BUYER: open_dispute
        reason: Yes.
      - MEDIATOR: assign
      - SELLER: propose_settlement
        refund: 8.00 EUR
      - SELLER: withdraw_settlement
      - MEDIATOR: resolve
        outcome: split
        refund: 14.00 EUR
        reasons: A whale is close to a fish.
        expect:
          state: settled
          by: mediator
          cause: resolve
          money: {BUYER: 14.00 EUR, SELLER: 16.00 EUR, commission: 4.00 EUR, escrow: -34.00 EUR}
          orders: {fish: settled}
"""


async def test_a_story_that_holds_has_no_differences(app: AppUnderTest, tmp_path: Path) -> None:
    found, printed = await played(app, tmp_path, WHOLE)
    assert found == []
    assert "looks first: in progress, buyer wallet -9.00 EUR" in printed


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("state: cancelled", "state should be cancelled, and is completed"),
        ("by: deadline", "by should be deadline, and is buyer"),
        ("cause: cancel", "cause should be cancel, and is complete"),
        ("late: true", "late should be true, and is false"),
        ("waits_for: buyer", "waits_for should be buyer, and is nothing"),
        ("money: {SELLER: 15.00 EUR}", "gains should be 15.00 EUR, and is 16.00 EUR"),
        ("money: {SELLER: 16.00 USD}", "gains should be 16.00 USD, and is 16.00 EUR"),
        ("money: {BUYER: 1.00 EUR}", "gains should be 1.00 EUR, and is 0.00 EUR"),
        ("money: {commission: 3.99 EUR}", "what commission gains should be 3.99 EUR, and is 4.00"),
        ("told: {SELLER: []}", "is told should be nothing, and is order.completed"),
        ("orders: {fish: settled}", "the order fish should be settled, and is completed"),
        ("refused: forbidden", "should be refused as forbidden, and is not"),
    ],
)
async def test_what_differs_is_said(
    app: AppUnderTest, tmp_path: Path, expected: str, said: str
) -> None:
    steps = (
        "      - SELLER: accept\n"
        "      - {SELLER: deliver, message: Here.}\n"
        f"      - {{BUYER: complete, expect: {{{expected}}}}}\n"
    )
    [found], printed = await played(app, tmp_path, steps)
    assert (found.line, found.scene) == (LINES + 3, "One")
    assert said in found.problem
    assert said in printed.replace("\n", " ")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("{SELLER: deliver, message: x}", "refused: "),
        ("{SELLER: deliver, message: x, expect: {refused: forbidden}}", "should be refused as"),
        ("{SELLER: withdraw_offer}", "no offer is open"),
        ("{BUYER: accept_settlement}", "no such proposal is open"),
        ("{BUYER: buy_extra, extra: A song}", "no extra “A song” can be bought; there is: Source"),
        ("{after: 7 days}", "this stack's clock cannot be moved"),
    ],
)
async def test_a_scene_ends_where_it_cannot_go_on(
    app: AppUnderTest, tmp_path: Path, step: str, said: str
) -> None:
    scene = (
        f"      - {step}\n      - SELLER: accept\n"
        "  - scene: Two\n    steps:\n"
        "      - {BUYER: cancel, order: fish, expect: {by: buyer}}\n"
    )
    [found], _ = await played(app, tmp_path, scene)
    assert (found.scene, found.line) == ("One", LINES + 1)
    assert said in found.problem


async def test_an_order_that_was_never_placed_is_told(app: AppUnderTest, tmp_path: Path) -> None:
    scene = (
        "      - {BUYER: place, service: logo, extras: [A song], as: bird}\n"
        "  - scene: Two\n    steps:\n      - {BUYER: cancel, order: bird}\n"
    )
    first, second = (await played(app, tmp_path, scene))[0]
    assert "no extra “A song”" in first.problem
    assert "the order that this speaks of has not been placed" in second.problem
