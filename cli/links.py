"""`sequestre links`: addresses in Temporal's Web UI that answer what operators ask."""

import asyncio
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError

from cli.configured import ended
from cli.given import refuse_beside, refuse_without
from cli.identifiers import exact
from cli.program import DEFAULT_DATA_DIR
from cli.stack_connection import DataDir
from cli.terminal import Terminal
from cli.web_ui_place import Unreached, WebUiPlace, place_of
from domain.duration import Duration
from domain.text import validation_message
from infra.operator_questions import Question, of_order, of_person, questions
from infra.web_ui import STANDS
from workflows.order import workflow_id

DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
COLUMNS = (
    "Have the list show OrderState, OrderWaitsFor, OrderSince and OrderDeadline once, by the"
    " sliders below it: it keeps them in this browser."
)
NO_RUN = "Temporal names no run of it: this leads to the history of the latest, if there is one."
TABS = {
    STANDS: "Where does it stand, since when and until when?",
    "history": "What happened?",
    "pending-activities": "What is tried just now, and with what error?",
}


def _duration(text: str) -> timedelta:
    try:
        return DURATION.validate_python(text)
    except ValidationError as error:
        raise typer.BadParameter(validation_message(error.errors()[0])) from error


Ui = Annotated[
    str | None, typer.Option("--ui", help="The Web UI of another stack, as browsers find it.")
]
Namespace = Annotated[str | None, typer.Option(help="Temporal's namespace there.")]
LongerThan = Annotated[
    timedelta | None,
    typer.Option(
        parser=_duration, metavar="DURATION", help="Only what has waited so long, such as P3D."
    ),
]
AnOrder = Annotated[UUID | None, typer.Option(help="Of one order, by its id.")]
APerson = Annotated[
    str | None, typer.Option(help="Of one person's orders, by their user id.", callback=exact)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print them as one JSON document.")]


@dataclass(frozen=True)
class Link:
    """A question, and where the Web UI answers it. The query is none for a page of one workflow."""

    name: str
    question: str
    url: str
    query: str | None = None


def links(
    context: typer.Context,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    ui: Ui = None,
    namespace: Namespace = None,
    order: AnOrder = None,
    person: APerson = None,
    longer_than: LongerThan = None,
    as_json: AsJson = False,
) -> None:
    """Print addresses in Temporal's Web UI for what operators ask, as of this moment."""
    if order is not None and person is not None:
        ended("--order and --person are two questions: ask one of them")
    for one, said in (("order", order), ("person", person)):
        if said is not None:
            refuse_beside(context, one, "longer-than")
    if ui is not None:
        refuse_beside(context, "ui", "data-dir")
    elif not os.environ.get("SEQUESTRE_DATABASE_URL"):
        refuse_without(context, "ui", "namespace")
    place = place_of(data_dir, ui, namespace)
    try:
        found = asyncio.run(_links(place, order, person, longer_than))
    except Unreached as error:
        ended(str(error))
    if as_json:
        typer.echo(_document(place, found))
    else:
        _tell(Terminal(), found, is_list=order is None)


async def _links(
    place: WebUiPlace, order: UUID | None, person: str | None, longer_than: timedelta | None
) -> list[Link]:
    if order is not None:
        return await _of_order(place, order)
    if person is not None:
        return _listed(place, [of_person(person)])
    asked = questions(datetime.now(UTC), await place.clock(), longer_than)
    return _listed(place, asked)


def _listed(place: WebUiPlace, asked: Iterable[Question]) -> list[Link]:
    return [Link(one.name, one.words, place.ui.listing(one.query), one.query) for one in asked]


async def _of_order(place: WebUiPlace, order: UUID) -> list[Link]:
    run, name = await place.latest_run(order), workflow_id(str(order))
    if run is None and await place.is_unknown(order):
        ended(f"no order {order} is known")
    pages = [Link(tab, words, place.ui.workflow(name, run, tab)) for tab, words in TABS.items()]
    if run is None:
        pages = [Link("history", NO_RUN, place.ui.workflow(name))]
    return [*pages, *_listed(place, of_order(str(order)))]


def _document(place: WebUiPlace, found: Iterable[Link]) -> str:
    links = [{key: value for key, value in vars(one).items() if value} for one in found]
    return json.dumps({"ui": place.ui.url, "namespace": place.ui.namespace, "links": links})


def _tell(console: Terminal, found: Iterable[Link], *, is_list: bool) -> None:
    for one in found:
        console.say(f"{one.name}: {one.question}\n  {one.url}", markup=False)
    if is_list:
        console.say(f"\n{COLUMNS}", markup=False)
