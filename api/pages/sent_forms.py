"""Forms on their way in, noted so that the page that says why one was refused can give it back,
whichever part refused it and whether it was read by then."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from api.pages.forms import FORM, kind_of

MOST_BYTES = 16 * 1024 * 1024
"""What is noted of all forms together that are under way; of more, no page gives anything back."""


@dataclass
class SentForm:
    """What has come of a form so far; `body` is None where it is none, or not noted."""

    receive: Receive
    body: bytearray | None
    is_whole: bool = False

    @property
    def text(self) -> bytes | None:
        """Return the form as it was sent; None where it is not known to its end."""
        return bytes(self.body) if self.body is not None and self.is_whole else None


@dataclass
class SentForms:
    """The forms under way; of each no more than `most_each` bytes are noted."""

    most_each: int
    most: int = MOST_BYTES
    held: int = field(default=0, init=False)

    @contextmanager
    def noting(self, scope: Scope, receive: Receive) -> Iterator[SentForm]:
        """Note what is received of a form, for as long as the block lasts."""
        is_form = scope["method"] == "POST" and kind_of(Headers(scope=scope)) == FORM
        sent = SentForm(receive, bytearray() if is_form else None)

        async def noted() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                self._note(sent, message)
            return message

        sent.receive = noted
        try:
            yield sent
        finally:
            self._let_go(sent)

    def _note(self, sent: SentForm, message: Message) -> None:
        piece = message.get("body", b"")
        if sent.body is None:
            return
        if len(sent.body) + len(piece) > self.most_each or self.held + len(piece) > self.most:
            self._let_go(sent)
            return
        sent.body += piece
        self.held += len(piece)
        sent.is_whole = not message.get("more_body", False)

    def _let_go(self, sent: SentForm) -> None:
        self.held -= len(sent.body or b"")
        sent.body = None
