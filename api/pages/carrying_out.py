"""What a form of an action leads to: what it would do, or what came of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import Request

from api.action_service import ActionRequest
from api.answers import KEPT_UNDER_ITS_KEY, Answer, required_key
from api.asking import request_of
from api.pages.fields import read
from api.pages.forms import KEY, SEEN
from api.pages.panel import Foreseen, Sheet, Trouble, foreseen, refused
from api.problems import Problem, unavailable
from api.routes.previews import preview
from api.schemas.previews import PreviewView
from api.state import Services
from db.errors import Unavailable
from db.idempotency import Key
from db.pool import connection
from domain.actions import Fields
from domain.vocabulary import known_code


class Failed(Exception):
    """An action that was refused, or a preview of it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.title)
        self.trouble = trouble


@dataclass(frozen=True)
class Recorded:
    """An action that is written down, and not carried out yet."""

    request_id: str


def fields_of(sheet: Sheet, *, silent: bool = False) -> Fields:
    """Read what a form says.

    Raises:
        Unreadable: it does not say what the action needs.
    """
    currency = sheet.found.order.currency
    return read(sheet.action, sheet.role, sheet.form, currency, silent=silent)


async def foresee(shared: Services, sheet: Sheet, fields: Fields) -> tuple[PreviewView, Foreseen]:
    """Return what an action would do now.

    Raises:
        Failed: it would be refused.
    """
    with _told(sheet):
        asked = _asked(sheet, fields, None)
        async with connection(shared.pool) as acquired:
            view = await preview(acquired, asked, sheet.found.reader.locale)
    return view, foreseen(sheet, fields, view)


async def carry_out(
    request: Request, shared: Services, sheet: Sheet, fields: Fields
) -> Recorded | None:
    """Do it, once for each form that is shown; None: it is done.

    Raises:
        Failed: it was refused.
    """
    caller = sheet.found.reader.caller
    key = required_key(request, caller, sheet.form.get(KEY), fields)
    with _told(sheet):
        answer = await shared.actions.act(_asked(sheet, fields, key))
        return _came_of(answer)


def _asked(sheet: Sheet, fields: Fields, key: Key | None) -> ActionRequest:
    found = sheet.found
    seen = sheet.form.get(SEEN) or None
    return request_of(found.row, found.roles, sheet.action, fields, seen, lambda: key)


def _came_of(answer: Answer) -> Recorded | None:
    if answer.status == 200:
        return None
    document = json.loads(answer.body)
    if answer.status == 202:
        return Recorded(document["id"])
    detail = document["detail"].removesuffix(f" {KEPT_UNDER_ITS_KEY.get(answer.status, '')}")
    raise Problem(known_code(document["code"]), detail, errors=document.get("errors", []))


@contextmanager
def _told(sheet: Sheet) -> Iterator[None]:
    """Say of a refusal what it has to do with which field."""
    try:
        yield
    except Problem as problem:
        errors = problem.members.get("errors") or []
        about = tuple(one["field"].split(".")[1] for one in errors if one["field"].count("."))
        raise Failed(refused(sheet, problem.code, problem.status, problem.detail, about)) from None
    except Unavailable:
        away = unavailable("The database")
        raise Failed(refused(sheet, away.code, away.status, away.detail)) from None
