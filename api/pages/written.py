"""A message that could not be sent: what was written in it, and why."""

from dataclasses import dataclass

from pydantic import ValidationError

from api.pages.field_errors import said_of
from api.pages.fields import Kind, Shape, of_model
from api.pages.forms import Form
from domain.text import MAX_TEXT
from domain.vocabulary import Code
from texts.formatter import Formatter
from texts.refusals import problem_said

TEXT = Shape("text", Kind.TEXTAREA, is_optional=False, limit=MAX_TEXT)
LINKS = Shape("links", Kind.LINKS, is_optional=True)
_NO_MATTER = "EUR"
"""A message holds no money; what is said of fields asks for a currency all the same."""


@dataclass(frozen=True)
class Written:
    """What stands in the form of a message, and what is wrong with it; an empty one where nothing
    was tried."""

    text: str = ""
    links: tuple[str, ...] = ()
    wrong_text: str = ""
    wrong_links: str = ""
    status: int = 200


def wrong(form: Form, error: ValidationError, formatter: Formatter) -> Written:
    """Return a form again of which something cannot be sent as it is."""
    said: dict[str, str] = {}
    for one in map(of_model, error.errors()):
        shape = LINKS if one.field == LINKS.name else TEXT
        said.setdefault(shape.name, said_of(shape, one, formatter, _NO_MATTER))
    return Written(
        form.get(TEXT.name, ""),
        tuple(form.all(LINKS.name)),
        said.get(TEXT.name, ""),
        said.get(LINKS.name, ""),
        422,
    )


def refused(form: Form, code: Code, status: int, formatter: Formatter) -> Written:
    """Return a form again that was not taken."""
    text, links = form.get(TEXT.name, ""), tuple(form.all(LINKS.name))
    return Written(text, links, problem_said(code, formatter), "", status)
