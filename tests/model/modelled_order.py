"""What people do to an order over HTTP while time passes, with the model beside it."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import httpx

from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    PATIENCE_SECONDS,
    Json,
    Person,
    eventually,
    somebody,
)
from tests.contract import eur
from tests.model import comparison, effects
from tests.model.banks import Payment
from tests.model.figures import Figures
from tests.model.reference import (
    DONE,
    UNKNOWN,
    WRITING_AFTER_THE_END,
    WRITTEN,
    Reference,
    Verdict,
    Wallets,
)
from tests.model.timed_app import TimedApp

SECOND, MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)
MARGIN = timedelta(seconds=30)
"""Nobody acts so shortly before an instant of the order but on purpose: the clocks go on while they
do, and it would be luck on which side of it they come."""

SHORTLY = timedelta(seconds=5)
"""The product forgives clocks some minutes, and does not believe stamps of one further ahead."""

COLLEAGUE = Person("another-mediator", ("mediator",))
_numbers = count(1)


@dataclass(frozen=True)
class Attempt:
    """Somebody's request, as it can be sent again."""

    order: Json
    who: str
    action: str
    body: Json
    key: str = field(default_factory=lambda: f"attempt-{next(_numbers)}")


class ModelledOrder:
    """Two people, their orders one after another, and those who have a say in them."""

    order: Json
    model: Reference

    def __init__(self, timed: TimedApp, figures: Figures) -> None:
        self.timed, self.api, self.figures = timed, timed.api, figures
        self.people = {
            "buyer": somebody("buyer"),
            "seller": somebody("seller"),
            "mediator": MEDIATOR,
            "colleague": COLLEAGUE,
            "operator": OPERATOR,
            "stranger": somebody("stranger"),
        }
        self.wallets = Wallets(0)
        self.payments: list[Payment] = []
        self.answered: deque[tuple[Attempt, httpx.Response]] = deque(maxlen=30)

    # --- money -------------------------------------------------------------------------------

    async def order_too_much(self, cents_more: int) -> None:
        """An order that the buyer cannot pay for."""
        price = self.wallets.buyer + cents_more
        service = await self.api.offer(self.people["seller"], price=eur(price))
        body = {"service_id": service["id"], "brief": "A logo."}
        key = f"order-{next(_numbers)}"
        answer = await self.api.post("/v1/orders", self.people["buyer"], body, key=key)
        assert (answer.status_code, answer.json()["code"]) == (402, "insufficient-funds")
        self.figures.count("place", "insufficient-funds")
        await self.agrees()

    async def mistake(self, who: str, cents: int, is_spent: bool) -> None:
        """Money comes into a party's wallet by mistake, and is taken back once, unless the wallet
        no longer holds it."""
        path = f"/v1/wallets/{self.people[who].id}"
        made = await self._said(f"{path}/top-ups", eur(cents))
        held: int = made.json()["balance"]["amount"]
        if is_spent:
            await self._said(f"{path}/payouts", eur(held))
            setattr(self.wallets, who, 0)
        back = f"/v1/transfers/{made.json()['id']}/reverse"
        answers = [await self._said(back, {"reason": "By mistake."}) for _ in range(2)]
        found = [answer.status_code for answer in answers]
        assert found == ([402, 402] if is_spent else [201, 409])
        self.figures.count("reverse", "insufficient-funds" if is_spent else "done")
        await self.agrees()

    async def _said(self, path: str, body: Json) -> httpx.Response:
        """The answer to the operator, under a key of its own."""
        key = f"money-{next(_numbers)}"
        return await self.api.post(path, self.people["operator"], body, key=key)

    # --- actions -----------------------------------------------------------------------------

    async def act(self, attempt: Attempt, times: int = 1) -> None:
        """Somebody acts, in so many requests at once, which all get the same answer."""
        before, _ = await self.timed.now()
        answers = await asyncio.gather(*(self.send(attempt) for _ in range(times)))
        assert len({(one.status_code, one.content) for one in answers}) == 1, answers
        await self.was_answered(attempt, answers[0], before)

    async def send(self, attempt: Attempt, **headers: str) -> httpx.Response:
        """The answer to a request, once it has been decided."""

        async def ask() -> httpx.Response:
            who = self.people[attempt.who]
            return await self.api.act(
                attempt.order, attempt.action, who, attempt.body, key=attempt.key, **headers
            )

        return await eventually(ask, lambda answer: answer.status_code != 202)

    async def was_answered(
        self, attempt: Attempt, answer: httpx.Response, before: datetime
    ) -> None:
        """The answer is the model's, and so is all that follows."""
        who, action, body = attempt.who, attempt.action, attempt.body
        expected, found = self.model.judge(who, action, body), verdict_of(answer)
        assert expected == found, f"{who} {action} {body}: {expected}, not {answer.text}"
        if found == DONE:
            effects.act(
                self.model, effects.PerformedAction(who, action, body, answer.json(), before)
            )
            self.model.slack += (await self.timed.now())[1] - before
        if found != UNKNOWN:
            self.answered.append((attempt, answer))
        self.figures.count(action, found[1] or "done")
        await self.agrees()

    async def repeat(self, attempt: Attempt, first: httpx.Response) -> None:
        """The same request again gets the first answer again and changes nothing."""
        again = await self.send(attempt)
        assert (first.status_code, first.content) == (again.status_code, again.content)
        self.figures.count(attempt.action, "repeated")
        await self.agrees()

    async def reuse(self, attempt: Attempt) -> None:
        """Another request under the same key is refused and changes nothing."""
        other = Attempt(
            attempt.order, attempt.who, "cancel", {"reason": "Something else."}, attempt.key
        )
        answer = await self.send(other)
        assert verdict_of(answer) == (422, "idempotency-key-reused")
        self.figures.count("cancel", "idempotency-key-reused")
        await self.agrees()

    # --- words -------------------------------------------------------------------------------

    async def say(self, who: str) -> None:
        """Somebody writes, twice under one key: one message, or none."""
        at = (await self.timed.now())[0]
        expected = self.model.judge_words(who, at)
        path, key = f"/v1/orders/{self.order['id']}/messages", f"words-{next(_numbers)}"
        body = {"text": f"The words of {key}."}
        answers = [await self.api.post(path, self.people[who], body, key=key) for _ in range(2)]
        found = [verdict_of(answer) for answer in answers]
        assert [expected] * 2 == found, f"{who} writes: {expected}, not {answers[0].text}"
        if expected == WRITTEN:
            self.model.said.append(who)
            assert {str(len(self.model.said))} == {answer.json()["id"] for answer in answers}
        self.figures.count("write", expected[1] or "done")
        await self.agrees()

    async def mark(self, who: str, number: int) -> None:
        """Somebody marks what was said as read, up to a message."""
        expected = self.model.judge_mark(who, number)
        path = f"/v1/orders/{self.order['id']}/messages/read"
        answer = await self.api.post(path, self.people[who], {"up_to": str(number)})
        assert expected == verdict_of(answer), f"{who} reads {number}: {answer.text}"
        if expected == DONE:
            self.model.marks[who] = max(number, self.model.marks.get(who, 0))
        self.figures.count("read", expected[1] or "done")
        await self.agrees()

    async def say_long_after_the_end(self, who: str, is_over: bool) -> None:
        """Somebody writes shortly before or after the time for it is over."""
        assert self.model.ended_at is not None
        by = MARGIN if is_over else -MARGIN
        at = self.model.ended_at + WRITING_AFTER_THE_END + by
        if at > (await self.timed.now())[1]:
            await self.reach(at)
            await self.say(who)

    # --- time --------------------------------------------------------------------------------

    async def wait(self, length: timedelta) -> None:
        """Time passes, and the order does by itself what it has to, one after another."""
        goal = (await self.timed.now())[1] + length
        while (at := effects.next_instant(self.model)) is not None and at < goal + MARGIN:
            await self.is_over(at + SECOND)
        await self.reach(goal)
        await self.agrees()

    async def wait_unwatched(self, length: timedelta) -> None:
        """Time passes at once: by the database's clock, all the instants of the order are over
        before the first of them is noticed."""
        goal = clear_of_instants(self.model, (await self.timed.now())[1] + length)
        await self.is_over(goal)
        await self.rest()

    async def is_over(self, goal: datetime) -> None:
        """An instant passes, and with it those of the order before it."""
        await self.reach(goal)
        self.fell_silent(goal)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.differences():
                await asyncio.sleep(0.02)
        await self.agrees()

    def fell_silent(self, until: datetime) -> None:
        """Nobody did anything until then."""
        self.figures.expiries += effects.silence(self.model, until)

    async def rest(self) -> None:
        """Both clocks show the same, and no instant of the order is near."""
        await self.reach((await self.timed.now())[1])
        await self.wait(timedelta())

    async def act_at_the_last_instant(self, attempt: Attempt, at: datetime) -> None:
        """What is received at the very instant counts."""
        await self.approach(at)
        async with self.timed.clock.stopped(at):
            await self.act(attempt)
        self.figures.just_in_time += 1
        await self.rest()

    async def act_in_time_after_temporal_s_timer(self, attempt: Attempt, at: datetime) -> None:
        """Temporal's clock is ahead and has the order wake up: what counts is the database's."""
        await self.approach(at)
        async with self.timed.clock.stopped(at - SHORTLY):
            await self.timed.temporal_reaches(at + SECOND)
            await self.timed.rests(self.order["id"])
            await self.act(attempt)
        self.figures.just_in_time += 1
        await self.rest()

    async def act_an_instant_too_late(self, attempt: Attempt, at: datetime) -> None:
        """What is received after the instant does not count, though nobody has noticed yet: by
        Temporal's clock it is over once the workflow has the request."""
        await self.approach(at)
        before, _ = await self.timed.now()
        signals = await self.timed.rests(self.order["id"])
        async with self.timed.clock.stopped(at + MICROSECOND):
            self.fell_silent(at + MICROSECOND)
            sent = asyncio.create_task(self.send(attempt))

            async def has_come() -> bool:
                had = await self.timed.signals(self.order["id"])
                return sent.done() or had not in (None, signals)

            await eventually(has_come)
            await self.timed.temporal_reaches(at + SECOND)
            await self.was_answered(attempt, await sent, before)
        self.figures.late += 1
        await self.rest()

    async def approach(self, at: datetime) -> None:
        """Time passes until shortly before an instant of the order: most of it first, which takes a
        while where workflows are woken up on the way, and the clocks go on meanwhile."""
        await self.reach(at - 10 * MARGIN)
        await self.reach(at - MARGIN)

    async def reach(self, to: datetime) -> None:
        """Time passes until then, while nothing of the order is under way."""
        await self.timed.rests(self.order["id"])
        await self.timed.reach(to)

    # --- agreement ---------------------------------------------------------------------------

    async def agrees(self) -> None:
        """The product shows what the model says."""
        wrong = await self.differences()
        assert not wrong, "\n".join(wrong)
        comparison.agreed(self.model, await self.seen_by("operator"))

    async def differences(self) -> list[str]:
        """Where they differ, as everybody sees it."""
        buyer, seller = self.people["buyer"], self.people["seller"]
        ledger, buyers, sellers = await asyncio.gather(
            self.api.get(f"/v1/orders/{self.order['id']}/ledger", buyer),
            self.api.get("/v1/wallet", buyer),
            self.api.get("/v1/wallet", seller),
        )
        views = await asyncio.gather(*(self.of_view(who) for who in self.people))
        return [
            *(line for view in views for line in view),
            *comparison.of_ledger(self.model, ledger.json()["items"]),
            *comparison.of_wallet(self.wallets, "buyer", buyers.json()),
            *comparison.of_wallet(self.wallets, "seller", sellers.json()),
        ]

    async def of_view(self, who: str) -> list[str]:
        """Where one person sees something else than they should."""
        answer = await self.api.get(f"/v1/orders/{self.order['id']}", self.people[who])
        if (answer.status_code == 200) is not self.model.sees(who):
            return [f"{who} is answered {answer.status_code}"]
        if answer.status_code == 404:
            return []
        seen = answer.json()
        wrong = comparison.of_order(self.model, seen) if who == "operator" else ()
        return [
            *wrong,
            *comparison.of_actions(self.model, who, seen),
            *comparison.of_conversation(self.model, who, seen),
        ]

    async def seen_by(self, who: str) -> Json:
        """The order as somebody is shown it."""
        return await self.api.order(self.order["id"], self.people[who])


def verdict_of(answer: httpx.Response) -> Verdict:
    """Status and code."""
    return answer.status_code, "" if answer.is_success else answer.json()["code"]


def clear_of_instants(order: Reference, at: datetime) -> datetime:
    """The first instant from `at` on that is not near one of the order's."""
    while effects.silence(order.copy(), at - MARGIN) != effects.silence(
        order.copy(), at + 2 * MARGIN
    ):
        at += 2 * MARGIN
    return at
