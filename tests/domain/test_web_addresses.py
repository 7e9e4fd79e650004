"""Addresses on the web: what is taken for one, how it is written, and which are public."""

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.web_address import WebhookUrl, host_of, is_literal, is_public
from tests.domain.web_addresses import (
    INWARD_ADDRESSES,
    PUBLIC,
    PUBLIC_6,
    PUBLIC_ADDRESSES,
    WAYS_TO_LOOPBACK,
)

URL: TypeAdapter[str] = TypeAdapter(WebhookUrl)
LABEL = "a" * 63
LONGEST_HOST = ".".join([LABEL] * 3 + ["a" * 61])


def why_not(url: str) -> str:
    """In our words, why this is no URL to send to."""
    with pytest.raises(ValidationError) as refusal:
        URL.validate_python(url)
    return refusal.value.errors()[0]["msg"]


@pytest.mark.parametrize("address", INWARD_ADDRESSES)
def test_an_address_from_inside(address: str) -> None:
    assert not is_public(address, [address])
    assert not is_public("example.org", [PUBLIC, address])
    assert not is_public("example.org", [address, PUBLIC])


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_an_address_that_all_can_reach(address: str) -> None:
    assert is_public(address, [address])
    assert is_public("example.org", [address])


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LocalHost.", "api.localhost", "printer.local", "metadata.google.internal"),
        *("db", "db.", "a.b.INTERNAL."),
    ],
)
def test_a_name_from_inside_is_not_public_wherever_it_leads(host: str) -> None:
    assert not is_public(host, [PUBLIC])


@pytest.mark.parametrize("host", ["example.org", "example.org.", "local.example", "a.b.example"])
def test_a_name_from_outside_is_public_if_it_leads_outside(host: str) -> None:
    assert is_public(host, [PUBLIC_6, PUBLIC])


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:8443/hooks?to=us", "https://example.org:8443/hooks?to=us"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7f000001/", "http://127.0.0.1/"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://example.org./", "http://example.org./"),
        ("http:///hooks", "http://hooks/"),
        (f"http://{LONGEST_HOST}/", f"http://{LONGEST_HOST}/"),
    ],
)
def test_a_url_is_written_as_every_parser_reads_it(url: str, written: str) -> None:
    assert written == URL.validate_python(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.org/", "must be an http or https URL"),
        ("//example.org/", "must be an http or https URL"),
        ("http://[::1/", "must be an http or https URL"),
        ("http://example.org\n.example/", "must not contain control characters"),
        ("http://example.org/a\tb", "must not contain control characters"),
        ("http://example.org/\r\n", "must not contain control characters"),
        ("http://exa\x7fmple.org/", "must not contain control characters"),
        ("http://ana@example.org/", "must not carry a user name or a password"),
        ("http://:secret@example.org/", "must not carry a user name or a password"),
        ("http://example.org/#top", "must not have a fragment"),
        ("http://example.org:0/", "must name a host that can be reached"),
        ("http://a..example/", "must name a host that can be reached"),
        ("http://example.org../", "must name a host that can be reached"),
        (f"http://{LABEL}a.example/", "must name a host that can be reached"),
        (f"http://{LONGEST_HOST}a/", "must name a host that can be reached"),
    ],
)
def test_a_refused_url_is_told_why(url: str, why: str) -> None:
    assert f"Value error, {why}" == why_not(url)


def test_a_refused_url_hides_what_the_parser_says_of_it() -> None:
    with pytest.raises(ValidationError) as refusal:
        URL.validate_python("ftp://example.org/")
    assert refusal.value.errors()[0]["ctx"]["error"].__cause__ is None


@pytest.mark.parametrize("way", WAYS_TO_LOOPBACK)
def test_every_way_to_loopback_is_seen_for_what_it_is(way: str) -> None:
    host = host_of(URL.validate_python(f"http://{way}/"))
    assert not is_public(host, [host] if is_literal(host) else [PUBLIC])


@pytest.mark.parametrize(
    ("url", "host"),
    [("http://[::1]:8000/x", "::1"), ("https://example.org/", "example.org"), ("x", "")],
)
def test_the_host_of_a_url(url: str, host: str) -> None:
    assert host == host_of(url)


@pytest.mark.parametrize(
    ("host", "literal"), [("127.0.0.1", True), ("::1", True), ("example.org", False), ("", False)]
)
def test_an_address_is_not_a_name(host: str, literal: bool) -> None:
    assert literal is is_literal(host)
