"""A thousand rounds of revision on one order, which then ends like any other."""

import time
from collections.abc import AsyncIterator

from temporalio.client import Client

from tests.app_under_test import Json, OrderInPlay, Person, eventually, place_order
from tests.contract import WAY, body_of
from tests.endurance.stack_under_test import Findings, StackUnderTest, demand_proof
from workflows.order import workflow_id

PAGE = 30
LONGEST_RUN = 2_000
"""Events that no run's history may reach."""

PRICE, COMMISSION, MONEY = 2_000, 400, 10_000
ROUND = (("buyer", "request_revision"), ("seller", "accept_revision"), ("seller", "deliver"))
BEGINNING = ["place", "accept", "deliver"]


async def rounds(stack: StackUnderTest, count: int) -> Findings:
    """Plays so many rounds over HTTP, completes the order, and looks at what is left of it."""
    findings = Findings()
    in_play = await place_order(stack.api, money=MONEY)
    for role, action in WAY["delivered"]:
        await _act(in_play, role, action)
    seconds = [await _round(in_play) for _ in range(count)]
    await _act(in_play, "buyer", "complete")
    _say_how_long(seconds, findings)
    await _look_at_money(in_play, findings)
    await _look_at_journal(in_play, findings, count)
    await _look_at_runs(stack.temporal, in_play, findings)
    await demand_proof(stack, findings)
    return findings


async def _round(in_play: OrderInPlay) -> float:
    began = time.monotonic()
    for role, action in ROUND:
        await _act(in_play, role, action)
    return time.monotonic() - began


async def _act(in_play: OrderInPlay, role: str, action: str) -> None:
    """An action that is meant to succeed, now or after a 202."""
    who: Person = getattr(in_play, role)
    answer = await in_play.api.act(in_play.order, action, who, body_of(action))
    if answer.status_code == 202:
        location = answer.headers["Location"]

        async def look() -> Json | None:
            found: Json | None = (await in_play.api.get(location, who)).json()["outcome"]
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


async def _look_at_money(in_play: OrderInPlay, findings: Findings) -> None:
    wallets = [await in_play.api.balance(who) for who in (in_play.buyer, in_play.seller)]
    expected = [MONEY - PRICE, PRICE - COMMISSION]
    findings.demand(wallets == expected, f"the wallets hold {wallets}, not {expected}")
    answer = await in_play.api.get(f"/v1/orders/{in_play.order['id']}/ledger", in_play.buyer)
    moved = [(one["kind"], one["amount"]["amount"]) for one in answer.json()["items"]]
    paid = [("hold", PRICE), ("release", PRICE - COMMISSION), ("release", COMMISSION)]
    findings.demand(moved == paid, f"the ledger has {moved}, not {paid}")


async def _look_at_journal(in_play: OrderInPlay, findings: Findings, count: int) -> None:
    pages = [page async for page in _pages(in_play)]
    journal = [event for page in pages for event in page]
    findings.figures["journal"] = f"{len(journal)} entries on {len(pages)} pages"
    findings.demand(all(len(page) == PAGE for page in pages[:-1]), "a page is not full")
    numbers = [event["seq"] for event in journal]
    findings.demand(numbers == list(range(1, len(journal) + 1)), "the journal has holes")
    actions = [event["action"] for event in journal if event["accepted"]]
    expected = [*BEGINNING, *(action for _, action in ROUND * count), "complete"]
    findings.demand(actions == expected, "the journal is not what was done")


async def _pages(in_play: OrderInPlay) -> AsyncIterator[list[Json]]:
    path = f"/v1/orders/{in_play.order['id']}/events?limit={PAGE}"
    cursor: str | None = ""
    while cursor is not None:
        answer = await in_play.api.get(
            path + (f"&cursor={cursor}" if cursor else ""), in_play.buyer
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page["items"]
        cursor = page["next_cursor"]


async def _look_at_runs(client: Client, in_play: OrderInPlay, findings: Findings) -> None:
    await client.get_workflow_handle(workflow_id(in_play.order["id"])).result()
    events = [length async for length in _histories(client, in_play.order["id"])]
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
