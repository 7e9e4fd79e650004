"""Messages while parts are away or the order moves: nothing is lost, nothing is written twice."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from db import messages
from db.errors import Unavailable
from tests.api.assertions import code
from tests.api.conftest import OrderIn
from tests.api.test_messages import listed, path, said, unread, write
from tests.app_under_test import MEDIATOR, AppUnderTest, eventually
from tests.db.market import Owner


async def test_while_the_database_is_away_nothing_is_written_and_nothing_lost(
    order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_play, key = await order_in("pending"), str(uuid4())
    written = messages.write

    async def lost(*asked: object) -> None:
        await written(*asked)  # type: ignore[arg-type]
        raise Unavailable("the connection broke off before the commit")

    monkeypatch.setattr(messages, "write", lost)
    answer = await write(in_play, in_play.buyer, "Is anybody there?", key=key)
    assert (503, "unavailable") == code(answer)
    assert "1" == answer.headers["Retry-After"]
    assert [] == await listed(in_play.api, in_play.order, in_play.buyer)
    monkeypatch.undo()
    answers = [await write(in_play, in_play.buyer, "Is anybody there?", key=key) for _ in range(2)]
    assert [201, 201] == [one.status_code for one in answers]
    assert 1 == len(await listed(in_play.api, in_play.order, in_play.buyer))


async def test_temporal_and_the_worker_are_not_needed(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    async with app.worker_away():
        await said(in_play, in_play.buyer, "Hello!")
        assert 1 == await unread(in_play, in_play.seller)


async def test_what_is_judged_and_then_overtaken_by_a_step_is_judged_anew(
    order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_play = await order_in("disputed")
    written = messages.write

    async def overtaken(*asked: object) -> object:
        monkeypatch.undo()
        await in_play.act("resolve", MEDIATOR, {"outcome": "refund", "reasons": "It is red."})
        return await written(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(messages, "write", overtaken)
    answer = await write(in_play, MEDIATOR, "One more question.")
    assert (409, "action-not-allowed") == code(answer)
    assert "cancelled" == answer.json()["state"]
    assert [] == await listed(in_play.api, in_play.order, in_play.buyer)


async def test_a_party_that_is_overtaken_writes_all_the_same(
    order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_play = await order_in("pending")
    written = messages.write

    async def overtaken(*asked: object) -> object:
        monkeypatch.undo()
        await in_play.act("accept", in_play.seller)
        return await written(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(messages, "write", overtaken)
    message = await said(in_play, in_play.buyer, "Hurry!")
    assert 2 == message["after_seq"]


async def test_a_message_and_steps_at_once_both_come_through(order_in: OrderIn) -> None:
    in_play = await order_in("pending")

    async def talk() -> list[httpx.Response]:
        return [await write(in_play, in_play.buyer, f"{n}") for n in range(20)]

    answers, *_ = await asyncio.gather(talk(), in_play.reach("delivered"))
    assert {201} == {one.status_code for one in answers}
    assert 20 == await unread(in_play, in_play.seller)


async def test_a_writer_that_hangs_holds_the_others_and_breaks_nothing(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    """Numbers are given in the order of commits: who waits for one gets the next."""
    in_play = await order_in("pending")
    holder, watcher = [await asyncpg.connect(app.database_url) for _ in range(2)]
    order_id = UUID(in_play.order["id"])
    await said(in_play, in_play.buyer, "One.")
    async with holder.transaction():
        await holder.execute(
            "SELECT 1 FROM conversations WHERE order_id = $1 FOR NO KEY UPDATE", order_id
        )
        writing = asyncio.create_task(said(in_play, in_play.seller, "Two."))
        await eventually(lambda: _waiting(watcher), lambda count: count > 0)
        assert not writing.done()
        assert 1 == len(await listed(in_play.api, in_play.order, in_play.buyer))
    assert "2" == (await writing)["id"]
    await holder.close()
    await watcher.close()


async def _waiting(watcher: Owner) -> int:
    count: int = await watcher.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND query LIKE '%write_message($1)%'"
    )
    return count


async def test_a_message_that_cannot_be_shown_hides_no_other(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    for text in ("One.", "Two.", "Three."):
        await said(in_play, in_play.buyer, text)
    owner = await asyncpg.connect(app.database_url)
    async with owner.transaction():
        await owner.execute("ALTER TABLE messages DISABLE TRIGGER append_only")
        await owner.execute(
            "UPDATE messages SET author_role = 'cat' WHERE order_id::text = $1 AND number = 2",
            in_play.order["id"],
        )
        await owner.execute("ALTER TABLE messages ENABLE ALWAYS TRIGGER append_only")
    found = await listed(in_play.api, in_play.order, in_play.seller, limit=1)
    assert ["1", "3"] == [one["id"] for one in found]
    inbox = await in_play.api.get("/v1/notifications", in_play.seller)
    told = [one["message_id"] for one in inbox.json()["items"] if one["message_id"]]
    assert ["3", "1"] == told
    case = await in_play.api.get(
        f"{path(in_play.order).removesuffix('messages')}case", in_play.buyer
    )
    assert ["1", "3"] == [one["id"] for one in case.json()["messages"]]
    async with owner.transaction():
        await owner.execute("ALTER TABLE messages DISABLE TRIGGER append_only")
        await owner.execute("UPDATE messages SET author_role = 'buyer' WHERE author_role = 'cat'")
        await owner.execute("ALTER TABLE messages ENABLE ALWAYS TRIGGER append_only")
    await owner.close()
