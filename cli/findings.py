"""How a finding is printed."""

from rich.markup import escape

from cli.terminal import shown
from db.audit import Finding

WRONG = "[red]✗[/red]"


def line(finding: Finding, mark: str = WRONG) -> str:
    """Return a finding's line, as Rich's markup."""
    return f"{mark} {escape(shown(str(finding)))}"
