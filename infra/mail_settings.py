"""What a marketplace may set of the mails that go out in its name."""

import re
from typing import Annotated

from pydantic import AfterValidator

from infra.setting_types import is_this_machine, wrong
from texts.letterhead import ORDER_ID

LONGEST_NAME = 80
MOST_LINES = 10
LONGEST_LINE = 200

_IN_ADDRESS = r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*"
_ORDER_URL = re.compile(
    r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?"
    rf"[/?#]{_IN_ADDRESS}{re.escape(ORDER_ID)}{_IN_ADDRESS}"
)
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _order_url(text: str) -> str:
    found = _ORDER_URL.fullmatch(text)
    if found is None or _STRAY.search(text) or int(found[3] or 1) not in range(1, 65536):
        raise wrong(
            "must be where people find an order, with {order_id} once in its path or query, such as"
            " https://shop.example.org/orders/{order_id}"
        )
    if found[1] == "http" and not is_this_machine(found[2].strip("[]")):
        raise wrong("must be an https address; http is taken for this machine alone")
    return text


OrderUrl = Annotated[str, AfterValidator(_order_url)]


def _is_line(text: str, longest: int) -> bool:
    return text.isprintable() and text == text.rstrip() and len(text) <= longest


def _name(text: str) -> str:
    if not text.strip() or text != text.lstrip() or not _is_line(text, LONGEST_NAME):
        raise wrong(
            f"must be one line of up to {LONGEST_NAME} characters that can be printed, without"
            " spaces around it"
        )
    return text


MarketplaceName = Annotated[str, AfterValidator(_name)]


def _signature(text: str) -> str:
    # A file of variables has one line for each.
    lines = text.replace("\\n", "\n").split("\n")
    fits = len(lines) <= MOST_LINES and all(_is_line(line, LONGEST_LINE) for line in lines)
    if not fits or not any(lines):
        raise wrong(
            f"must have up to {MOST_LINES} lines, written with \\n between them, of up to"
            f" {LONGEST_LINE} characters that can be printed"
        )
    return "\n".join(lines)


MailSignature = Annotated[str, AfterValidator(_signature)]
