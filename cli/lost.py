"""`sequestre lost`: what a restored database does not know, and whose it was."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from cli.check import AsJson
from cli.configured import ended, said_by_system
from cli.program import DEFAULT_DATA_DIR
from cli.stack_connection import DataDir, StackConnection, reached, stack_connection
from cli.terminal import Terminal
from domain.money import in_words
from domain.operator_text import counted, instant
from reconcile.kept_events import KeptChargeback, KeptTransfer, NoEvent, read
from reconcile.losses import Difference, Losses, LostOrder, losses

Feed = Annotated[
    Path,
    typer.Option(
        "--feed",
        exists=True,
        dir_okay=False,
        readable=True,
        allow_dash=True,
        help="Kept bodies of webhooks, or events of the feed, one a line; - reads them from stdin.",
    ),
]


def lost(feed: Feed, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Say what the books do not know of what a marketplace was told: orders, transfers, amounts.

    To be asked after a backup was restored, before anybody acts. Exit code 0 where they know all of
    it, 1 where something is lost, 2 where nobody can tell. It changes nothing.
    """
    where = stack_connection(data_dir)
    try:
        found = asyncio.run(_losses(where, feed))
    except NoEvent as error:
        ended(f"--feed: {error}")
    if not found.events:
        ended("--feed: the feed holds no event")
    if as_json:
        typer.echo(document(found))
    else:
        _tell(found, Terminal())
    if found.unknown:
        raise typer.Exit(1)


async def _losses(where: StackConnection, feed: Path) -> Losses:
    async with reached(where, at_once=False) as (pool, _):
        return await losses(pool, read(_lines_of(feed)))


def _lines_of(feed: Path) -> Iterator[str]:
    # An error of the file's own would be taken for one of the database, which is asked meanwhile.
    try:
        with _opened(feed) as lines:
            yield from lines
    except UnicodeDecodeError as error:
        raise NoEvent("the feed is no text in UTF-8") from error
    except OSError as error:
        raise NoEvent(f"the feed cannot be read: {said_by_system(error)}") from error


def _opened(feed: Path) -> AbstractContextManager[TextIO]:
    # Of stdin too an octet that is no text is refused, and not passed on as something else.
    if str(feed) == "-":
        return nullcontext(TextIOWrapper(sys.stdin.buffer, encoding="utf-8"))
    return feed.open(encoding="utf-8")


def document(found: Losses) -> str:
    """Return what is lost as JSON; amounts in minor units, instants in RFC 3339."""
    return json.dumps(
        {
            "events": found.events,
            "unknown": found.unknown,
            "orders": [_order(one) for one in found.orders],
            "transfers": [one.model_dump(mode="json") for one in found.transfers],
            "disputes": [one.model_dump(mode="json") for one in found.disputes],
            "people": [asdict(one) for one in found.people],
        }
    )


def _order(one: LostOrder) -> dict[str, Any]:
    kept = one.order.model_dump(mode="json")
    rest = {"steps": one.steps, "messages": one.messages, "now": one.now}
    return {**kept, "at": one.at.isoformat(), **rest}


def _tell(found: Losses, console: Terminal) -> None:
    if not found.unknown:
        console.say(f"[green]✓[/green] {counted(found.events, 'event')}: the books know them all.")
        return
    for line in _lines(found):
        console.tell(line)


def _lines(found: Losses) -> Iterator[str]:
    yield f"{counted(found.events, 'event')}, and the books do not know {found.unknown} of them."
    yield from map(_of_order, found.orders)
    yield from map(_of_transfer, found.transfers)
    yield from map(_of_dispute, found.disputes)
    yield from map(_of_person, found.people)


def _of_order(one: LostOrder) -> str:
    order = one.order
    now = f"is {one.now} again" if one.now else "is not there"
    lost = " and ".join(
        counted(count, what)
        for count, what in ((one.steps, "step"), (one.messages, "message"))
        if count
    )
    return (
        f"✗ order {order.id}, {order.total} from {order.buyer_id} to {order.seller_id}: {now};"
        f" at {instant(one.at)} it was {order.state} ({lost} lost)"
    )


def _of_transfer(one: KeptTransfer) -> str:
    whose = one.user_id or "the platform"
    reference = f", reference {one.reference}" if one.reference else ""
    what = one.kind.replace("_", " ")
    return f"✗ {what} {one.id} of {instant(one.at)}: {one.amount}, {whose}{reference}"


def _of_dispute(one: KeptChargeback) -> str:
    return (
        f"✗ dispute {one.reference} at {one.provider}, {one.amount} of {one.user_id}: at"
        f" {instant(one.at)} it was {one.state}"
    )


def _of_person(one: Difference) -> str:
    whose = "the platform" if one.user_id is None else f"wallet of {one.user_id}"
    word = "more" if one.amount > 0 else "less"
    return f"  {whose}: held {in_words(abs(one.amount), one.currency)} {word} than by the books"
