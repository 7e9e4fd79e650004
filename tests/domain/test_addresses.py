"""What is taken for an address of e-mail, and how it is written."""

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.address import EmailAddress, Mailbox, mailbox

ADDRESS: TypeAdapter[str] = TypeAdapter(EmailAddress)
LOCAL_PART = "must have only plain letters, digits and a few signs before @"
DOMAIN = "must have a domain that can get mail after @"
LONG = ".".join(["b" * 60] * 3)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ana@example.org", "ana@example.org"),
        ("Ana.B+orders@Example.ORG", "Ana.B+orders@example.org"),
        ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
        ("!#$%&'*+/=?^_`{|}~-@example.org", "!#$%&'*+/=?^_`{|}~-@example.org"),
        ("=?utf-8?q?x?@example.org", "=?utf-8?q?x?@example.org"),
        ("a@b.cd", "a@b.cd"),
        ("1@2.example", "1@2.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@straße.example", "ana@xn--strae-oqa.example"),
        ("ana@例え.jp", "ana@xn--r8jz45g.jp"),
        ("ana@हिन्दी.example", "ana@xn--j2bd4cyah0f.example"),
        ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
        (f"{'a' * 59}@{LONG}.{'c' * 11}", f"{'a' * 59}@{LONG}.{'c' * 11}"),
    ],
)
def test_an_address(text: str, address: str) -> None:
    assert address == ADDRESS.validate_python(text)
    assert address == ADDRESS.validate_python(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@",
        "ana@",
        "@example.org",
        "ana@example@example.org",
        "ana@localhost",
        "ana@example.",
        "ana@.example",
        "ana@example..org",
        "ana@example.org.",
        "ana@-example.org",
        "ana@example-.org",
        "ana@exam_ple.org",
        "ana@exam ple.org",
        "ana@exam%70le.org",
        "ana@example.org:25",
        "ana@example.org/path",
        "ana@user:password@example.org",
        "ana@127.0.0.1",
        "ana@127.1",
        "ana@0x7f.1",
        "ana@[127.0.0.1]",
        "ana@[IPv6:::1]",
        "ana@example.123",
        "ana@xn--zzzzzzzz.org",
        "ana@" + "b" * 64 + ".org",
        "a" * 65 + "@example.org",
        f"{'a' * 60}@{LONG}.{'c' * 11}",
        f"ana@{'ü' * 60}.{'ü' * 60}.{'ü' * 60}.{'ü' * 60}.org",
        " ana@example.org",
        "ana@example.org ",
        "an a@example.org",
        '"an a"@example.org',
        "ana(her)@example.org",
        "Ana <ana@example.org>",
        "ana@example.org,ben@example.org",
        "=?utf-8?q?x?=@example.org",
        "ana=?utf-8?b?QQ==?=@example.org",
        "a.=?x?y?z?=.b@example.org",
        ".ana@example.org",
        "ana.@example.org",
        "an..a@example.org",
        "äna@example.org",
        "ana@example.org\r\nBcc: mallory@example.com",
        "ana\r\n@example.org",
        "ana@example.org\n",
        "ana@exam\tple.org",
        "ana\x00@example.org",
        "ana@example.org\x00",
        "ana@\u202eexample.org",
        "ana@exa\u200dmple.org",
        "ana@example。org",
    ],
)
def test_no_address(text: str) -> None:
    with pytest.raises(ValidationError):
        ADDRESS.validate_python(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ana", "must have one @"),
        ("ana@example@example.org", "must have one @"),
        ("an a@example.org", LOCAL_PART),
        ("a" * 65 + "@example.org", LOCAL_PART),
        ("=?utf-8?q?x?=@example.org", "must not have =? and ?= before @"),
        ("ana@localhost", DOMAIN),
        ("ana@example.123", DOMAIN),
        (f"{'a' * 63}@{'.'.join(['ü' * 40] * 4)}.org", "must have at most 254 characters"),
    ],
)
def test_it_is_told_why_something_is_no_address(text: str, why: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        ADDRESS.validate_python(text)
    assert f"Value error, {why}" == refusal.value.errors()[0]["msg"]


@pytest.mark.parametrize("value", [None, 1, b"ana@example.org", ["ana@example.org"]])
def test_no_text(value: object) -> None:
    with pytest.raises(ValidationError):
        ADDRESS.validate_python(value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("orders@example.org", ""),
        ("<orders@example.org>", ""),
        ("Séquestre <orders@example.org>", "Séquestre"),
        ('"Orders, Inc." <orders@example.org>', "Orders, Inc."),
        ("Xavier X <orders@example.org>", "Xavier X"),
        ("x" * 100 + " <orders@example.org>", "x" * 100),
    ],
)
def test_a_mailbox(text: str, name: str) -> None:
    assert Mailbox(name=name, address="orders@example.org") == mailbox(text)
    assert mailbox(text).domain == "example.org"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders",
        "Orders",
        "<>",
        "Orders <orders>",
        "Orders\r\nBcc: x <orders@example.org>",
        "a <b@c.de> d",
        "x" * 101 + " <orders@example.org>",
        "a@b.cd <orders@example.org>",
    ],
)
def test_no_mailbox(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|should"):
        mailbox(text)
