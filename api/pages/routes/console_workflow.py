"""From an order or a payout to its workflow in Temporal's Web UI, of its latest run."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.gateway import Away, NoSuchWorkflow
from api.pages.page import to
from api.pages.reader import Operating
from api.problems import not_found, unavailable
from api.state import Services, Shared
from infra.web_ui import HISTORY, STANDS, WebUi

router = APIRouter(prefix="/console", include_in_schema=False)


@router.get("/orders/{order_id}/workflow")
async def of_order(
    request: Request, order_id: paging.Id, reader: Operating, shared: Shared
) -> Response:
    """Send an operator to what an order's workflow says; to the list of its runs, where there is
    none."""
    del reader  # who is none does not get here
    order = paging.identifier(order_id, "order")
    return await _led(request, shared, f"order-{order}", STANDS)


@router.get("/payouts/{payout_id}/workflow")
async def of_payout(
    request: Request, payout_id: paging.Id, reader: Operating, shared: Shared
) -> Response:
    """Send an operator to what happened in a payout's workflow, likewise."""
    del reader
    payout = paging.identifier(payout_id, "payout")
    return await _led(request, shared, f"payout-{payout}", HISTORY)


async def _led(request: Request, shared: Services, name: str, tab: str) -> Response:
    url = request.app.state.settings.temporal_ui
    if url is None:
        raise not_found("way to Temporal's Web UI")
    ui = WebUi(url, shared.gateway.namespace)
    try:
        run = await shared.gateway.latest_run(name)
    except NoSuchWorkflow:
        return to(ui.listing(f"WorkflowId = '{name}'"))
    except Away as error:
        raise unavailable("Temporal") from error
    return to(ui.workflow(name, run, tab))
