"""What the last look at the books and the workflows found, and what to do about it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.page import show
from api.pages.reader import Operating
from api.state import Shared
from db import last_checks, orders
from db.last_checks import KeptFinding, LastCheck
from db.pool import connection
from domain.identifiers import exact_uuid
from texts.catalogue import msg
from texts.check_advice import Advice, advice_of

router = APIRouter(prefix="/console/findings", include_in_schema=False)

KINDS = {
    "nightly": msg("The nightly check, of what changed"),
    "full": msg("“sequestre check”, of everything"),
}
GROUPS = {
    "books": msg("About the books"),
    "workflows": msg("Between orders and their workflows"),
    "proved": msg("Not proved"),
}


@dataclass(frozen=True)
class Group:
    """What was found about one thing, apart by what to do about it. Each finding has the address of
    its order's page, where it is about one that is there."""

    name: str
    heading: str
    found: Mapping[Advice, Sequence[tuple[KeptFinding, str]]]


@router.get("")
async def findings(request: Request, reader: Operating, shared: Shared) -> Response:
    """The last check of each kind."""
    async with connection(shared.pool) as acquired:
        checks = await last_checks.read(acquired)
        named = [order for check in checks for one in check.findings if (order := _order(one))]
        there = await orders.there(acquired, named)
    shown = [(one, list(_groups(one, there))) for one in checks]
    return show(request, reader, "console/findings.html", checks=shown, kinds=KINDS)


def _groups(check: LastCheck, there: Collection[UUID]) -> Iterator[Group]:
    for about, heading in GROUPS.items():
        found: dict[Advice, list[tuple[KeptFinding, str]]] = {}
        for one in (one for one in check.findings if one.about == about):
            found.setdefault(advice_of(one.check, about), []).append((one, _page(one, there)))
        if found:
            yield Group(about, heading, found)


def _page(finding: KeptFinding, there: Collection[UUID]) -> str:
    order = _order(finding)
    return f"/console/orders/{order}" if order in there else ""


def _order(finding: KeptFinding) -> UUID | None:
    what, _, which = finding.subject.partition(" ")
    try:
        return exact_uuid(which) if what == "order" else None
    except ValueError:
        return None
