"""Forms that were sent: what was written in them, and that they come from a page of ours.

Each form has a token of its session in it. One that does not hold, since its session ended while
somebody wrote, say, loses nothing: they see what they wrote, and send it again.
"""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request
from pydantic_core import to_json
from starlette.datastructures import Headers

from api.pages.reader import Reader, sealed_in, visitor
from api.problems import Problem, invalid
from db.sealing import Keyring, Unsealable
from db.sessions import fingerprint
from domain.vocabulary import Code

TOKEN = "made_for"  # noqa: S105  # the field, and not what stands in it
"""The hidden field that says which session a form was made for. Were it called `form`, browsers
would give it to htmx, which asks each element for its `form`, and nothing would be sent."""

KEY = "key"
"""The hidden field by which a form is carried out once: its idempotency key."""

SEEN = "seen"
"""The hidden field with the version that the reader saw."""

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 400

AGAIN_SECONDS = 3600
"""How long somebody may take to sign in before they are asked once more whether to send a form."""

_PURPOSE = "form of the pages"
_AGAIN = "form that is sent again"


@dataclass(frozen=True)
class Form(Mapping[str, str]):
    """The fields of a form by name; of several of one name the last, or `all` of them."""

    pairs: tuple[tuple[str, str], ...] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return dict(self.pairs)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.pairs))

    def __len__(self) -> int:
        return len(dict(self.pairs))

    def all(self, name: str) -> list[str]:
        """Return every value of a name, in order."""
        return [value for one, value in self.pairs if one == name]

    @property
    def written(self) -> list[tuple[str, str]]:
        """Return what is the reader's own, and not the page's."""
        return [(name, value) for name, value in self.pairs if name != TOKEN]


class FormExpired(Problem):
    """A form of another session than goes on now; `form` is what was written."""

    def __init__(self, form: Form) -> None:
        detail = "The form was made before your session began. Send it again."
        super().__init__(Code.FORBIDDEN, detail)
        self.form = form


class SessionEnded(Problem):
    """A form of somebody whose session has ended; `form` is what was written."""

    def __init__(self, form: Form) -> None:
        super().__init__(Code.UNAUTHENTICATED, "Sign in first: your session has ended.")
        self.form = form


def token_for(keyring: Keyring, reader: Reader) -> str:
    """Return the token of a form for whoever looks; another one each time it is shown, so that a
    compressed page does not tell it."""
    raw = keyring.seal_for(_PURPOSE, fingerprint(reader.secret))
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _is_of(keyring: Keyring, secret: str, token: str) -> bool:
    try:
        return hmac.compare_digest(keyring.open_for(_PURPOSE, _bytes(token)), fingerprint(secret))
    except (ValueError, Unsealable):
        return False


def _bytes(token: str) -> bytes:
    return urlsafe_b64decode(token + "=" * (-len(token) % 4))


def token_to_send_again(request: Request, form: Form) -> str:
    """Return a token for a form whose session has ended: for an hour, for the same form at the same
    address, and for the same person, who has signed in again by then. Empty where it is not sure
    that the form was theirs."""
    token, keyring = form.get(TOKEN, ""), request.app.state.settings.keyring
    if _writer(request, form) is not None:
        return token  # they pressed before they had signed in
    said = sealed_in(request)
    if said is None or not _is_of(keyring, said.secret, token):
        return ""
    content = to_json([said.user_id, _digest(request, form), time.time() + AGAIN_SECONDS])
    return urlsafe_b64encode(keyring.seal_for(_AGAIN, content)).decode().rstrip("=")


def is_sent_again(request: Request, reader: Reader, form: Form) -> bool:
    """Return whether a form is the one that its reader had written when their session ended."""
    return _writer(request, form) == reader.caller.id


def _writer(request: Request, form: Form) -> str | None:
    """Return who had written a form, by a token to send it again; None where that does not hold."""
    keyring: Keyring = request.app.state.settings.keyring
    try:
        opened = json.loads(keyring.open_for(_AGAIN, _bytes(form.get(TOKEN, ""))))
    except (ValueError, Unsealable):
        return None
    user_id, digest, until = opened
    is_the_same = hmac.compare_digest(digest, _digest(request, form))
    return str(user_id) if is_the_same and time.time() < until else None


def _digest(request: Request, form: Form) -> str:
    content = to_json([request.url.path, request.url.query, form.written])
    return hashlib.sha256(content).hexdigest()


async def read(request: Request) -> Form:
    """Return the form that a request sends.

    Raises:
        Problem: it is none (422).
    """
    if kind_of(request.headers) != FORM:
        raise invalid("header.Content-Type", f"must be {FORM}")
    return form_in(await request.body())


def kind_of(headers: Headers) -> str:
    """Return what a body is, without how it is written."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def form_in(body: bytes) -> Form:
    """Return the form that a body has.

    Raises:
        Problem: it is none (422).
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise invalid("body", "is not a form that can be read") from None
    return Form(tuple((name, value.replace("\r\n", "\n")) for name, value in pairs))


def demand_own_page(request: Request) -> None:
    """Refuse what another site's page sends, as browsers say it.

    Raises:
        Problem: it is another site's (403).
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site not in (None, "same-origin", "none") or (
        site is None and origin is not None and _host_of(origin) != request.url.netloc
    )
    if foreign:
        raise Problem(Code.FORBIDDEN, "This form was sent by a page of another site.")


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # brackets that hold no address
        return None


async def posted(request: Request, reader: Annotated[Reader, Depends(visitor)]) -> Form:
    """Return a form that somebody who is signed in has sent from a page of ours.

    Raises:
        Problem: another site sent it (403), or it is no form (422).
        SessionEnded: nobody is signed in any more.
        FormExpired: it was made for another session.
    """
    demand_own_page(request)
    form = await read(request)
    if not reader.is_signed_in:
        raise SessionEnded(form)
    keyring, token = request.app.state.settings.keyring, form.get(TOKEN, "")
    if not _is_of(keyring, reader.secret, token) and not is_sent_again(request, reader, form):
        raise FormExpired(form)
    return form


async def posted_by_anybody(request: Request) -> Form:
    """Return a form that needs no session: in which language somebody reads, say.

    Raises:
        Problem: another site sent it (403), or it is no form (422).
    """
    demand_own_page(request)
    return await read(request)


Posted = Annotated[Form, Depends(posted)]
PostedByAnybody = Annotated[Form, Depends(posted_by_anybody)]
