"""Banks that take payments back, in stories that chance seldom tells: the product does what the
model says, and the model what was reckoned by hand."""

import asyncio

import pytest

from domain.payments import PayoutState
from tests.contract import DAY, WAY, body_of
from tests.model import modelled_banks, modelled_payments, placing
from tests.model.banks import Payment, Said
from tests.model.figures import Figures
from tests.model.modelled_order import Attempt, ModelledOrder
from tests.model.placing import Wanted
from tests.model.timed_app import TimedApp

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def modelled(timed: TimedApp) -> ModelledOrder:
    """Two people who have not met."""
    return ModelledOrder(timed, Figures())


def costs(price: int, card: str = "", *, strict: bool = False) -> Wanted:
    """A service without anything special."""
    return Wanted(price, (100, 100), with_extra=False, savings=0, strict=strict, card=card)


async def comes_to(modelled: ModelledOrder, state: str) -> None:
    """The order is brought to a state by the shortest way."""
    for who, action in WAY[state]:
        await acts(modelled, who, action)


async def acts(modelled: ModelledOrder, who: str, action: str) -> None:
    """Somebody does, or tries, something."""
    body = body_of(action, who) or {}
    await modelled.act(Attempt(modelled.order, who, action, body))


async def bank(
    modelled: ModelledOrder, kind: str, part: int = 0, name: str = "dispute", currency: str = "EUR"
) -> str:
    """The bank speaks of the latest payment, or of so many cents of it; gives what comes of it."""
    payment = modelled.payments[-1]
    said = Said(kind, f"{name} of {payment.id}", part or payment.cents, currency)
    before = modelled.figures.answers.copy()
    await modelled_banks.says(modelled, payment, said)
    ((_, outcome),) = modelled.figures.answers - before
    return outcome


def owed(modelled: ModelledOrder) -> tuple[int, int]:
    """What buyer and seller owe."""
    return modelled.wallets.owed["buyer"], modelled.wallets.owed["seller"]


def test_an_order_stands_still_and_goes_on_with_the_time_that_it_had_left(
    runner: asyncio.Runner, modelled: ModelledOrder
) -> None:
    async def story() -> None:
        await placing.place(modelled, costs(2_000, "all"))
        await comes_to(modelled, "in_progress")
        for who, action in (("buyer", "request_cancellation"), ("seller", "make_offer")):
            await acts(modelled, who, action)
        await modelled.wait(DAY)
        assert await bank(modelled, "opened") == "applied"
        assert await bank(modelled, "opened") == "nothing_new"
        await modelled.wait(20 * DAY)
        await acts(modelled, "seller", "deliver")
        assert modelled.model.state == "in_progress"
        assert await bank(modelled, "won") == "applied"
        assert not modelled.model.overdue
        await modelled.wait(1.5 * DAY)
        assert modelled.model.cancellation_request is not None
        assert modelled.model.cancellation_request.status == "unanswered"
        await acts(modelled, "seller", "deliver")
        assert await bank(modelled, "lost") == "differs"
        await modelled.wait(8 * DAY)
        assert modelled.model.state == "completed"

    runner.run(story())


@pytest.mark.parametrize(
    ("card", "part", "left"), [("all", 0, 0), ("half", 400, 600), ("more", 0, 0)]
)
def test_what_is_lost_while_it_runs_leaves_escrow(
    card: str, part: int, left: int, runner: asyncio.Runner, modelled: ModelledOrder
) -> None:
    async def story() -> None:
        await placing.place(modelled, costs(1_000, card))
        await comes_to(modelled, "delivered")
        assert await bank(modelled, "opened", part) == "applied"
        assert await bank(modelled, "lost", part) == "applied"
        assert (modelled.model.state, modelled.wallets.buyer) == ("cancelled", left)
        assert owed(modelled) == (0, 0)
        assert await bank(modelled, "won", part) == "differs"
        assert await bank(modelled, "lost", name="another") == "theirs_only"

    runner.run(story())


def test_a_seller_owes_what_they_were_paid_and_each_order_pays_part_of_it(
    runner: asyncio.Runner, modelled: ModelledOrder
) -> None:
    async def story() -> None:
        await placing.place(modelled, costs(1_999, "all"))
        await comes_to(modelled, "completed")
        assert await bank(modelled, "opened") == "applied"
        assert modelled.wallets.seller == 1_600
        assert await bank(modelled, "lost") == "applied"
        assert (modelled.wallets.seller, *owed(modelled)) == (0, 0, 399)
        for price, strict, seller, left in (
            (333, False, 134, 266),
            (777, True, 549, 59),
            (100, False, 589, 19),
            (100, False, 650, 0),
        ):
            await placing.place(modelled, costs(price, strict=strict))
            await comes_to(modelled, "completed")
            assert (modelled.wallets.seller, *owed(modelled)) == (seller, 0, left)

    runner.run(story())


OUT = {
    "failed": (PayoutState.FAILED,),
    "cancelled": (PayoutState.CANCELLED,),
    "returned": (PayoutState.PAID, PayoutState.FAILED),
}
LOST = [(1_999, 0, 399), (1_600, 0, 0), (700, 900, 0)]
"""Of what is owed, what comes back (16.00 EUR) leaves in the wallet and unpaid."""


@pytest.mark.parametrize(("part", "held", "left"), LOST)
@pytest.mark.parametrize("ways", OUT.values(), ids=OUT)
def test_what_was_on_its_way_out_and_comes_back_pays_what_is_owed_by_then(
    ways: tuple[PayoutState, ...],
    part: int,
    held: int,
    left: int,
    runner: asyncio.Runner,
    modelled: ModelledOrder,
) -> None:
    async def story() -> None:
        await placing.place(modelled, costs(1_999, "all"))
        await comes_to(modelled, "completed")
        await modelled_payments.is_paid_out(modelled, "seller", 1_600, ways, taken_back)
        assert (modelled.wallets.seller, *owed(modelled)) == (held, 0, left)

    async def taken_back() -> None:
        assert await bank(modelled, "lost", part) == "applied"
        assert (modelled.wallets.seller, *owed(modelled)) == (0, 0, part)

    runner.run(story())


@pytest.mark.parametrize(("part", "held", "left"), LOST)
def test_what_was_noted_as_paid_by_mistake_pays_what_is_owed_by_then(
    part: int, held: int, left: int, runner: asyncio.Runner, modelled: ModelledOrder
) -> None:
    async def story() -> None:
        await placing.place(modelled, costs(1_999, "all"))
        await comes_to(modelled, "completed")
        await modelled_payments.is_noted_as_paid(modelled, "seller", 1_600, taken_back)
        assert (modelled.wallets.seller, *owed(modelled)) == (held, 0, left)

    async def taken_back() -> None:
        assert await bank(modelled, "lost", part) == "applied"

    runner.run(story())


def test_a_buyer_owes_what_they_spent_and_all_that_comes_back_pays_it(
    runner: asyncio.Runner, modelled: ModelledOrder
) -> None:
    async def story() -> None:
        await placing.place(modelled, costs(100))
        await acts(modelled, "buyer", "cancel")
        await modelled_payments.pays_in(modelled, "buyer", 800, ["paid"])
        await placing.place(modelled, costs(900))
        assert await bank(modelled, "lost") == "applied"
        assert (modelled.wallets.buyer, *owed(modelled)) == (0, 800, 0)
        await modelled_payments.pays_in(modelled, "buyer", 50, ["paid"])
        assert (modelled.wallets.buyer, *owed(modelled)) == (50, 800, 0)
        await acts(modelled, "buyer", "cancel")
        assert (modelled.wallets.buyer, *owed(modelled)) == (150, 0, 0)

    runner.run(story())


def test_what_is_larger_or_in_another_currency_freezes_nothing(
    runner: asyncio.Runner, modelled: ModelledOrder
) -> None:
    async def story() -> None:
        await placing.place(modelled, costs(500, "all"))
        assert await bank(modelled, "opened", 501) == "differs"
        assert await bank(modelled, "opened", currency="USD") == "differs"
        await comes_to(modelled, "completed")
        assert await bank(modelled, "lost", 501) == "differs"
        assert await bank(modelled, "won") == "applied"
        assert await bank(modelled, "lost", 100, name="another") == "applied"
        assert (modelled.wallets.seller, *owed(modelled)) == (300, 0, 0)

    runner.run(story())


def test_the_payer_of_a_payment_without_an_order_may_be_a_seller(
    runner: asyncio.Runner, modelled: ModelledOrder
) -> None:
    async def story() -> None:
        await placing.place(modelled, costs(200))
        await modelled_payments.pays_in(modelled, "seller", 300, ["paid"])
        assert modelled.payments == [Payment(modelled.payments[0].id, "seller", 300)]
        await modelled.mistake("seller", 1, is_spent=True)
        assert await bank(modelled, "lost") == "applied"
        assert owed(modelled) == (0, 300)
        await acts(modelled, "buyer", "cancel")

    runner.run(story())
