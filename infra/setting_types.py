"""What settings about callers may say: whose tokens are taken, whose word on an address, whose
pages, and where browsers find us."""

import re
from ipaddress import ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

SHORTEST_SECRET = 32
"""Bytes of the key that signs tokens (RFC 7518 §3.2), spaces around it not counted."""


def is_secret(text: str) -> bool:
    """Return whether a text is long enough for a key."""
    return len(text.strip().encode()) >= SHORTEST_SECRET


def wrong(why: str) -> PydanticCustomError:
    """Return an error that says this of a setting after its name."""
    return PydanticCustomError("setting", why)


def _key_set(address: str) -> str:
    if not is_trusted_address(address):
        raise wrong(NO_TRUSTED_ADDRESS)
    return address


NO_TRUSTED_ADDRESS = "must be an https address; http is taken for this machine alone"


def is_trusted_address(address: str) -> bool:
    """Return whether what an address answers can be believed: nobody on the way can change it."""
    # What two readers of an address understand differently, one of them fetches elsewhere.
    if not address.isascii() or not address.isprintable() or set(address) & set(" \\@"):
        return False
    try:
        url = urlsplit(address)
        url.port  # noqa: B018  # looked at only now
    except ValueError:
        return False
    if not url.hostname or url.scheme not in ("http", "https"):
        return False
    return url.scheme == "https" or is_this_machine(url.hostname)


def is_this_machine(host: str) -> bool:
    """Return whether a host is this very machine, whoever asks."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def leads_to_this_machine(address: str | None) -> bool:
    """Return whether browsers that follow an address stay on this very machine; without one they
    do."""
    return address is None or is_this_machine(urlsplit(address).hostname or "")


KeySet = Annotated[str, AfterValidator(_key_set)]


def _claim(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise wrong("must be exactly what tokens say, without spaces around it")
    return text


Claim = Annotated[str, AfterValidator(_claim)]


def _proxies(text: str) -> str:
    try:
        named = [ip_network(part.strip()) for part in text.split(",")]
    except ValueError:
        named = []
    if not named or any(network.prefixlen == 0 for network in named):
        raise wrong("must name proxies by their addresses or networks: 10.0.0.5, 10.1.0.0/16")
    return text


Proxies = Annotated[str, AfterValidator(_proxies)]


_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]*[a-z0-9]|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?")
_SILENT_PORTS = {("http", "80"), ("https", "443")}


def _origins(text: str) -> str:
    named = [part.strip() for part in text.split(",")]
    if not all(map(_is_origin, named)):
        raise wrong(
            "must name origins one by one, exactly as browsers send them and without a path:"
            " https://shop.example.org, https://shop.example.org:8443 (a port only where it is not"
            " the usual one; there is no wildcard)"
        )
    return ",".join(dict.fromkeys(named))


def _is_origin(text: str) -> bool:
    found = _ORIGIN.fullmatch(text)
    if found is None or ".." in found[2] or found[2].startswith((".", "-")):
        return False
    # A browser leaves the usual port out: with it, nothing would ever match.
    return found[3] is None or (int(found[3]) < 65536 and found.group(1, 3) not in _SILENT_PORTS)


Origins = Annotated[str, AfterValidator(_origins)]


_PUBLIC_URL = re.compile(
    r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?"
)


def _public_url(text: str) -> str:
    if not _PUBLIC_URL.fullmatch(text):
        raise wrong("must be where browsers find the API, such as https://orders.example.org")
    return text.rstrip("/")


PublicUrl = Annotated[str, AfterValidator(_public_url)]
