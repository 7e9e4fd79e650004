"""How a finding is printed."""

from rich.markup import escape

from cli.stack_connection import StackConnection
from cli.terminal import shown
from db.audit import Finding

WRONG = "[red]✗[/red]"


def line(finding: Finding, mark: str = WRONG) -> str:
    """Return a finding's line, as Rich's markup."""
    return f"{mark} {escape(shown(str(finding)))}"


def who_carries_out(where: StackConnection) -> str:
    """Return what to type where orders go to workers who are not there."""
    workers, promote = where.command("workers"), where.command("promote", "BUILD")
    return f"`{workers}` says who is there; `{promote}` gives the orders to a build."
