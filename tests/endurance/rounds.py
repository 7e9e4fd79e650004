"""A thousand rounds of revision on one order, which then ends like any other."""

import time
from collections.abc import AsyncIterator
from typing import Any

from temporalio.client import Client

from tests.endurance.ground import Findings, Ground, demand_proof
from tests.house import DELIVER, Deal, Json, Person, eventually, new_deal
from workflows.order import workflow_id

PAGE = 30
LONGEST_RUN = 2_000
"""Events that no run's history may reach."""

PRICE, COMMISSION, MONEY = 2_000, 400, 10_000
ROUND: tuple[tuple[str, str, Any], ...] = (
    ("request_revision", "buyer", {"reason": "Bluer, please."}),
    ("accept_revision", "seller", None),
    ("deliver", "seller", DELIVER),
)
BEGINNING = ["place", "accept", "deliver"]


async def rounds(ground: Ground, count: int) -> Findings:
    """Plays so many rounds over HTTP, completes the order, and looks at what is left of it."""
    findings = Findings()
    deal = await new_deal(ground.door, money=MONEY)
    await _act(deal, "accept", deal.seller)
    await _act(deal, "deliver", deal.seller, DELIVER)
    seconds = [await _round(deal) for _ in range(count)]
    await _act(deal, "complete", deal.buyer)
    _say_how_long(seconds, findings)
    await _look_at_money(deal, findings)
    await _look_at_journal(deal, findings, count)
    await _look_at_runs(ground.temporal, deal, findings)
    await demand_proof(ground, findings)
    return findings


async def _round(deal: Deal) -> float:
    began = time.monotonic()
    for action, who, body in ROUND:
        await _act(deal, action, getattr(deal, who), body)
    return time.monotonic() - began


async def _act(deal: Deal, action: str, who: Person, body: Any = None) -> None:
    """An action that is meant to succeed, now or after a 202."""
    answer = await deal.door.act(deal.order, action, who, body)
    if answer.status_code == 202:
        location = answer.headers["Location"]

        async def look() -> Json | None:
            found: Json | None = (await deal.door.get(location, who)).json()["outcome"]
            return found

        outcome = await eventually(look)
        assert outcome is not None
        assert outcome["accepted"], outcome
        return
    assert answer.status_code == 200, f"{action}: {answer.text}"


def _say_how_long(seconds: list[float], findings: Findings) -> None:
    tenth = max(1, len(seconds) // 10)
    first, last = (1000 * sum(some) / tenth for some in (seconds[:tenth], seconds[-tenth:]))
    findings.figures["rounds"] = (
        f"{len(seconds)} in {sum(seconds):.0f} s; the first tenth {first:.0f} ms each,"
        f" the last {last:.0f} ms"
    )


async def _look_at_money(deal: Deal, findings: Findings) -> None:
    purses = [await deal.door.balance(who) for who in (deal.buyer, deal.seller)]
    expected = [MONEY - PRICE, PRICE - COMMISSION]
    findings.demand(purses == expected, f"the wallets hold {purses}, not {expected}")
    answer = await deal.door.get(f"/v1/orders/{deal.order['id']}/ledger", deal.buyer)
    moved = [(one["kind"], one["amount"]["amount"]) for one in answer.json()["items"]]
    paid = [("hold", PRICE), ("release", PRICE - COMMISSION), ("release", COMMISSION)]
    findings.demand(moved == paid, f"the ledger has {moved}, not {paid}")


async def _look_at_journal(deal: Deal, findings: Findings, count: int) -> None:
    pages = [page async for page in _pages(deal)]
    journal = [event for page in pages for event in page]
    findings.figures["journal"] = f"{len(journal)} entries on {len(pages)} pages"
    findings.demand(all(len(page) == PAGE for page in pages[:-1]), "a page is not full")
    numbers = [event["seq"] for event in journal]
    findings.demand(numbers == list(range(1, len(journal) + 1)), "the journal has holes")
    actions = [event["action"] for event in journal if event["accepted"]]
    expected = [*BEGINNING, *(action for action, _, _ in ROUND * count), "complete"]
    findings.demand(actions == expected, "the journal is not what was done")


async def _pages(deal: Deal) -> AsyncIterator[list[Json]]:
    path = f"/v1/orders/{deal.order['id']}/events?limit={PAGE}"
    cursor: str | None = ""
    while cursor is not None:
        answer = await deal.door.get(path + (f"&cursor={cursor}" if cursor else ""), deal.buyer)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page["items"]
        cursor = page["next_cursor"]


async def _look_at_runs(client: Client, deal: Deal, findings: Findings) -> None:
    await client.get_workflow_handle(workflow_id(deal.order["id"])).result()
    events = [length async for length in _histories(client, deal.order["id"])]
    findings.figures["runs"] = f"{len(events)}, the longest of {max(events)} events"
    findings.demand(max(events) < LONGEST_RUN, f"a run has {max(events)} events")


async def _histories(client: Client, order_id: str) -> AsyncIterator[int]:
    """The events of each run of an order's workflow, from the last run back to the first."""
    run_id: str | None = None
    while run_id != "":
        handle = client.get_workflow_handle(workflow_id(order_id), run_id=run_id)
        events = (await handle.fetch_history()).events
        yield len(events)
        started = events[0].workflow_execution_started_event_attributes
        run_id = started.continued_execution_run_id
