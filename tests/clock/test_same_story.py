"""The same story at real speed with windows of seconds, and by the clock with windows of days: the
same ends, postings and notices."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from embedded.postgres import Postgres
from tests.app_under_test import (
    MEDIATOR,
    PATIENCE_SECONDS,
    AppUnderTest,
    Json,
    OrderInPlay,
    eventually,
    in_time,
    place_order,
    running_app,
)
from tests.clock.conftest import MovableApp
from tests.conftest import copy_of_template
from tests.contract import body_of
from tests.temporal_server import local_server

Act = tuple[str, str, Json | None]


@dataclass(frozen=True)
class Story:
    """What people do on an order, the window that they then let pass, the event that follows, and
    what they do about it."""

    window: str
    acts: tuple[Act, ...]
    follows: str
    then: tuple[Act, ...] = ()


ACCEPT: Act = ("seller", "accept", None)
DELIVER: Act = ("seller", "deliver", {"message": "Here it is."})
REVISE: Act = ("buyer", "request_revision", {"reason": "Bluer."})
REFUSE: Act = ("seller", "refuse_revision", {"ground": "vague", "reason": "How blue?"})
OFFER = {
    "title": "Another logo",
    "price": {"amount": 900, "currency": "EUR"},
    "delivery_time": "P40D",
}
STORIES = {
    "nobody accepts": Story("acceptance_window", (), "order.cancelled"),
    "nobody delivers": Story(
        "delivery_time", (ACCEPT,), "order.late", (("buyer", "cancel", {"reason": "Too late."}),)
    ),
    "nobody looks": Story("review_window", (ACCEPT, DELIVER), "order.completed"),
    "nobody answers a revision": Story(
        "revision_answer_window",
        (ACCEPT, DELIVER, REVISE),
        "order.answer_overdue",
        (("buyer", "open_dispute", {"reason": "No answer."}),),
    ),
    "nobody decides": Story(
        "decision_window", (ACCEPT, DELIVER, REVISE, REFUSE), "order.completed"
    ),
    "nobody takes an offer": Story(
        "offer_window", (ACCEPT, ("seller", "make_offer", OFFER)), "order.offer_lapsed"
    ),
    "nobody answers a wish": Story(
        "cancellation_answer_window",
        (ACCEPT, ("buyer", "request_cancellation", {"reason": "Not needed."})),
        "order.cancellation_unanswered",
        (("buyer", "open_dispute", {"reason": "No answer."}),),
    ),
}
Passes = Callable[[OrderInPlay, str], Awaitable[None]]


async def happened(in_play: OrderInPlay) -> list[str]:
    """The events of an order."""
    return [one["event"] for one in await in_play.api.events(in_play.order, in_play.buyer)]


async def play(app: AppUnderTest, story: Story, length: str, passes: Passes) -> Json:
    """Plays a story whose window is so long; gives what has become of everything."""
    window = {story.window: length}
    is_of_the_service = story.window == "delivery_time"
    service: Json = window if is_of_the_service else {"delivery_time": "P60D"}
    async with app.with_settings(**({} if is_of_the_service else window)) as api:
        in_play = await place_order(api, **service)
        await act(in_play, story.acts)
        await passes(in_play, story.follows)
        await act(in_play, story.then)
        told = await outcome(in_play)
        if told["state"] == "disputed":  # or else it escalates for as long as there are tests
            await in_play.act("resolve", MEDIATOR, body_of("resolve"))
        return told


async def act(in_play: OrderInPlay, acts: tuple[Act, ...]) -> None:
    for role, action, body in acts:
        await in_play.act(action, getattr(in_play, role), body)


async def outcome(in_play: OrderInPlay) -> Json:
    """How it ended: the order, its journal and postings, and what its people were told."""
    api, order = in_play.api, await in_play.now()
    postings = await api.get(f"/v1/orders/{order['id']}/ledger", in_play.buyer)
    told: dict[str, Any] = {}
    for role in ("buyer", "seller"):
        inbox = await api.get("/v1/notifications", getattr(in_play, role))
        told[role] = [one["event"] for one in inbox.json()["items"]]
    names = {in_play.buyer.id: "buyer", in_play.seller.id: "seller", order["id"]: "order"}
    return {
        "state": order["state"],
        "outcome": order["outcome"],
        "actions": order["actions"],
        "journal": [
            (one["actor"]["role"], one["action"], one["event"], one["state"])
            for one in await api.events(order, in_play.buyer)
        ],
        "postings": [
            (one["kind"], one["amount"], *(names[one[side]["owner"]] for side in SIDES))
            for one in postings.json()["items"]
            if names.keys() >= {one[side]["owner"] for side in SIDES}
        ],
        "money": [await api.balance(in_play.buyer), await api.balance(in_play.seller)],
        "told": told,
    }


SIDES = ("debit", "credit")


async def at_real_speed(in_play: OrderInPlay, event: str) -> None:
    events = await eventually(
        lambda: happened(in_play), lambda events: event in events, patience=2 * PATIENCE_SECONDS
    )
    # Who comes to an order only after its window reminds nobody of it any more.
    assert any(one.endswith("_reminder") for one in events if one), "this machine was too slow"


async def lived_through(app: AppUnderTest, story: Story) -> Json:
    """A story at real speed, with a window of seconds that is long enough for this machine."""
    return await in_time(lambda length: play(app, story, length, at_real_speed), 4)


@pytest.fixture(scope="module")
async def lived(postgres: Postgres) -> dict[str, Json]:
    """Each story at real speed, on a stack whose clock nobody moves."""
    url = await copy_of_template(postgres)
    async with await local_server() as server, running_app(url, server.client) as app:
        async with asyncio.TaskGroup() as group:
            plays = {
                name: group.create_task(lived_through(app, story))
                for name, story in STORIES.items()
            }
        return {name: await played for name, played in plays.items()}


@pytest.mark.parametrize("name", STORIES)
async def test_a_story_by_the_clock_ends_as_at_real_speed(
    lived: dict[str, Json], movable: MovableApp, name: str
) -> None:
    async def by_the_clock(in_play: OrderInPlay, event: str) -> None:
        assert event not in await happened(in_play)
        await movable.advance(by="P5D")
        assert event in await happened(in_play)

    assert lived[name] == await play(movable.app, STORIES[name], "P4D", by_the_clock)
