"""Answers that can be kept: the same key and body get the first answer again, to the byte."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from api.auth.caller import SignedIn
from api.auth.tokens import Caller
from api.problems import MEDIA_TYPE, Problem, invalid
from api.schemas.base import Nothing
from db import idempotency
from db.idempotency import Claim, KeptAnswer, Key
from db.pool import Connection, Pool, connection, transaction
from domain.vocabulary import Code

LONGEST_KEY = 255
_STAYS = "This answer stays with its Idempotency-Key:"
KEPT_UNDER_ITS_KEY = {
    402: f"{_STAYS} once there is more money use a new key.",
    409: f"{_STAYS} to try again use a new key.",
    412: f"{_STAYS} to try again use a new key.",
}
"""What is said, by status, where the same request could have another answer later."""

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Yours to choose, up to 255 characters. The same key and body give the first "
        "answer again, but for a webhook's secret, which is shown once; the same key with another "
        "body is refused. A key is kept for 30 days.",
        examples=["7f3c1a52-order-1"],
        json_schema_extra={"maxLength": LONGEST_KEY},
    ),
]


@dataclass(frozen=True)
class Answer(KeptAnswer):
    """A response before it is sent."""

    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    def replayed(self) -> "Answer":
        """Return the answer as given to a request whose key came before."""
        return replace(self, headers={**self.headers, "Idempotency-Replayed": "true"})

    def response(self) -> Response:
        """Return the response to send."""
        return Response(self.body, self.status, self.headers, self.media_type)


def answer_with(status: int, document: BaseModel, **headers: str) -> Answer:
    """Return an answer with a document."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, document.model_dump_json(), names)


def refusal_under(key: Key | None, problem: Problem) -> Answer:
    """Turn a refusal into an answer that can be kept. Where another try could go otherwise, it says
    that the key goes on getting this answer."""
    document = problem.document()
    if key is not None and problem.status in KEPT_UNDER_ITS_KEY:
        document["detail"] = f"{problem.detail} {KEPT_UNDER_ITS_KEY[problem.status]}"
    body = to_json(document).decode()
    return Answer(problem.status, body, problem.headers, MEDIA_TYPE)


def key_of(request: Request, caller: Caller, given: str | None, body: BaseModel) -> Key | None:
    """Return the request's key, or None where it has none.

    Raises:
        Problem: it is too long, or holds what cannot be printed, or begins or ends with a space
            (422).
    """
    if not given:
        return None
    if len(given) > LONGEST_KEY or not given.isprintable() or given != given.strip():
        message = f"must be up to {LONGEST_KEY} printable characters, without a space around them"
        raise invalid("header.Idempotency-Key", message)
    # Of what was read and not of the bytes: the same fields in another spelling are the same.
    asked = f"{request.method} {request.url.path}\n".encode() + to_json(body)
    return Key(caller.id, given, hashlib.sha256(asked).digest())


async def _key_without_fields(
    request: Request, caller: SignedIn, body: Nothing | None = None, given: KeyHeader = None
) -> Key | None:
    return key_of(request, caller, given, body or Nothing())


KeyWithoutFields = Annotated[Key | None, Depends(_key_without_fields)]
"""The key of a call that has no fields: its body, if there is one, is empty."""


def required_key(request: Request, caller: Caller, given: str | None, body: BaseModel) -> Key:
    """Return the request's key.

    Raises:
        Problem: it has none (400), or one that cannot be used (422).
    """
    key = key_of(request, caller, given, body)
    if key is None:
        raise Problem(
            Code.IDEMPOTENCY_KEY_REQUIRED,
            "Send an Idempotency-Key header: repeated with it, this is done once.",
        )
    return key


async def claim(connection: Connection, key: Key) -> Claim | None:
    """Take the key: return None when it was free, what it led to before when it was not.

    Raises:
        Problem: it came with another request before.
    """
    earlier = await idempotency.claim(connection, key)
    return demand_same(key, earlier) if earlier is not None else None


def demand_same(key: Key, earlier: Claim) -> Claim:
    """Return what a key led to before.

    Raises:
        Problem: it came with another request then.
    """
    if earlier.fingerprint != key.fingerprint:
        raise reused()
    return earlier


def reused() -> Problem:
    """Return what is said to who uses a key for something else than before."""
    return Problem(
        Code.IDEMPOTENCY_KEY_REUSED,
        "This key came with another request before; use a new key for a new request.",
    )


async def keep(connection: Connection, key: Key, answer: Answer) -> Answer:
    """Keep the answer under its key, and return the one that was kept first."""
    return Answer(**vars(await idempotency.keep(connection, key, answer)))


async def kept_under(pool: Pool, key: Key | None) -> Answer | None:
    """Return the answer that is kept under a key, for who would ask others before `once`; None
    where there is none yet.

    Raises:
        Problem: it came with another request before.
    """
    if key is None:
        return None
    async with connection(pool) as acquired:
        earlier = await idempotency.earlier(acquired, key)
    answer = demand_same(key, earlier).answer if earlier is not None else None
    return Answer(**vars(answer)).replayed() if answer is not None else None


Work = Callable[[Connection], Awaitable[Answer]]


async def once(pool: Pool, key: Key | None, work: Work) -> Answer:
    """Do the work and keep its answer, in one transaction: both or neither. A refusal is an answer
    too, and leaves nothing of the work."""
    async with transaction(pool) as acquired:
        if key is None:
            return await work(acquired)
        earlier = await claim(acquired, key)
        if earlier is not None and earlier.answer is not None:
            return Answer(**vars(earlier.answer)).replayed()
        try:
            # A savepoint: a refusal undoes the work, and the key stays taken for its answer.
            async with acquired.transaction():
                answer = await work(acquired)
        except Problem as problem:
            answer = refusal_under(key, problem)
        return await keep(acquired, key, answer)
