"""Streams that are opened with a ticket: of this order, for this person, for a minute, and nothing
else."""

import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from uuid import UUID

import httpx
import pytest

from api.auth import stream_tickets
from api.auth.stream_tickets import StreamTickets, TicketHolder
from api.auth.tokens import Authority, BadToken, Caller, issue
from db.sealing import Keyring
from tests.api.assertions import code
from tests.api.conftest import AnotherApi, OrderIn
from tests.api.test_stuck_readers import seconds_of
from tests.app_under_test import (
    KEYRING,
    OPERATOR,
    SECRET,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    eventually,
    in_time,
    somebody,
)

UNKNOWN = (401, "unauthenticated")
CALLER = Caller("ana", frozenset({Authority.USER}), time.time() + 86_400)
"""With a token that is good for longer than all tests take."""

ORDER = UUID("0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10")


async def ticket_of(in_play: OrderInPlay, who: Person) -> str:
    answer = await in_play.api.post(f"/v1/orders/{in_play.order['id']}/stream-ticket", who)
    assert 201 == answer.status_code, answer.text
    ticket: str = answer.json()["ticket"]
    return ticket


@asynccontextmanager
async def opened(api: ApiClient, order: Json, **query: str) -> AsyncIterator[httpx.Response]:
    url = f"/v1/orders/{order['id']}/stream"
    async with api.client.stream("GET", url, params=query) as answer:
        if answer.status_code != httpx.codes.OK:
            await answer.aread()
        yield answer


async def heard(answer: httpx.Response, number: int) -> list[int]:
    """The ids of the first so many events."""
    found: list[int] = []
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        found += [int(value)] if name == "id" else []
        if len(found) == number:
            break
    return found


async def said(api: ApiClient, order: Json, ticket: str) -> tuple[int, str]:
    async with opened(api, order, ticket=ticket) as answer:
        return (200, "") if answer.status_code == 200 else code(answer)


async def test_a_ticket_opens_the_stream_without_a_token(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    ticket = await ticket_of(in_play, in_play.buyer)
    async with opened(in_play.api, in_play.order, ticket=ticket) as answer:
        assert [1, 2] == await heard(answer, 2)


async def test_it_says_when_it_ends(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    path, before = f"/v1/orders/{in_play.order['id']}/stream-ticket", time.time()
    answer = await in_play.api.post(path, in_play.seller)
    assert {"ticket", "expires_at"} == set(answer.json())
    ends = datetime.fromisoformat(answer.json()["expires_at"]).timestamp()
    assert before + 60 <= ends <= time.time() + 60


async def test_within_its_minute_it_opens_the_stream_again(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    ticket = await ticket_of(in_play, in_play.buyer)
    for _ in range(3):
        assert (200, "") == await said(in_play.api, in_play.order, ticket)


async def test_every_process_knows_it(order_in: OrderIn, another_api: AnotherApi) -> None:
    in_play = await order_in("pending")
    ticket = await ticket_of(in_play, in_play.buyer)
    assert (200, "") == await said(await another_api(), in_play.order, ticket)


async def test_who_has_another_ticket_goes_on_where_they_were(order_in: OrderIn) -> None:
    in_play = await order_in("delivered")
    ticket = await ticket_of(in_play, in_play.buyer)
    async with opened(in_play.api, in_play.order, ticket=ticket, after="1") as answer:
        assert [2, 3] == await heard(answer, 2)


async def test_a_browser_that_comes_back_by_itself_is_further_than_its_address(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("delivered")
    ticket = await ticket_of(in_play, in_play.buyer)
    url, query = f"/v1/orders/{in_play.order['id']}/stream", {"ticket": ticket, "after": "1"}
    headers = {"Last-Event-ID": "2"}
    async with in_play.api.client.stream("GET", url, params=query, headers=headers) as answer:
        assert [3] == await heard(answer, 1)


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 12, "+1", " 1", "٣"])
async def test_a_place_that_is_none_is_refused(order_in: OrderIn, after: str) -> None:
    in_play = await order_in("pending")
    path = f"/v1/orders/{in_play.order['id']}/stream"
    answer = await in_play.api.client.get(
        path, params={"after": after}, headers=in_play.buyer.headers
    )
    assert (422, "invalid-request") == code(answer)


async def test_it_is_for_one_order(order_in: OrderIn) -> None:
    in_play, other = await order_in("pending"), await order_in("pending")
    ticket = await ticket_of(in_play, OPERATOR)
    assert UNKNOWN == await said(in_play.api, other.order, ticket)


@pytest.mark.parametrize(
    "path", ["", "/events", "/ledger", "/case", "/stream/", "/stream-ticket", "/actions/cancel"]
)
async def test_it_is_no_token_for_anything_else(order_in: OrderIn, path: str) -> None:
    in_play = await order_in("pending")
    ticket = await ticket_of(in_play, in_play.seller)
    url = f"/v1/orders/{in_play.order['id']}{path}"
    for method in ("GET", "POST", "HEAD"):
        answer = await in_play.api.client.request(method, url, params={"ticket": ticket})
        assert answer.status_code in (404, 405, 422), f"{method} {path}"
        bearing = await in_play.api.call(method, url, authorization=f"Bearer {ticket}")
        assert bearing.status_code in (401, 404, 405), f"{method} {path}"


@pytest.mark.parametrize("path", ["/v1/wallet", "/v1/orders", "/v1/webhook-endpoints", "/v1/me"])
async def test_nor_elsewhere(order_in: OrderIn, path: str) -> None:
    in_play = await order_in("pending")
    ticket = await ticket_of(in_play, OPERATOR)
    answer = await in_play.api.client.get(path, params={"ticket": ticket})
    assert (422, "invalid-request") == code(answer)
    assert UNKNOWN == code(await in_play.api.get(path, authorization=f"Bearer {ticket}"))


async def test_it_asks_for_no_other_ticket(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    ticket = await ticket_of(in_play, in_play.buyer)
    path = f"/v1/orders/{in_play.order['id']}/stream-ticket"
    assert UNKNOWN == code(await in_play.api.post(path, authorization=f"Bearer {ticket}"))
    answer = await in_play.api.client.post(path, params={"ticket": ticket})
    assert (422, "invalid-request") == code(answer)


def spoilt(ticket: str) -> dict[str, str]:
    raw = bytearray(urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4)))
    raw[-1] ^= 1
    exchanged = urlsafe_b64encode(raw).decode().rstrip("=")
    return {
        "empty": "",
        "cut": ticket[:-2],
        "longer": f"{ticket}A",
        "exchanged": exchanged,
        "padded": f"{ticket}=",
        "spaced": f" {ticket}",
        "a token": issue(SECRET, "somebody", ["user"]),
        "letters": "é" * 60,
        "very long": "A" * 7_000,
    }


@pytest.mark.parametrize("how", spoilt("A" * 80))
async def test_what_is_no_ticket_opens_nothing(order_in: OrderIn, how: str) -> None:
    in_play = await order_in("pending")
    ticket = spoilt(await ticket_of(in_play, in_play.buyer))[how]
    assert UNKNOWN == await said(in_play.api, in_play.order, ticket)


async def test_a_ticket_beside_a_token_is_refused(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    path = f"/v1/orders/{in_play.order['id']}/stream"
    query = {"ticket": await ticket_of(in_play, in_play.buyer)}
    answer = await in_play.api.client.get(path, params=query, headers=in_play.seller.headers)
    assert (422, "invalid-request") == code(answer)


async def test_of_two_tickets_none_is_taken(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    path = f"/v1/orders/{in_play.order['id']}/stream"
    both = [await ticket_of(in_play, one) for one in (in_play.buyer, in_play.seller)]
    answer = await in_play.api.client.get(path, params={"ticket": both})
    assert (422, "invalid-request") == code(answer)


async def test_after_its_minute_it_opens_nothing(
    order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_play = await order_in("pending")
    monkeypatch.setattr(stream_tickets, "SECONDS", 0)
    ticket = await ticket_of(in_play, in_play.buyer)
    assert UNKNOWN == await said(in_play.api, in_play.order, ticket)


async def test_it_ends_with_the_token_that_it_was_asked_with(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    bearer = issue(SECRET, in_play.buyer.id, ["user"], seconds=20)
    path = f"/v1/orders/{in_play.order['id']}/stream-ticket"
    answer = await in_play.api.post(path, authorization=f"Bearer {bearer}")
    ends = datetime.fromisoformat(answer.json()["expires_at"]).timestamp()
    assert ends <= time.time() + 20


async def test_its_stream_ends_cleanly_with_that_token(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    bearer = issue(SECRET, in_play.buyer.id, ["user"], seconds=40)
    path = f"/v1/orders/{in_play.order['id']}/stream-ticket"
    answer = await in_play.api.post(path, authorization=f"Bearer {bearer}")
    known = StreamTickets(KEYRING).holder(answer.json()["ticket"], in_play.order["id"])
    assert known.expires_at <= time.time() + 40

    async def attempt(window: str) -> None:
        holder = Caller(in_play.buyer.id, frozenset(), time.time() + seconds_of(window))
        ticket, _ = StreamTickets(KEYRING).issue(holder, UUID(in_play.order["id"]))
        async with opened(in_play.api, in_play.order, ticket=ticket) as stream:
            assert 200 == stream.status_code
            async for _ in stream.aiter_lines():  # one that is broken off raises here
                pass

    await in_time(attempt)


async def test_a_role_that_was_lost_since_opens_nothing(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    mediator = await app.says(somebody("mediator", "mediator"))
    ticket = await ticket_of(in_play, mediator)
    assert (200, "") == await said(app.api, in_play.order, ticket)
    await app.api.get("/v1/me", Person(mediator.id, ("user",)))
    assert (404, "not-found") == await said(app.api, in_play.order, ticket)


async def test_who_is_set_up_by_the_marketplace_meanwhile_has_lost_no_role(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    mediator = somebody("mediator", "mediator")
    ticket = await ticket_of(in_play, mediator)
    set_up = await app.api.call("PUT", f"/v1/users/{mediator.id}", OPERATOR, {"language": "fr"})
    assert (200, []) == (set_up.status_code, set_up.json()["roles"])
    assert (200, "") == await said(app.api, in_play.order, ticket)


async def test_a_ticket_shows_no_role_anew(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    mediator = await app.says(somebody("mediator", "mediator"))
    ticket = await ticket_of(in_play, mediator)
    await app.api.get("/v1/me", Person(mediator.id, ("user",)))
    await said(app.api, in_play.order, ticket)
    shown = await app.pool.fetchval("SELECT roles FROM people WHERE user_id = $1", mediator.id)
    assert ["user"] == shown


async def test_its_streams_are_counted_as_its_holders(
    order_in: OrderIn, another_api: AnotherApi
) -> None:
    in_play = await order_in("pending")
    api = await another_api(max_in_flight=10, max_streams=1)
    first, second = [await ticket_of(in_play, one) for one in (in_play.buyer, in_play.seller)]
    async with AsyncExitStack() as streams:
        await streams.enter_async_context(opened(api, in_play.order, ticket=first))
        assert (429, "rate-limited") == await said(api, in_play.order, first)
        assert (200, "") == await said(api, in_play.order, second)


async def test_the_same_key_gives_the_same_ticket(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    path = f"/v1/orders/{in_play.order['id']}/stream-ticket"
    first, again = [await in_play.api.post(path, in_play.buyer, key="one") for _ in range(2)]
    assert (first.text, "true") == (again.text, again.headers["Idempotency-Replayed"])


async def test_the_log_has_no_ticket(
    order_in: OrderIn, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    in_play = await order_in("pending")
    ticket = await ticket_of(in_play, in_play.buyer)
    await said(in_play.api, in_play.order, ticket)
    await said(in_play.api, in_play.order, f"{ticket}A")
    await in_play.api.client.get("/v1/wallet", params={"ticket": ticket})
    logged = ""

    async def streams() -> int:
        nonlocal logged
        logged += "".join(capfd.readouterr())
        return len(re.findall("/stream(?!-)", logged))

    # That of the stream that was opened comes once the server has seen that it was left.
    await eventually(streams, lambda found: found >= 2)
    assert ticket not in logged + caplog.text


def test_a_ticket_tells_whoever_reads_it_nothing() -> None:
    ticket, _ = StreamTickets(KEYRING).issue(CALLER, ORDER)
    raw = urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
    assert b"ana" not in raw
    assert ORDER.bytes not in raw


def test_a_ticket_says_who_they_were() -> None:
    ticket, _ = StreamTickets(KEYRING).issue(CALLER, ORDER)
    known = StreamTickets(KEYRING).holder(ticket, str(ORDER))
    assert TicketHolder(CALLER.id, CALLER.roles, CALLER.expires_at) == known


def test_who_has_another_key_makes_none() -> None:
    ticket, _ = StreamTickets(Keyring([b"x" * 32])).issue(CALLER, ORDER)
    with pytest.raises(BadToken):
        StreamTickets(KEYRING).holder(ticket, str(ORDER))


def test_a_key_that_is_being_exchanged_still_knows_them() -> None:
    ticket, _ = StreamTickets(Keyring([b"o" * 32])).issue(CALLER, ORDER)
    both = StreamTickets(Keyring([b"n" * 32, b"o" * 32]))
    assert CALLER.id == both.holder(ticket, str(ORDER)).id


def test_what_was_sealed_for_something_else_is_none() -> None:
    said = json.dumps([str(ORDER), time.time() + 60, "ana", ["operator"], time.time() + 60])
    for sealed in (KEYRING.seal_for("something else", said.encode()), said.encode() * 3):
        with pytest.raises(BadToken):
            StreamTickets(KEYRING).holder(
                urlsafe_b64encode(sealed).decode().rstrip("="), str(ORDER)
            )


async def test_a_stream_that_has_nothing_to_tell_says_so(
    order_in: OrderIn, another_api: AnotherApi
) -> None:
    in_play = await order_in("pending")
    api = await another_api(stream_heartbeat=0.2)
    comments = 0
    ticket = await ticket_of(in_play, in_play.buyer)
    async with opened(api, in_play.order, ticket=ticket) as answer:
        async for line in answer.aiter_lines():
            comments += line == ": nothing new"  # the framework has one of its own
            if comments == 3:
                break
    assert 3 == comments
