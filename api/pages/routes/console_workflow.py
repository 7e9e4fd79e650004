"""From an order to its workflow in Temporal's Web UI: the tab of its words, of its latest run."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.gateway import Away, NoSuchWorkflow
from api.pages.page import to
from api.pages.reader import Operating
from api.problems import not_found, unavailable
from api.state import Shared
from infra.web_ui import WebUi

router = APIRouter(prefix="/console/orders", include_in_schema=False)


@router.get("/{order_id}/workflow")
async def workflow(
    request: Request, order_id: paging.Id, reader: Operating, shared: Shared
) -> Response:
    """Send an operator to what the workflow says; to the list of its runs, where there is none."""
    del reader  # who is none does not get here
    order, url = paging.identifier(order_id, "order"), request.app.state.settings.temporal_ui
    if url is None:
        raise not_found("way to Temporal's Web UI")
    ui = WebUi(url, shared.gateway.namespace)
    try:
        run = await shared.gateway.latest_run(order)
    except NoSuchWorkflow:
        return to(ui.listing(f"WorkflowId = 'order-{order}'"))
    except Away as error:
        raise unavailable("Temporal") from error
    return to(ui.workflow(f"order-{order}", run))
