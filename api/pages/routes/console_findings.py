"""What the last look at the books and the workflows found, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.page import show
from api.pages.reader import Operating
from api.state import Shared
from db import last_checks
from db.last_checks import KeptFinding, LastCheck
from db.pool import connection
from domain.identifiers import exact_uuid
from texts.catalogue import msg
from texts.findings import ABOUT_BOOKS, ABOUT_UNPROVED, ABOUT_WORKFLOWS

router = APIRouter(prefix="/console/findings", include_in_schema=False)

KINDS = {
    "nightly": msg("The nightly check, of what changed"),
    "full": msg("“sequestre check”, of everything"),
}
GROUPS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("books", msg("About the books"), ABOUT_BOOKS, ()),
    (
        "workflows",
        msg("Between orders and their workflows"),
        ABOUT_WORKFLOWS,
        ("sequestre check", "sequestre repair"),
    ),
    ("proved", msg("Not proved"), ABOUT_UNPROVED, ("sequestre check --budget 3600",)),
)


@dataclass(frozen=True)
class Group:
    """Findings of one kind, what to do about them, and the commands for that."""

    name: str
    heading: str
    advice: str
    commands: tuple[str, ...]
    findings: tuple[tuple[KeptFinding, str], ...]
    """Each with the address of its order's page, where it is about one."""


@router.get("")
async def findings(request: Request, reader: Operating, shared: Shared) -> Response:
    """The last check of each kind."""
    async with connection(shared.pool) as acquired:
        checks = await last_checks.read(acquired)
    shown = [(one, list(_groups(one))) for one in checks]
    return show(request, reader, "console/findings.html", checks=shown, kinds=KINDS)


def _groups(check: LastCheck) -> Iterator[Group]:
    for about, heading, advice, commands in GROUPS:
        found = tuple((one, _page(one)) for one in check.findings if one.about == about)
        if found:
            yield Group(about, heading, advice, commands, found)


def _page(finding: KeptFinding) -> str:
    what, _, which = finding.subject.partition(" ")
    try:
        return f"/console/orders/{exact_uuid(which)}" if what == "order" else ""
    except ValueError:
        return ""
