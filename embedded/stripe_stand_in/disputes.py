"""Payers whose banks ask for the money back."""

import time
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from embedded.stripe_stand_in.checkout import Here
from embedded.stripe_stand_in.wire import Json, ListParams, Params, asked, page
from embedded.stripe_stand_in.world import PLATFORM, World

ANSWER_SECONDS = 9 * 86_400
INQUIRY = "warning_needs_response"

router = APIRouter(prefix="/v1")


@router.get("/disputes/{name}")
async def dispute(name: str, world: Here) -> Json:
    """A dispute."""
    return world.found("dispute", name)


@router.get("/disputes")
async def disputes(request: Request, world: Here) -> Json:
    """What is disputed."""
    return page(world.every("dispute"), await asked(request, ListParams), "/v1/disputes")


class Evidence(Params):
    """What speaks for the payment."""

    evidence: dict[str, Any] = Field(default_factory=dict)
    submit: bool = True
    metadata: dict[str, str] = Field(default_factory=dict)


@router.post("/disputes/{name}")
async def answer(name: str, request: Request, world: Here) -> Json:
    """A dispute is answered."""
    said, dispute = await asked(request, Evidence), world.found("dispute", name)
    dispute["evidence"] = said.evidence
    dispute["evidence_details"]["has_evidence"] = True
    if said.submit:
        dispute["status"] = "under_review"
    return dispute


def open_dispute(world: World, intent: Json, amount: int | None = None, *, asks: bool) -> Json:
    """A bank takes money back for its payer, or only `asks` about it for now."""
    charge = world.found("charge", intent["latest_charge"])
    dispute = world.made(
        *("dp", "dispute"),
        amount=charge["amount"] if amount is None else amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=intent["id"],
        reason="product_not_received",
        status=INQUIRY if asks else "needs_response",
        evidence_details={
            "due_by": int(time.time()) + ANSWER_SECONDS,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        metadata={},
    )
    world.tell("charge.dispute.created", dispute)
    if not asks:
        _take(world, dispute)
    return dispute


def escalate(world: World, dispute: Json) -> Json:
    """A question becomes a dispute."""
    dispute["status"] = "needs_response"
    world.tell("charge.dispute.updated", dispute, status=INQUIRY)
    _take(world, dispute)
    return dispute


def close(world: World, dispute: Json, status: str) -> Json:
    """A dispute is decided: `won`, `lost`, or a question that came to nothing."""
    dispute["status"] = status
    world.tell("charge.dispute.closed", dispute)
    if status == "won":
        _move(world, dispute, dispute["amount"])
        world.tell("charge.dispute.funds_reinstated", dispute)
    return dispute


def _take(world: World, dispute: Json) -> None:
    world.objects[dispute["charge"]]["disputed"] = True
    _move(world, dispute, -dispute["amount"])
    world.tell("charge.dispute.funds_withdrawn", dispute)


def _move(world: World, dispute: Json, amount: int) -> None:
    world.total(dispute["currency"])["disputed"] -= amount
    world.book(PLATFORM, "adjustment", amount, dispute)
