"""A process dies between the provider's call and our note of it: the money moves once, there and
here."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from cli.check import proof_of
from cli.stack_connection import connection_to
from db.migrate import migrate
from embedded.stack import running_stack
from embedded.stripe_stand_in.process import StandIn, running_stand_in
from tests.app_under_test import Json, Person, calling, eventually, somebody
from tests.contract import eur
from tests.e2e.conftest import BACK_SECONDS
from tests.e2e.crashing import FILE, arm
from tests.e2e.test_crash_points import PROGRAMS, Minefield

BACK = {"return_url": "https://shop.example.org/wallet"}


def around(*what: str) -> list[str]:
    """The points before and after each of these."""
    return [f"{when} {one}" for one in what for when in ("before", "after")]


BEGINNING = around("the payment is begun", "its place is noted")
PAYING = around("the event is kept", "the payment is booked")
SENDING = around(
    "the call is noted",
    "the money is at the account",
    "the money is at the bank",
    "the answer is booked",
)
RETURNING = around("the money is taken back", "the answer is booked")


@dataclass(frozen=True)
class Till(Minefield):
    """A running stack whose processes die where they are told to, and its payment provider."""

    stand_in: StandIn

    async def begun(self, who: Person, amount: int) -> Json:
        """A payment that somebody can make."""
        answer = await self.carefully("/v1/pay-ins", who, {**eur(amount), **BACK})
        assert answer.status_code == 201, answer.text
        begun: Json = answer.json()
        return begun

    async def pays(self, begun: Json) -> None:
        """Its payer makes it."""
        await self.stand_in.does(f"sessions/{begun['reference']}/pays")

    async def earner(self, amount: int) -> Person:
        """Somebody who has so much, and an account that is ready."""
        who = somebody("seller")
        await self.pays(await self.begun(who, amount))
        await self.holds(who, amount)
        opened = await self.carefully("/v1/payout-account", who, BACK)
        account = opened.json()["url"].rpartition("/")[2]
        await self.stand_in.does(f"accounts/{account}/active")
        return who

    async def payout(self, who: Person, amount: int) -> Json:
        """A payout that somebody asks for."""
        answer = await self.carefully("/v1/payouts", who, eur(amount))
        assert answer.status_code == 201, answer.text
        payout: Json = answer.json()
        return payout

    async def read(self, path: str, who: Person) -> Json:
        """What the API says; nothing while it is away, since it may be what has died."""
        try:
            answer = await self.api.get(path, who)
        except httpx.HTTPError:
            return {}
        document: Json = answer.json() if answer.status_code == 200 else {}
        return document

    async def waits(self, path: str, who: Person, holds: Callable[[Json], bool]) -> Json:
        """What the API says once that holds, though whoever died may be away for long."""
        return await eventually(lambda: self.read(path, who), holds, patience=BACK_SECONDS)

    async def known(self, who: Person, payout: Json) -> str:
        """What the provider calls a payout, once that is known."""
        path = f"/v1/payouts/{payout['id']}"
        found = await self.waits(path, who, lambda one: bool(one.get("reference")))
        return str(found["reference"])

    async def comes_to(self, who: Person, payout: Json, state: str) -> None:
        """Waits until a payout has come to this."""
        path = f"/v1/payouts/{payout['id']}"
        await self.waits(path, who, lambda one: one.get("state") == state)

    async def holds(self, who: Person, amount: int) -> None:
        """Waits until a wallet has so much."""
        due = [eur(amount)]
        await self.waits("/v1/wallet", who, lambda one: one.get("balances") == due)

    async def died(self) -> None:
        """Waits until somebody has died."""
        await eventually(self.somebody_died, patience=BACK_SECONDS)

    async def sent(self, payout: Json) -> list[str]:
        """What became of a payout at the provider, each time that it left."""
        return [
            one["status"]
            for one in await self.stand_in.every("payout")
            if one["metadata"]["sequestre_payout"] == payout["id"]
        ]


@pytest.fixture(scope="module")
async def till(passable: Path) -> AsyncIterator[Till]:
    """One stack and one provider for all of them."""
    file = passable / "crash-at-the-till"
    async with (
        running_stand_in() as stand_in,
        running_stack(
            passable / "crashing-at-the-till",
            port=0,
            temporal_port=0,
            temporal_ui_port=0,
            migrate=migrate,
            extra_env={FILE: str(file), **stand_in.settings},
            fast=True,
            programs=PROGRAMS,
        ) as stack,
        calling(stack.api_url, stack.jwt_secret) as api,
    ):
        events = f"{stack.api_url}/v1/providers/stripe/events"
        await stand_in.does("listening", deliver_to=events)
        yield Till(stack, api, file, stand_in)


@pytest.mark.parametrize("point", BEGINNING + PAYING)
async def test_a_payment_is_booked_once(till: Till, point: str) -> None:
    payer = somebody("payer")
    if point in BEGINNING:
        arm(till.file, point)
        begun = await till.begun(payer, 1_500)
    else:
        begun = await till.begun(payer, 1_500)
        arm(till.file, point)
    await till.pays(begun)
    await till.died()
    await till.holds(payer, 1_500)
    pages = await till.stand_in.every("checkout.session")
    assert [one["id"] for one in pages if one["client_reference_id"] == begun["id"]] == [
        begun["reference"]
    ]


@pytest.mark.parametrize("point", SENDING)
async def test_a_payout_leaves_once(till: Till, point: str) -> None:
    seller = await till.earner(2_000)
    arm(till.file, point)
    payout = await till.payout(seller, 1_500)
    await till.died()
    await till.stand_in.does(f"payouts/{await till.known(seller, payout)}/paid")
    await till.comes_to(seller, payout, "paid")
    assert await till.sent(payout) == ["paid"]
    await till.holds(seller, 500)


@pytest.mark.parametrize("point", RETURNING)
async def test_a_payout_that_its_bank_sends_back_comes_back_once(till: Till, point: str) -> None:
    seller = await till.earner(2_000)
    payout = await till.payout(seller, 1_500)
    reference = await till.known(seller, payout)
    await till.stand_in.does(f"payouts/{reference}/paid")
    await till.comes_to(seller, payout, "paid")
    arm(till.file, point)
    await till.stand_in.does(f"payouts/{reference}/failed")
    await till.died()
    await till.comes_to(seller, payout, "returned")
    await till.holds(seller, 2_000)
    assert await till.sent(payout) == ["failed"]


async def test_afterwards_everything_holds(till: Till) -> None:
    where = replace(connection_to(till.stack), payments=till.stand_in.payments)
    assert (await proof_of(where)).findings == []
    books = (await till.stand_in.books())["EUR"]
    assert books["balanced"]
    assert books["accounts"] == 0
