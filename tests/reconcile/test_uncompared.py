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
from tests.app_under_test import SECRETS_KEY, AppUnderTest
from tests.e2e.test_commands import run
from tests.reconcile.conftest import tampered, under_repair

NOWHERE = "127.0.0.1:1"


@pytest.fixture
async def nowhere() -> Client:
    """A client for a Temporal that is away."""
    return await temporal.connect(lazy=True, target_host=NOWHERE)


async def looked_at(app: AppUnderTest, client: Client) -> Reconciled:
    """What a night's activity gives."""

    async def of_app() -> Proof:
        return await prove(app.pool, client, patience=0)

    found: Reconciled = await ActivityEnvironment().run(
        ReconciliationActivities(of_app).check_everything
    )
    return found


async def test_wrong_books_are_found_without_temporal(app: AppUnderTest, nowhere: Client) -> None:
    order = await under_repair(app, "completed")
    async with tampered(order):
        proof = await prove(app.pool, nowhere)
    assert f"order {order.id}" in {one.subject for one in proof.books}
    assert proof.uncompared is not None
    assert proof.uncompared.problem.startswith("not compared with their workflows: ")
    assert proof.uncompared in proof.findings


async def test_an_error_of_our_own_leaves_the_books_to_be_proved(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("the buyer's name")

    await under_repair(app, "completed")
    monkeypatch.setattr(agreement, "_judged", broken)
    proof = await prove(app.pool, app.temporal, patience=0)
    assert proof.books == []
    assert [one.problem for one in proof.findings] == [
        "not compared with their workflows: an error of our own (KeyError)"
    ]


async def test_a_night_tells_of_wrong_books_at_once_and_of_what_it_could_not_see(
    app: AppUnderTest, nowhere: Client
) -> None:
    order = await under_repair(app, "completed")
    async with tampered(order):
        found = await looked_at(app, nowhere)
    # No order is known to differ: nobody is to be advised of a repair.
    assert (found.books > 0, found.differing, found.unproved) == (True, 0, 1)
    assert ("not-compared", "proved") in found.checks
    assert any(one.startswith("all orders: not compared") for one in found.first)


async def test_a_night_whose_books_hold_looks_again(app: AppUnderTest, nowhere: Client) -> None:
    with pytest.raises(ApplicationError, match="all orders: not compared") as raised:
        await looked_at(app, nowhere)
    assert not raised.value.non_retryable


async def checked(app: AppUnderTest) -> tuple[int, str]:
    """`sequestre check` while Temporal is away."""
    return await run(
        "check",
        SEQUESTRE_DATABASE_URL=app.database_url,
        SEQUESTRE_SECRETS_KEY=SECRETS_KEY,
        TEMPORAL_ADDRESS=NOWHERE,
    )


async def test_check_names_wrong_books_and_says_what_it_did_not_see(app: AppUnderTest) -> None:
    order = await under_repair(app, "completed")
    async with tampered(order):
        code, output = await checked(app)
        assert code == 1, output
        assert f"order {order.id}: posting" in output
        assert "✗ all orders: not compared with their workflows" in output
    code, output = await checked(app)
    assert code == 2, output
    assert "✗ all orders: not compared with their workflows" in output
    assert "✓" not in output
