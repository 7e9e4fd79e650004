"""A mail as it goes over the wire: ASCII, in short lines, and read as it was typed.

The headers are written here and not by the standard library. That one decodes whatever looks like
an encoded word (RFC 2047) when a header is set, so that who writes a title would write headers, and
lets words run together where it folds.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP

BYTES_A_WORD = 39
"""Bytes of UTF-8 in one encoded word. It has 64 characters then, of the 75 that it may have, and
behind the name of its header still fits the line of 76 (RFC 2047, §2)."""

LONGEST_PLAIN = 65
"""Characters of a text that stands as it is, on one line with its header's name."""

_SPACES = re.compile(" +")
_MARKS = re.compile(r'["\\]')
_ENDS_LINES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def mail_message(headers: Mapping[str, str], text: str, html: str) -> bytes:
    """Return the headers, which are ASCII and folded already, and two bodies that say the same.

    Raises:
        UnicodeError: something of it cannot be written.
    """
    bodies = EmailMessage(policy=SMTP)
    bodies.set_content(text, cte="quoted-printable")
    bodies.add_alternative(html, subtype="html", cte="quoted-printable")
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return head.encode("ascii") + bodies.as_bytes()


def text_header(text: str) -> str:
    """Return a text as a header holds it, on one line for whoever reads it."""
    line = _one_line(text)
    return line if _is_plain(line) else _encoded(line)


def mailbox_header(name: str, address: str) -> str:
    """Return an address that has been checked, behind the name that is shown for it, if there is
    one."""
    line = _one_line(name)
    return f"{_phrase(line)}\r\n <{address}>" if line else address


def _phrase(name: str) -> str:
    if not _is_plain(name):
        return _encoded(name)
    return '"' + _MARKS.sub(r"\\\g<0>", name) + '"'


def _one_line(text: str) -> str:
    """Return the text without whatever could end a header, and without halves of characters."""
    return _SPACES.sub(" ", _ENDS_LINES.sub(" ", text)).strip(" ")


def _is_plain(line: str) -> bool:
    """Return whether a line stands for itself: what looks like an encoded word would be decoded."""
    return line.isascii() and "=?" not in line and len(line) <= LONGEST_PLAIN


def _encoded(line: str) -> str:
    # What stands between two encoded words is not shown: every space is inside of one.
    words = (f"=?utf-8?b?{b64encode(part).decode()}?=" for part in _parts(line))
    return "\r\n ".join(words)


def _parts(line: str) -> Iterator[bytes]:
    """Return the line in UTF-8, cut between characters."""
    part = b""
    for character in map(str.encode, line):
        if len(part) + len(character) > BYTES_A_WORD:
            yield part
            part = b""
        part += character
    yield part
