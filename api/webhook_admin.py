"""What the routes of webhooks are made of: who may use them, which hosts are taken, secrets that
are shown once.

The answers that are kept for repeated requests are kept without a secret: whoever repeats a
request, or reads the table of kept answers, gets null in its place. So a repeated creation or
rotation changes nothing and shows nothing; who lost the answer rotates, with a new key.
"""

import asyncio
import base64
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from api import paging
from api.answers import Answer, answer_with, once
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.auth.tokens import Caller
from api.problems import invalid, not_found
from api.schemas.webhooks import DeliveryView, EndpointView, EndpointWithSecret
from api.state import Services
from db.idempotency import Key
from db.pool import Connection
from db.reading import reading
from db.webhooks import Endpoint, Sent
from documents.webhook import event_id
from domain.conversation import number_told
from domain.web_address import host_of, is_public

SECRET_BYTES = 32
LOOK_UP_SECONDS = 2.0
INWARD = (
    "must lead to a host that the whole world can reach, unless SEQUESTRE_WEBHOOK_ALLOW_PRIVATE is"
    " true for the API and the workers"
)
ENDPOINT = "webhook endpoint"

Change = Callable[[Connection, str], Awaitable[Endpoint]]
"""Makes a change with a new secret, sealed."""


async def _looking_on(caller: SignedIn) -> Caller:
    demand(caller, Capability.READ_ALL)
    return caller


async def _setting_up(caller: SignedIn) -> Caller:
    demand(caller, Capability.SET_UP_ENDPOINTS)
    return caller


LooksOn = Annotated[Caller, Depends(_looking_on)]
"""The caller, who may see what endpoints there are and what they are sent."""

SetsUp = Annotated[Caller, Depends(_setting_up)]
"""The caller, who may say where messages go."""


async def with_new_secret(
    shared: Services,
    key: Key | None,
    status: int,
    endpoint_id: UUID,
    change: Change,
    **headers: str,
) -> Response:
    """Make a change that needs a new secret, and show that to whom asked first."""
    shown: list[Answer] = []

    async def work(connection: Connection) -> Answer:
        secret = _new_secret()
        sealed = shared.keyring.seal(secret, endpoint_id)
        view = endpoint_view(await change(connection, sealed)).model_dump()
        shown.append(answer_with(status, EndpointWithSecret(**view, secret=secret), **headers))
        # What is kept has no secret, and `shown` has it for this caller alone.
        return answer_with(status, EndpointWithSecret(**view, secret=None), **headers)

    kept = await once(shared.pool, key, work)
    return (shown[0] if shown else kept).response()


def _new_secret() -> str:
    """Return a secret as the Standard Webhooks specification writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def demand_public(shared: Services, url: str) -> None:
    """Refuse a host that is inside, as far as it can be told now. A name that nobody knows yet is
    taken: the channel looks again, each time that it sends.

    Raises:
        Problem: it leads inside (422).
    """
    if shared.webhook_allow_private:
        return
    host = host_of(url)
    if not is_public(host, await _addresses(host)):
        raise invalid("body.url", INWARD)


async def _addresses(host: str) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(one[4][0]) for one in found]


def endpoint_id_in(address: str) -> UUID:
    """Return the id of an endpoint from a request's address."""
    return paging.identifier(address, ENDPOINT)


def there(found: Endpoint | None) -> Endpoint:
    """Return the endpoint.

    Raises:
        Problem: there is none (404).
    """
    if found is None:
        raise not_found(ENDPOINT)
    return found


def delivery_number(text: str) -> int:
    """Return the id of a delivery from a request's address; what is no number names nothing."""
    return paging.number(text, "webhook delivery")


def endpoint_view(found: Endpoint) -> EndpointView:
    """Return an endpoint as a document."""
    with reading(f"webhook endpoint {found.id}"):
        # Not asdict: of what nobody can read it would make a document.
        return EndpointView(**vars(found), enabled=found.disabled_at is None)


def delivery_view(found: Sent) -> DeliveryView:
    """Return a delivery as a document."""
    values = {**asdict(found), "id": str(found.id)}
    with reading(f"webhook delivery {found.id}"):
        values["seq"] = None if number_told(found.seq or 0) else found.seq
        return DeliveryView(**values, message_id=_message_id(found))


def _message_id(found: Sent) -> str:
    if found.order_id is None or found.seq is None:
        return event_id(found.endpoint_id, found.id)
    return event_id(found.order_id, found.seq)
