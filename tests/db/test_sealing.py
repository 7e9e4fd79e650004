"""Webhook secrets are kept sealed: they open with the keys that sealed them, for whom they were."""

import base64
from uuid import UUID, uuid4

import pytest

from db import webhooks
from db.pool import Pool
from db.sealed_secrets import opens_none, seal_all, unreadable
from db.sealing import Keyring, Unsealable
from tests.db.audience import SECRET

OLD, NEW, ANOTHER = (Keyring([letter * 32]) for letter in (b"o", b"n", b"a"))
BOTH = Keyring([b"n" * 32, b"o" * 32])
WHOSE = uuid4()


async def endpoint(pool: Pool, kept: str, before: str | None = None, whose: UUID = WHOSE) -> UUID:
    """An endpoint whose secrets are kept so."""
    async with pool.acquire() as connection:
        await webhooks.add(connection, whose, "https://a.example", None, before or kept, "olga")
        if before is not None:
            await webhooks.rotate(connection, whose, kept)
    return whose


async def kept(pool: Pool, whose: UUID = WHOSE) -> list[str | None]:
    """An endpoint's secrets as who reads the database sees them."""
    row = await pool.fetchrow(
        "SELECT secret, previous_secret FROM webhook_endpoints WHERE id = $1", whose
    )
    assert row is not None
    return list(row)


async def signs_with(pool: Pool, keyring: Keyring, whose: UUID = WHOSE) -> list[str]:
    """What an endpoint's messages are signed with."""
    async with pool.acquire() as connection:
        target = await webhooks.target(connection, whose, keyring)
    assert target is not None
    return list(target.secrets)


def test_what_was_signed_is_known_by_the_key_that_did_and_for_its_purpose_alone() -> None:
    signature = OLD.sign("a link", b"message")
    for keyring in (OLD, BOTH):
        assert keyring.has_signed("a link", b"message", signature)
    for keyring, purpose, message in (
        (OLD, "another link", b"message"),
        (OLD, "a link", b"massage"),
        (NEW, "a link", b"message"),
    ):
        assert not keyring.has_signed(purpose, message, signature)
    assert not OLD.has_signed("a link", b"message", b"")


def test_what_is_sealed_opens_for_whom_it_was() -> None:
    sealed = OLD.seal(SECRET, WHOSE)
    assert SECRET.removeprefix("whsec_") not in sealed
    assert OLD.open(sealed, WHOSE) == BOTH.open(sealed, WHOSE) == SECRET
    assert sealed != OLD.seal(SECRET, WHOSE)


@pytest.mark.parametrize("keyring", [NEW, ANOTHER])
def test_another_key_opens_nothing(keyring: Keyring) -> None:
    with pytest.raises(Unsealable):
        keyring.open(OLD.seal(SECRET, WHOSE), WHOSE)


def test_in_another_s_row_it_opens_nothing() -> None:
    with pytest.raises(Unsealable):
        OLD.open(OLD.seal(SECRET, WHOSE), uuid4())


def test_what_was_changed_opens_nothing() -> None:
    sealed = OLD.seal(SECRET, WHOSE)
    body = sealed.removeprefix(OLD.mark)
    raw = bytearray(base64.urlsafe_b64decode(body))
    for at in range(len(raw)):
        changed = bytes((*raw[:at], raw[at] ^ 1, *raw[at + 1 :]))
        with pytest.raises(Unsealable):
            OLD.open(OLD.mark + base64.urlsafe_b64encode(changed).decode(), WHOSE)
    for nonsense in ("sealed:1:", "sealed:1:é:é", OLD.mark, f"{OLD.mark}AAAA", sealed[:-5]):
        with pytest.raises(Unsealable):
            OLD.open(nonsense, WHOSE)


async def test_what_was_in_clear_is_sealed_once(pool: Pool) -> None:
    await endpoint(pool, "whsec_bmV3", before="whsec_b2xk")
    assert await signs_with(pool, NEW) == ["whsec_bmV3", "whsec_b2xk"]
    assert await seal_all(pool, NEW) == 1
    after = await kept(pool)
    assert all(one is not None and one.startswith(NEW.mark) for one in after)
    assert await signs_with(pool, NEW) == ["whsec_bmV3", "whsec_b2xk"]
    assert await seal_all(pool, NEW) == 0
    assert await kept(pool) == after


async def test_a_new_first_key_takes_over_and_the_old_one_can_go(pool: Pool) -> None:
    await endpoint(pool, OLD.seal("whsec_bmV3", WHOSE), before=OLD.seal("whsec_b2xk", WHOSE))
    assert await seal_all(pool, BOTH) == 1
    assert await signs_with(pool, NEW) == ["whsec_bmV3", "whsec_b2xk"]
    with pytest.raises(Unsealable):
        await signs_with(pool, OLD)


async def test_a_secret_that_was_put_in_by_a_process_of_before_is_sealed_too(pool: Pool) -> None:
    """It rotates a sealed secret, and knows nothing of seals."""
    await endpoint(pool, "whsec_bmV3", before=NEW.seal("whsec_b2xk", WHOSE))
    assert await signs_with(pool, NEW) == ["whsec_bmV3", "whsec_b2xk"]
    assert await seal_all(pool, NEW) == 1
    assert await signs_with(pool, NEW) == ["whsec_bmV3", "whsec_b2xk"]


async def test_one_that_cannot_be_opened_is_named_and_keeps_no_other(pool: Pool) -> None:
    closed, others = UUID(int=5), [UUID(int=n) for n in range(1, 240) if n != 5]
    await endpoint(pool, ANOTHER.seal(SECRET, closed), whose=closed)
    for one in others:
        await endpoint(pool, SECRET, whose=one)
    before = await kept(pool, closed)
    assert await seal_all(pool, NEW) == len(others)
    assert await kept(pool, closed) == before
    async with pool.acquire() as connection:
        assert [str(one) for one in await unreadable(connection, NEW)] == [
            f"webhook endpoint {closed}: its secret cannot be opened (unreadable-secret)"
        ]
        assert not await opens_none(connection, NEW)
        assert await opens_none(connection, Keyring([b"z" * 32]))


async def test_nothing_is_closed_where_nothing_is_kept(pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert not await opens_none(connection, NEW)
        assert await unreadable(connection, NEW) == []
