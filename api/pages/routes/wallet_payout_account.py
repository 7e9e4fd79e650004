"""One's account at the payment provider, to which one is paid out: how it stands, and the way to
the provider's own pages."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from api import payout_accounts
from api.auth.capabilities import Capability, demand
from api.pages.forms import Posted
from api.pages.page import show
from api.pages.paying import home_of, no_name_of_ours, web_address
from api.pages.payout_account_words import REFUSES, SILENT, account_words
from api.pages.reader import Reader, SignedIn
from api.problems import Problem
from api.schemas.payouts import NewAccount
from api.state import Shared
from db.payout_accounts import KeptAccount
from domain.vocabulary import Code

router = APIRouter(prefix="/wallet/payout-account", include_in_schema=False)

PAGE = "/wallet/payout-account"


@router.get("")
async def account(request: Request, reader: SignedIn, shared: Shared) -> Response:
    """Show how an account stands, as the provider says now: of one that is not ready it is asked,
    since whoever comes back from there has just told it something."""
    demand(reader.caller, Capability.TRADE)
    try:
        return _page(request, reader, await payout_accounts.known(shared, reader.caller.id))
    except Problem as problem:
        if problem.code not in (Code.UNAVAILABLE, Code.PROVIDER_REFUSED):
            raise
        said = SILENT if problem.code is Code.UNAVAILABLE else REFUSES
    kept = await payout_accounts.kept(shared, reader.caller.id)
    return _page(request, reader, kept, refusal=reader.formatter.say(said))


@router.post("")
async def go_on(request: Request, reader: SignedIn, shared: Shared, form: Posted) -> Response:
    """Open an account where there is none, and show the way to the provider's pages. It holds for
    minutes and once: sent again, this form gives a fresh one."""
    del form  # it says nothing but that it is one of ours
    demand(reader.caller, Capability.TRADE)
    try:
        shown = await payout_accounts.opened(shared, reader.caller, _asked(request))
    except Problem as problem:
        if problem.code is not Code.PROVIDER_REFUSED:
            raise
        kept = await payout_accounts.kept(shared, reader.caller.id)
        return _page(request, reader, kept, refusal=reader.formatter.say(REFUSES), status=409)
    kept = await payout_accounts.kept(shared, reader.caller.id)
    return _page(request, reader, kept, url=web_address(shown.url))


def _asked(request: Request) -> NewAccount:
    try:
        return NewAccount(return_url=f"{home_of(request)}{PAGE}")
    except ValidationError:
        raise no_name_of_ours() from None


def _page(
    request: Request,
    reader: Reader,
    account: KeptAccount | None,
    url: str = "",
    refusal: str = "",
    status: int = 200,
) -> Response:
    return show(
        request,
        reader,
        "payout/account.html",
        status=status,
        account=account_words(account, reader),
        url=url,
        refusal=refusal,
    )
