"""`sequestre repair` on a real stack whose Temporal has lost everything."""

from pathlib import Path

from tests.e2e.conftest import Up, door_to, started
from tests.house import MEDIATOR, Deal, Door, new_deal
from tests.reconcile.conftest import REST

SOON = ("--patience", "3")


async def paid(deal: Deal, state: str) -> None:
    """Ends an order, and asserts that each has what is theirs to the cent."""
    people = {"buyer": deal.buyer, "seller": deal.seller, "mediator": MEDIATOR}
    for action, who, body in REST[state]:
        await deal.act(action, people[who], body)
    money = await deal.door.balance(deal.buyer), await deal.door.balance(deal.seller)
    assert money == (8_000, 1_600)


async def has_ended(door: Door) -> Deal:
    """An order that had its end before."""
    return await (await new_deal(door)).reach("completed")


async def stands(up: Up, deals: list[Deal], word: str) -> list[str]:
    """The ids of the orders that `check` names with this word."""
    code, output = await up.command("check", *SOON)
    lines = [line for line in output.splitlines() if word in line]
    assert (code == 1) is bool(lines), output
    return sorted(d.order["id"] for d in deals if any(d.order["id"] in line for line in lines))


async def test_orders_come_back_after_temporal_has_lost_its_store(passable: Path) -> None:
    data_dir = passable / "lost"
    deals: list[tuple[str, Deal]] = []
    async with started(data_dir) as up, door_to(up) as door:
        ended = await has_ended(door)
        for state in REST:
            deals.append((state, await (await new_deal(door)).reach(state)))
    for file in data_dir.glob("temporal.db*"):
        file.unlink()
    async with started(data_dir) as up, door_to(up) as door:
        everybody = [deal for _, deal in deals]
        ids = sorted(deal.order["id"] for deal in everybody)
        for deal in everybody:
            deal.door = door
        assert ids == await stands(up, [*everybody, ended], "its workflow is missing")
        code, preview = await up.command("repair", *SOON)
        assert code == 1, preview
        assert len(ids) == preview.count("starts its workflow anew")
        code, output = await up.command("repair", "--apply", "--by", "olga", *SOON)
        assert code == 0, output
        assert f"{len(ids)} orders of {len(ids)} brought together" in output
        code, output = await up.command("repair", "--apply")
        assert (code, "Nothing to repair" in output) == (0, True)
        _, journal = await up.command("repair", "--journal")
        assert len(ids) == journal.count("olga")
        for state, deal in deals:
            await paid(deal, state)
        assert await stands(up, everybody, "✗") == []
