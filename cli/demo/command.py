"""`sequestre demo`: the story of a refused revision on the real stack, with the money in sight."""

import asyncio
import time

import httpx
import typer

from cli.check import proof_of
from cli.configured import check_embedded
from cli.demo.client import DemoClient, UnexpectedAnswer
from cli.demo.fake_servers import FakeMailbox, Marketplace, mail_server, webhook_receiver
from cli.demo.story import DECISION_SECONDS, play
from cli.embedded import embedded_stack
from cli.stack_connection import connection_to
from cli.terminal import Terminal
from db.migrate import migrate
from domain.operator_text import counted
from embedded.abandoned import temporary_data_directory
from embedded.errors import StackError
from embedded.stack_file import StackInfo
from embedded.supervisor import cancelled_by_signals

POLICY = {"SEQUESTRE_DECISION_WINDOW": f"PT{DECISION_SECONDS}S"}
MAIL = {
    "SEQUESTRE_SMTP_HOST": "127.0.0.1",
    "SEQUESTRE_SMTP_SECURITY": "none",
    "SEQUESTRE_MAIL_FROM": "orders@example.org",
    "SEQUESTRE_MAIL_PAUSE": "0",  # the story has no five minutes
    "SEQUESTRE_WEBHOOK_ALLOW_PRIVATE": "true",
}


def demo() -> None:
    """Play an order's story on a real stack in a temporary directory, an act for each ending."""
    check_embedded({**POLICY, **MAIL})
    console = Terminal()
    try:
        right = asyncio.run(_demo(console))
    except asyncio.CancelledError as error:
        raise typer.Exit(1) from error
    except (StackError, UnexpectedAnswer) as error:
        console.say(str(error), "red", markup=False)
        raise typer.Exit(error.exit_code if isinstance(error, StackError) else 1) from error
    if not right:
        raise typer.Exit(1)


async def _demo(console: Terminal) -> bool:
    began = time.monotonic()
    mailbox, marketplace = FakeMailbox(console.say), Marketplace(console.say)
    console.say("Starting PostgreSQL, Temporal, the API and a worker …")
    with cancelled_by_signals():
        async with (
            temporary_data_directory("sequestre-demo-") as data_dir,
            mail_server(mailbox) as mail_port,
            webhook_receiver(marketplace) as hooks_url,
            embedded_stack()(
                data_dir,
                port=0,
                temporal_port=0,
                temporal_ui_port=0,
                migrate=migrate,
                extra_env={**POLICY, **MAIL, "SEQUESTRE_SMTP_PORT": str(mail_port)},
                say=lambda line: console.say(line, markup=False),
            ) as stack,
        ):
            console.say(f"The stack is up after {time.monotonic() - began:.1f} s.\n")
            async with httpx.AsyncClient(
                base_url=stack.api_url, timeout=30, trust_env=False
            ) as client:
                stage = DemoClient(client, stack.jwt_secret, console)
                stage.mailbox, stage.marketplace = mailbox, marketplace
                stage.hooks_url = hooks_url
                right = await _show(stage, stack)
    console.say(f"{time.monotonic() - began:.1f} s in all.")
    return right


async def _show(stage: DemoClient, stack: StackInfo) -> bool:
    console = stage.console
    await play(stage)
    console.rule("After", align="left")
    adds_up = await stage.balance_sheet()
    proof = await proof_of(connection_to(stack))
    orders, found = counted(proof.orders, "order"), proof.findings
    console.say(f"sequestre check: {orders}, {counted(len(found), 'finding')}.")
    for finding in found:
        console.say(f"  {finding}", "red", markup=False)
    return adds_up and not found
