"""What settings about the pages may say: who may show them within their own, a stylesheet, and whom
people sign in with."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from infra.setting_types import NO_TRUSTED_ADDRESS, is_trusted_address, wrong


def _ancestors(text: str) -> str:
    origins = text.replace(",", " ").split()
    if not origins or not all(_is_source(one) for one in origins):
        raise wrong("must be origins with spaces between them: https://shop.example.org")
    return " ".join(origins)


def _is_source(text: str) -> bool:
    scheme, separator, host = text.partition("://")
    is_plain = text.isascii() and text.isprintable() and not set(host) & set("/;,\"'*\\@?# ")
    return scheme in ("https", "http") and bool(separator) and bool(host) and is_plain


Ancestors = Annotated[str, AfterValidator(_ancestors)]


def _stylesheet(text: str) -> str:
    if not text.endswith(".css") or not Path(text).is_file():
        raise wrong("must be the path of a stylesheet that is there, such as /etc/shop/theme.css")
    return text


WEB_UI = re.compile(
    r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?"
)


def _web_ui(text: str) -> str:
    if not WEB_UI.fullmatch(text):
        raise wrong("must be where browsers find Temporal's Web UI: https://temporal.example.org")
    return text.rstrip("/")


WebUi = Annotated[str, AfterValidator(_web_ui)]
ThemeFile = Annotated[str, AfterValidator(_stylesheet)]


def _issuer(address: str) -> str:
    if not is_trusted_address(address):
        raise wrong(NO_TRUSTED_ADDRESS)
    if set(address) & set("?#"):
        raise wrong("must be the issuer as the provider names itself, without ? and #")
    return address


OidcIssuer = Annotated[str, AfterValidator(_issuer)]
