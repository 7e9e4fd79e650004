"""A payment into a wallet that is begun on a page, and where its payer comes back to from the
payment provider's own."""

from urllib.parse import urlsplit

from fastapi import Request
from pydantic import ValidationError

from api.answers import required_key
from api.pages.cookies import is_secure
from api.pages.forms import KEY, Form
from api.pages.reader import Reader
from api.pages.taken import document_of
from api.paying_in import begun_once, id_under
from api.problems import Problem, invalid
from api.schemas.orders import NewOrder
from api.schemas.pay_ins import NewPayIn
from api.state import Services
from domain.money import Money
from domain.payments import MOST_OPEN
from domain.vocabulary import Code
from texts.catalogue import msg
from texts.formatter import Formatter
from texts.refusals import problem_said

PAGE = "/wallet/pay-ins"
BACK = "?back=1"
"""What the address has by which the provider sends its payer back."""
TOO_MANY = msg(
    "%(n)s payments of yours wait to be paid, and no more may. Pay one of them, or try again once"
    " one has lapsed: each does by itself, after a day at the latest. Nothing was begun."
)


async def begun(
    request: Request,
    shared: Services,
    reader: Reader,
    form: Form,
    money: Money,
    order: NewOrder | None = None,
) -> str:
    """Begin a payment, once for each form that was shown, and return where its page is.

    Raises:
        Problem: there is no provider (409), it refuses (409) or does not answer (503), or as many
            of the payer's wait as may (429).
    """
    page = page_of(reader, form)
    body = _asked(request, page, money, order)
    key = required_key(request, reader.caller, form.get(KEY), body)
    document_of(await begun_once(shared, reader.caller, body, key))
    return page


def not_begun(problem: Problem, formatter: Formatter) -> str:
    """Return why a payment was not begun, to be said with its form; empty where the problem says
    that by itself."""
    if problem.code is Code.RATE_LIMITED:
        return formatter.say(TOO_MANY, {"n": formatter.number(MOST_OPEN)})
    return problem_said(problem.code, formatter) if problem.code is Code.PROVIDER_REFUSED else ""


def page_of(reader: Reader, form: Form) -> str:
    """Return where the page of the payment is that a form begins."""
    return f"{PAGE}/{id_under(reader.caller.id, form.get(KEY, ''))}"


def _asked(request: Request, page: str, money: Money, order: NewOrder | None) -> NewPayIn:
    try:
        return NewPayIn(
            amount=money.amount,
            currency=money.currency,
            return_url=f"{home_of(request)}{page}{BACK}",
            order=order,
        )
    except ValidationError:  # the amount was read before: it is the name that was asked for
        raise no_name_of_ours() from None


def no_name_of_ours() -> Problem:
    """Return what is said to who asked by a name to which nobody can be sent back."""
    return invalid("header.Host", "must be the name of this site")


def web_address(url: str) -> str:
    """Return an address that may be linked to; empty where it is none of the web."""
    return url if urlsplit(url).scheme in ("https", "http") else ""


def home_of(request: Request) -> str:
    """Return where browsers find these pages: as the settings say, or else as this one was asked
    for. That is safe for who is signed in: their cookie was set for this name alone, and but on
    this machine it travels encrypted, whatever stands before us."""
    home: str | None = request.app.state.settings.public_url
    scheme = "https" if is_secure(request) else request.url.scheme
    return home or f"{scheme}://{request.url.netloc}"
