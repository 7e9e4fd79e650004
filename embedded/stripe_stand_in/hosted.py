"""The pages that people see at the provider: where they pay, and where they say who they are."""

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from embedded.stripe_stand_in import checkout, connect
from embedded.stripe_stand_in.checkout import Here

STANDS_IN = "This stands in for Stripe: no money moves here."

router = APIRouter()


def _page(title: str, button: str) -> HTMLResponse:
    return HTMLResponse(
        f"<!doctype html><html lang=en><title>{escape(title)}</title><h1>{escape(title)}</h1>"
        f"<p>{STANDS_IN}</p>"
        f"<form method=post><button>{escape(button)}</button></form></html>"
    )


@router.get("/pay/{name}")
async def to_pay(name: str, world: Here) -> HTMLResponse:
    """What is to be paid."""
    session = world.found("checkout.session", name)
    return _page(f"{session['amount_total']} {session['currency'].upper()}", "Pay")


@router.post("/pay/{name}")
async def paid(name: str, world: Here) -> RedirectResponse:
    """The payer pays, and goes back."""
    session = checkout.pay(world, world.found("checkout.session", name))
    return RedirectResponse(session["success_url"], 303)


@router.get("/onboard/{name}")
async def to_onboard(name: str, world: Here) -> HTMLResponse:
    """What is asked of somebody."""
    asked = world.found("account", name)["requirements"]["currently_due"]
    return _page(", ".join(asked) or "Nothing is asked of you", "Say it")


@router.post("/onboard/{name}")
async def onboarded(name: str, world: Here) -> RedirectResponse:
    """Somebody has said all that is asked of them, and goes back."""
    account = connect.become(world, world.found("account", name), "active")
    return RedirectResponse(account["return_url"], 303)
