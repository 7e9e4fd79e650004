"""Steps told to the marketplace's endpoints: signed by the Standard Webhooks specification, and
sent to nobody whom the product should not speak to.

A URL is what somebody typed, and a name leads where its owner says at that moment. So the host is
looked up once, every address that it has is judged, and the connection is made to one of those
addresses: looked up again, the name could lead inside (DNS rebinding). Redirects are not followed,
proxies of the environment not used, and nothing that is answered but its status is read, which has
to come soon.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

import httpx
from standardwebhooks import Webhook

from activities.channel import EndpointTest, Message, NotDelivered, Undeliverable
from activities.lookup import Lookup
from db import webhooks
from db.pool import Pool, connection
from db.sealing import Keyring, Unsealable
from db.webhooks import Target
from documents.webhook import payload_of_test, step_payload
from domain.web_address import is_literal, is_public
from outbound.answers import MostBytes, TooLarge
from outbound.trace_context import HEADER, traceparent

NOT_PUBLIC = "its address is not public, and SEQUESTRE_WEBHOOK_ALLOW_PRIVATE is not true here"
MOST_ADDRESSES = 4
"""How many addresses of a host are tried, each for its share of the time."""

MOST_BYTES = 64 * 1024
"""What may come back before the status of an answer is known."""

USER_AGENT = "Sequestre-Webhooks/1"

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs URLs, which can hold secrets


@dataclass(frozen=True)
class _Parcel:
    """A message, signed and ready to leave."""

    url: httpx.URL
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    @property
    def host(self) -> str:
        """Return whom it is for: a name in ASCII, or an address without brackets."""
        return self.url.raw_host.decode("ascii")


class WebhookChannel:
    """The way to an endpoint, as it stands at that moment: address, secrets, on or off."""

    def __init__(
        self,
        pool: Pool,
        keyring: Keyring,
        *,
        allow_private: bool,
        timeout_seconds: float = 15.0,
    ) -> None:
        self._pool = pool
        self._keyring = keyring
        self._allow_private = allow_private
        self._seconds = timeout_seconds
        self._tls = ssl.create_default_context()
        self._lookup = Lookup()

    async def send(self, message: Message) -> None:
        """Post the message; any 2xx is a receipt.

        Raises:
            NotDelivered: it could not be reached, took too long or answered anything else; or its
                secret cannot be opened.
            Undeliverable: the endpoint is disabled, says that it is gone (410, which disables it),
                or has an address that nothing is sent to.
        """
        await self._send(message.endpoint_id, message.id, lambda: _text(message))

    async def send_test(self, test: EndpointTest) -> None:
        """Post a test; any 2xx is a receipt.

        Raises:
            NotDelivered, Undeliverable: as of `send`.
        """
        payload = payload_of_test(test.endpoint_id, test.number, test.at)
        await self._send(test.endpoint_id, test.id, payload.model_dump_json)

    async def _send(self, endpoint_id: UUID | None, about: str, text: Callable[[], str]) -> None:
        target = await self._target(endpoint_id)
        status = await self._post(_parcel(about, text(), target))
        if status == HTTPStatus.GONE:
            await self._disable(endpoint_id, target)
            raise Undeliverable("answered 410: the endpoint is disabled")
        if 300 <= status < 400:
            raise NotDelivered(f"answered {status}: redirects are not followed")
        if not 200 <= status < 300:
            raise NotDelivered(f"answered {status}")

    async def _target(self, endpoint_id: UUID | None) -> Target:
        target = None
        if endpoint_id is not None:
            target = await self._opened(endpoint_id)
        if target is None:
            raise Undeliverable(webhooks.DELETED)
        if target.disabled_at is not None:
            raise Undeliverable(f"the endpoint is disabled: {target.disabled_reason}")
        return target

    async def _opened(self, endpoint_id: UUID) -> Target | None:
        async with connection(self._pool) as acquired:
            try:
                return await webhooks.target(acquired, endpoint_id, self._keyring)
            except Unsealable as error:  # tried again: the key may only be missing here, or for now
                raise NotDelivered(str(error)) from error

    async def _disable(self, endpoint_id: UUID | None, target: Target) -> None:
        if endpoint_id is not None:
            async with connection(self._pool) as acquired:
                await webhooks.gone(acquired, endpoint_id, target.url, "answered 410")

    async def _post(self, parcel: _Parcel) -> int:
        """Post the parcel within the time that it has, and return the status of the answer."""
        try:
            async with asyncio.timeout(self._seconds):
                addresses = await self._addresses(parcel)
                return await self._post_to(addresses, parcel)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise NotDelivered(f"no answer within {self._seconds:g} s") from error
        except httpx.HTTPError as error:
            raise NotDelivered(_why(error)) from error

    async def _addresses(self, parcel: _Parcel) -> Sequence[str]:
        """Return where the host is, in the order in which to try."""
        try:
            found = await self._lookup.addresses(parcel.host)
        except (OSError, UnicodeError) as error:
            raise NotDelivered("its name could not be looked up") from error
        if not self._allow_private and not is_public(parcel.host, found):
            why = NOT_PUBLIC
            # An address stays what it is; where a name leads can be put right.
            raise Undeliverable(why) if is_literal(parcel.host) else NotDelivered(why)
        return found[:MOST_ADDRESSES]

    async def _post_to(self, addresses: Sequence[str], parcel: _Parcel) -> int:
        share = self._seconds / len(addresses)
        async with httpx.AsyncClient(
            verify=self._tls, trust_env=False, timeout=httpx.Timeout(None, connect=share)
        ) as client:
            for address in addresses[:-1]:
                try:
                    return await _exchange(client, address, parcel)
                # Only these try the next address: once connected, it may have been received.
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
            return await _exchange(client, addresses[-1], parcel)


async def _exchange(client: httpx.AsyncClient, address: str, parcel: _Parcel) -> int:
    """Post to this very address; the host stays who it was for, to HTTP and to TLS."""
    async with client.stream(
        "POST",
        parcel.url.copy_with(host=address),
        content=parcel.body,
        headers={**parcel.headers, "Host": parcel.url.netloc.decode("ascii")},
        extensions={
            "sni_hostname": parcel.host.removesuffix("."),
            "trace": MostBytes(MOST_BYTES),
        },
        follow_redirects=False,
    ) as response:
        return response.status_code


def _text(message: Message) -> str:
    step = (message.order_id, message.seq, message.event, message.at)
    return step_payload(*step, message.order, message.words).model_dump_json()


def _parcel(about: str, text: str, target: Target) -> _Parcel:
    now = datetime.now(UTC)
    signatures = [Webhook(secret).sign(about, now, text) for secret in target.secrets]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
        "webhook-id": about,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    if (trace := traceparent()) is not None:
        headers[HEADER] = trace
    return _Parcel(_url(target), text.encode(), headers)


def _url(target: Target) -> httpx.URL:
    try:
        url = httpx.URL(target.url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise Undeliverable("its URL cannot be used") from error
    # The raw host, since the other one fails for names that are registered but no IDNA 2008.
    if url.scheme not in ("http", "https") or not url.raw_host or url.userinfo:
        raise Undeliverable("its URL cannot be used")
    return url


def _why(error: httpx.HTTPError) -> str:
    """Say what went wrong in few words, none of which come from outside."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "its certificate is not valid"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "no encrypted connection came about"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "connection refused"
    if isinstance(error, httpx.ConnectError):
        return "could not be reached"
    if isinstance(error, TooLarge):
        return f"answered with more than {MOST_BYTES} bytes before its status"
    if isinstance(error, httpx.ProtocolError):
        return "did not answer in HTTP"
    return "the connection was lost"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
