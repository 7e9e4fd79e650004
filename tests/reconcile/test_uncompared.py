"""While Temporal does not answer the books are proved all the same, and it is told what is not."""

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.reconciliation import Reconciled, ReconciliationActivities
from db.audit import Proof
from infra import temporal
from reconcile import comparison as agreement
from reconcile.proof import prove
from tests.e2e.test_commands import run
from tests.house import House
from tests.reconcile.conftest import tampered, ward

NOWHERE = "127.0.0.1:1"


@pytest.fixture
async def nowhere() -> Client:
    """A client for a Temporal that is away."""
    return await temporal.connect(lazy=True, target_host=NOWHERE)


async def looked_at(house: House, client: Client) -> Reconciled:
    """What a night's activity gives."""

    async def of_house() -> Proof:
        return await prove(house.pool, client, patience=0)

    found: Reconciled = await ActivityEnvironment().run(
        ReconciliationActivities(of_house).check_everything
    )
    return found


async def test_wrong_books_are_found_without_temporal(house: House, nowhere: Client) -> None:
    order = await ward(house, "completed")
    async with tampered(order):
        proof = await prove(house.pool, nowhere)
    assert f"order {order.id}" in {one.subject for one in proof.books}
    assert proof.uncompared is not None
    assert proof.uncompared.problem.startswith("not compared with their workflows: ")
    assert proof.uncompared in proof.findings


async def test_an_error_of_our_own_leaves_the_books_to_be_proved(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("the buyer's name")

    await ward(house, "completed")
    monkeypatch.setattr(agreement, "_judged", broken)
    proof = await prove(house.pool, house.temporal, patience=0)
    assert proof.books == []
    assert [one.problem for one in proof.findings] == [
        "not compared with their workflows: an error of our own (KeyError)"
    ]


async def test_a_night_tells_of_wrong_books_at_once_and_of_what_it_could_not_see(
    house: House, nowhere: Client
) -> None:
    order = await ward(house, "completed")
    async with tampered(order):
        found = await looked_at(house, nowhere)
    assert (found.books > 0, found.differing) == (True, 1)
    assert any(one.startswith("all orders: not compared") for one in found.first)


async def test_a_night_whose_books_hold_looks_again(house: House, nowhere: Client) -> None:
    with pytest.raises(ApplicationError, match="all orders: not compared") as raised:
        await looked_at(house, nowhere)
    assert not raised.value.non_retryable


async def checked(house: House) -> tuple[int, str]:
    """`sequestre check` while Temporal is away."""
    url = house.database_url
    return await run("check", SEQUESTRE_DATABASE_URL=url, TEMPORAL_ADDRESS=NOWHERE)


async def test_check_names_wrong_books_and_says_what_it_did_not_see(house: House) -> None:
    order = await ward(house, "completed")
    async with tampered(order):
        code, output = await checked(house)
        assert code == 1, output
        assert f"order {order.id}: posting" in output
        assert "✗ all orders: not compared with their workflows" in output
    code, output = await checked(house)
    assert code == 2, output
    assert "✗ all orders: not compared with their workflows" in output
    assert "✓" not in output
