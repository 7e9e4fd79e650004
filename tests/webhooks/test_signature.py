"""Each message proves where it comes from, by the receiving half of the specification's library."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from activities.channel import NotDelivered
from db import webhooks
from tests.webhooks.conftest import SECRET, Marketplace

NEW_SECRET = "whsec_" + "bmV3" * 11
OTHER_SECRET = "whsec_" + "b3Ro" * 11


async def rotate(marketplace: Marketplace, endpoint: UUID, secret: str = NEW_SECRET) -> None:
    """An operator changes the secret."""
    async with marketplace.pool.acquire() as connection:
        assert await webhooks.rotate(connection, endpoint, secret)


async def test_the_secret_verifies_it(marketplace: Marketplace) -> None:
    hook = await marketplace.sent(await marketplace.about())
    assert hook.verified(SECRET)["type"] == "order.revision_refused"
    assert hook.headers["content-type"] == "application/json"


async def test_another_secret_does_not(marketplace: Marketplace) -> None:
    hook = await marketplace.sent(await marketplace.about())
    with pytest.raises(WebhookVerificationError):
        hook.verified(OTHER_SECRET)


@pytest.mark.parametrize(
    ("of", "by"),
    [(b"revision_refused", b"revision_accepted"), (b"2000", b"2001"), (b"}", b"} ")],
)
async def test_a_changed_body_does_not_verify(
    of: bytes, by: bytes, marketplace: Marketplace
) -> None:
    hook = await marketplace.sent(await marketplace.about())
    assert of in hook.body
    with pytest.raises(WebhookVerificationError):
        replace(hook, body=hook.body.replace(of, by, 1)).verified(SECRET)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
async def test_a_changed_header_does_not_verify(header: str, marketplace: Marketplace) -> None:
    hook = await marketplace.sent(await marketplace.about())
    earlier = str(int(hook.headers["webhook-timestamp"]) - 9)
    changed = {"webhook-id": "evt_1", "webhook-timestamp": earlier}
    with pytest.raises(WebhookVerificationError):
        replace(hook, headers={**hook.headers, header: changed[header]}).verified(SECRET)


async def test_both_secrets_verify_while_one_takes_the_others_place(
    marketplace: Marketplace,
) -> None:
    message = await marketplace.about()
    assert message.endpoint_id is not None
    await rotate(marketplace, message.endpoint_id)
    hook = await marketplace.sent(message)
    assert hook.verified(SECRET) == hook.verified(NEW_SECRET)
    assert len(hook.headers["webhook-signature"].split(" ")) == 2
    with pytest.raises(WebhookVerificationError):
        hook.verified(OTHER_SECRET)


async def test_after_a_day_the_old_secret_has_gone(
    marketplace: Marketplace, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    message = await marketplace.about()
    assert message.endpoint_id is not None
    await rotate(marketplace, message.endpoint_id)
    until = await owner.fetchval("SELECT previous_until - now() FROM webhook_endpoints")
    assert 23.9 < until.total_seconds() / 3600 <= 24
    await owner.execute("UPDATE webhook_endpoints SET previous_until = now()")
    hook = await marketplace.sent(message)
    assert hook.verified(NEW_SECRET)
    with pytest.raises(WebhookVerificationError):
        hook.verified(SECRET)


async def test_a_second_rotation_ends_the_oldest_at_once(marketplace: Marketplace) -> None:
    message = await marketplace.about()
    assert message.endpoint_id is not None
    await rotate(marketplace, message.endpoint_id)
    await rotate(marketplace, message.endpoint_id, OTHER_SECRET)
    hook = await marketplace.sent(message)
    assert hook.verified(NEW_SECRET) == hook.verified(OTHER_SECRET)
    with pytest.raises(WebhookVerificationError):
        hook.verified(SECRET)


async def test_the_id_stays_over_attempts_and_the_time_does_not(marketplace: Marketplace) -> None:
    marketplace.receiver.statuses = [500, 503]
    message = await marketplace.about()
    for _ in range(2):
        with pytest.raises(NotDelivered):
            await marketplace.channel().send(message)
        await asyncio.sleep(1.05)  # the signature's time counts in seconds
    await marketplace.channel().send(message)
    hooks = marketplace.receiver.hooks
    assert {hook.id for hook in hooks} == {f"evt_{message.order_id.hex}_{message.seq}"}
    assert len({hook.headers["webhook-timestamp"] for hook in hooks}) == 3
    assert len({hook.body for hook in hooks}) == 1
    assert [hook.verified(SECRET) for hook in hooks] == [hooks[0].payload] * 3


async def test_each_event_has_an_id_of_its_own(marketplace: Marketplace) -> None:
    messages = [await marketplace.about() for _ in range(2)]
    assert len({(await marketplace.sent(message)).id for message in messages}) == 2


def test_a_library_of_another_make_would_agree() -> None:
    """The specification's own example."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    signature = Webhook(secret).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
