"""`sequestre repair` on a real stack whose Temporal has lost everything."""

from collections.abc import Sequence
from pathlib import Path

from tests.app_under_test import MEDIATOR, ApiClient, OrderInPlay, place_order
from tests.e2e.conftest import Up, api_of, started
from tests.reconcile.conftest import REST

SOON = ("--patience", "3")
IN_TIME = ("--patience", "60")
"""Where nothing is to be found in the end, on a full machine too."""
MENDING = ("--patience", "15")
"""Of a repair, which waits for so long before it, and after it until nothing is left to find."""


async def paid(in_play: OrderInPlay, state: str) -> None:
    """Ends an order, and asserts that each has what is theirs to the cent."""
    people = {"buyer": in_play.buyer, "seller": in_play.seller, "mediator": MEDIATOR}
    for action, who, body in REST[state]:
        await in_play.act(action, people[who], body)
    money = await in_play.api.balance(in_play.buyer), await in_play.api.balance(in_play.seller)
    assert money == (8_000, 1_600)


async def has_ended(api: ApiClient) -> OrderInPlay:
    """An order that had its end before."""
    return await (await place_order(api)).reach("completed")


async def stands(
    up: Up, orders_in_play: list[OrderInPlay], word: str, patience: Sequence[str] = SOON
) -> list[str]:
    """The ids of the orders that `check` names with this word."""
    code, output = await up.command("check", *patience)
    assert (f"repair --data-dir {up.data_dir}` says" in output) is (code == 1), output
    lines = [line for line in output.splitlines() if word in line]
    assert (code == 1) is bool(lines), output
    return sorted(
        d.order["id"] for d in orders_in_play if any(d.order["id"] in line for line in lines)
    )


async def test_orders_come_back_after_temporal_has_lost_its_store(passable: Path) -> None:
    data_dir = passable / "lost"
    orders_in_play: list[tuple[str, OrderInPlay]] = []
    async with started(data_dir) as up, api_of(up) as api:
        ended = await has_ended(api)
        for state in REST:
            orders_in_play.append((state, await (await place_order(api)).reach(state)))
    for file in data_dir.glob("temporal.db*"):
        file.unlink()
    async with started(data_dir) as up, api_of(up) as api:
        everybody = [in_play for _, in_play in orders_in_play]
        ids = sorted(in_play.order["id"] for in_play in everybody)
        for in_play in everybody:
            in_play.api = api
        assert ids == await stands(up, [*everybody, ended], "its workflow is missing")
        code, preview = await up.command("repair", *SOON)
        assert code == 1, preview
        assert len(ids) == preview.count("starts its workflow anew")
        assert f"repair --apply --data-dir {data_dir}\n" in preview
        code, output = await up.command("repair", "--apply", "--by", "olga", *MENDING)
        assert code == 0, output
        assert f"{len(ids)} orders of {len(ids)} brought together" in output
        code, output = await up.command("repair", "--apply", *IN_TIME)
        assert (code, "Nothing to repair" in output) == (0, True)
        _, journal = await up.command("repair", "--journal")
        assert len(ids) == journal.count("olga")
        for state, in_play in orders_in_play:
            await paid(in_play, state)
        assert await stands(up, everybody, "✗", IN_TIME) == []
