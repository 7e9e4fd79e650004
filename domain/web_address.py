"""Addresses on the web that the product itself sends to: what is taken for one, and which are
public.

What is taken is written the one way that every parser reads alike: the WHATWG URL Standard's, so
that 2130706433, 0x7f.1 and 127.1 are all seen for what they are.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from domain.text import MAX_LINK, on_one_line

LONGEST_HOST = 253
LONGEST_LABEL = 63

_HTTP_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)
_INWARD = {"localhost", "local", "internal"}
"""Names that never lead outside (RFC 6761, RFC 6762, ICANN 2024-07-29), as do those without a
dot."""

_UNICAST = ip_network("2000::/3")
"""All that IANA has given out of IPv6 for the public; mapped and compatible IPv4 is outside it."""
_NAT64 = ip_network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # inside Azure: metadata of the machine
        "192.0.0.0/24",  # IETF protocols; inside Oracle's cloud: metadata of the machine
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "2001::/23",  # IETF protocols, Teredo among them, which carries another address inside
        "2002::/16",  # 6to4, deprecated: carries another address inside
        "3fff::/20",  # documentation
    )
)


def _webhook_url(text: str) -> str:
    try:
        url = _HTTP_URL.validate_python(text)
    except ValidationError:
        raise ValueError("must be an http or https URL") from None
    if url.username is not None or url.password is not None:
        raise ValueError("must not carry a user name or a password")
    if url.fragment is not None:
        raise ValueError("must not have a fragment")
    if url.port == 0 or not _is_host(url.host or ""):
        raise ValueError("must name a host that can be reached")
    return str(url)


def _is_host(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    return len(host) <= LONGEST_HOST and all(0 < len(one) <= LONGEST_LABEL for one in labels)


WebhookUrl = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=MAX_LINK),
    AfterValidator(on_one_line),
    AfterValidator(_webhook_url),
    Field(description="An http or https address.", json_schema_extra={"format": "uri"}),
]


ReturnUrl = WebhookUrl
"""Where somebody's browser is sent back to: written as strictly, and opened by nobody here."""


def host_of(url: str) -> str:
    """Return the host of a URL that was taken: a name in ASCII, or an address without brackets."""
    return urlsplit(url).hostname or ""


def is_literal(host: str) -> bool:
    """Return whether a host is an address and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_public(host: str, addresses: Iterable[str]) -> bool:
    """Return whether a host with these addresses is somebody else's: no name from inside, and every
    address one that the whole world can reach."""
    return not _leads_inside(host) and all(_is_public(address) for address in addresses)


def _leads_inside(host: str) -> bool:
    if is_literal(host):
        return False
    labels = host.lower().removesuffix(".").split(".")
    return len(labels) == 1 or labels[-1] in _INWARD


def _is_public(address: str) -> bool:
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found in _NAT64:
        found = IPv4Address(found.packed[-4:])
    if isinstance(found, IPv6Address) and found not in _UNICAST:
        return False
    if any(found in network for network in _NOT_PUBLIC):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved)
