"""Accounts of those who are paid out, and the transfers to them."""

import time
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from embedded.stripe_stand_in.amounts import Amount, Currency
from embedded.stripe_stand_in.checkout import Here, Strict
from embedded.stripe_stand_in.wire import Json, ListParams, Params, Refused, asked, page
from embedded.stripe_stand_in.world import PLATFORM, World

LINK_SECONDS = 300

router = APIRouter(prefix="/v1")


class Wanted(Strict):
    """A capability that is asked for."""

    requested: bool


class NewAccount(Params):
    """Somebody who is to be paid out."""

    controller: dict[str, Any]
    capabilities: dict[Literal["transfers", "card_payments"], Wanted]
    settings: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, str] = Field(default_factory=dict)
    country: str | None = None
    email: str | None = None


@router.post("/accounts")
async def new_account(request: Request, world: Here) -> Json:
    """An account is opened."""
    new = await asked(request, NewAccount)
    account = world.made(
        *("acct", "account"), **new.model_dump(include={"controller", "settings", "metadata"})
    )
    account.update(STATES["pending"])
    return account


@router.get("/accounts/{name}")
async def account(name: str, world: Here) -> Json:
    """An account."""
    return account_of(world, name)


class NewLink(Params):
    """A way for somebody to say what is asked of them."""

    account: str
    type: Literal["account_onboarding", "account_update"]
    return_url: str = Field(pattern="^https?://")
    refresh_url: str = Field(pattern="^https?://")


@router.post("/account_links")
async def new_link(request: Request, world: Here) -> Json:
    """Where somebody tells what is asked of them."""
    new = await asked(request, NewLink)
    account = account_of(world, new.account)
    account["return_url"] = new.return_url
    now = int(time.time())
    return {
        "object": "account_link",
        "created": now,
        "expires_at": now + LINK_SECONDS,
        "url": f"{world.url}/onboard/{account['id']}",
    }


STATES: dict[str, Json] = {
    "pending": {
        "details_submitted": False,
        "payouts_enabled": False,
        "capabilities": {"transfers": "inactive"},
        "requirements": {
            "currently_due": ["external_account", "individual.first_name"],
            "past_due": ["external_account"],
            "disabled_reason": "requirements.past_due",
            "errors": [],
        },
    },
    "verifying": {
        "details_submitted": True,
        "payouts_enabled": False,
        "capabilities": {"transfers": "pending"},
        "requirements": {
            "currently_due": [],
            "past_due": [],
            "disabled_reason": "requirements.pending_verification",
            "errors": [],
        },
    },
    "active": {
        "details_submitted": True,
        "payouts_enabled": True,
        "capabilities": {"transfers": "active"},
        "requirements": {
            "currently_due": [],
            "past_due": [],
            "disabled_reason": None,
            "errors": [],
        },
    },
    "restricted": {
        "details_submitted": True,
        "payouts_enabled": False,
        "capabilities": {"transfers": "inactive"},
        "requirements": {
            "currently_due": ["individual.verification.document"],
            "past_due": ["individual.verification.document"],
            "disabled_reason": "requirements.past_due",
            "errors": [
                {
                    "requirement": "individual.verification.document",
                    "code": "verification_document_too_blurry",
                    "reason": "The image is too blurry.",
                }
            ],
        },
    },
}


def account_of(world: World, name: str) -> Json:
    """Give an account of the platform's.

    Raises:
        Refused: it is none, or was deleted.
    """
    if world.objects.get(name, {}).get("object") != "account":
        raise Refused(
            f"The provided key does not have access to account '{name}' (or that account does not"
            " exist). Application access may have been revoked.",
            "account_invalid",
            status=403,
        )
    return world.objects[name]


def delete(world: World, account: Json) -> Json:
    """An account is deleted: nobody knows it any more."""
    del world.objects[account["id"]]
    return {"id": account["id"], "object": "account", "deleted": True}


def become(world: World, account: Json, state: str) -> Json:
    """An account is judged anew."""
    account.update(STATES[state])
    world.tell("account.updated", account, account=account["id"])
    return account


class NewTransfer(Params):
    """Money to an account."""

    amount: Amount
    currency: Currency
    destination: str
    transfer_group: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


@router.post("/transfers")
async def new_transfer(request: Request, world: Here) -> Json:
    """Money goes to an account."""
    new = await asked(request, NewTransfer)
    account = world.objects.get(new.destination, {})
    if account.get("object") != "account":
        why = f"No such destination: '{new.destination}'"
        raise Refused(why, "resource_missing", param="destination")
    if account["capabilities"]["transfers"] != "active":
        raise Refused(
            "Your destination account needs to have at least one of the following capabilities"
            " enabled: transfers",
            "insufficient_capabilities_for_transfer",
            is_kept=True,
        )
    if new.amount > world.available(PLATFORM, new.currency):
        raise Refused(
            "You have insufficient available funds in your Stripe account.",
            "balance_insufficient",
            is_kept=True,
        )
    said = new.model_dump(exclude={"expand"})
    transfer = world.made("tr", "transfer", **said, amount_reversed=0, reversed=False)
    world.book(PLATFORM, "transfer", -new.amount, transfer)
    world.book(account["id"], "payment", new.amount, transfer)
    world.tell("transfer.created", transfer)
    return transfer


class TransferList(ListParams):
    """Which transfers."""

    transfer_group: str | None = None
    destination: str | None = None


@router.get("/transfers")
async def transfers(request: Request, world: Here) -> Json:
    """What went to accounts."""
    params = await asked(request, TransferList)
    rows = (
        one
        for one in world.every("transfer")
        if params.transfer_group in (None, one["transfer_group"])
        and params.destination in (None, one["destination"])
    )
    return page(rows, params, "/v1/transfers")


class NewReversal(Params):
    """Money back from an account."""

    amount: Amount | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


@router.post("/transfers/{name}/reversals")
async def new_reversal(name: str, request: Request, world: Here) -> Json:
    """Money comes back from an account."""
    new = await asked(request, NewReversal)
    transfer = world.found("transfer", name)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = left if new.amount is None else new.amount
    currency, account = transfer["currency"], transfer["destination"]
    if amount > left:
        raise Refused(f"Reversal amount ({amount}) is greater than the rest ({left}).")
    if amount > world.balance(account)[currency]:
        raise Refused("Insufficient funds.", "balance_insufficient", is_kept=True)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    reversal = world.made(
        *("trr", "transfer_reversal"),
        amount=amount,
        currency=currency,
        transfer=name,
        metadata=new.metadata,
    )
    world.book(PLATFORM, "transfer_refund", amount, reversal)
    world.book(account, "payment_refund", -amount, reversal)
    world.tell("transfer.reversed", transfer)
    return reversal
