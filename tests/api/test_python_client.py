"""A Python client that is generated from the OpenAPI document: an order placed and completed with
it, by what its user finds there and nothing else."""

import asyncio
import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from tests.api.answers import Json
from tests.api.described import operations
from tests.app_under_test import OPERATOR, AppUnderTest, Person, somebody

PACKAGE = "sequestre_client"


def module(name: str) -> ModuleType:
    """A module of the generated package."""
    return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture(scope="module")
async def generated(document: Json, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with the package, and nothing that the generator had to leave out."""
    directory = tmp_path_factory.mktemp("python-client")
    (directory / "openapi.json").write_text(json.dumps(document))
    (directory / "options.json").write_text(json.dumps({"post_hooks": []}))
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
        *("--path", "openapi.json", "--config", "options.json", "--fail-on-warning"),
        cwd=directory,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await run.communicate()
    assert 0 == run.returncode, said.decode()
    assert (directory / PACKAGE).is_dir(), said.decode()
    return directory


@pytest.fixture(autouse=True)
def importable(generated: Path) -> Iterator[None]:
    """Has the package found for as long as a test runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(generated)
        yield
    for name in [one for one in sys.modules if one.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API by the generated functions."""

    app: AppUnderTest
    person: Person

    async def __call__(self, operation: str, *path: Any, **arguments: Any) -> Any:
        """What an operation answers, as the generated package reads it."""
        url = str(self.app.api.client.base_url)
        token = self.person.headers["Authorization"].removeprefix("Bearer ")
        made = module("client").AuthenticatedClient(base_url=url, token=token, verify_ssl=False)
        async with made as client:
            return await module(f"api.{operation}").asyncio(*path, client=client, **arguments)


def test_every_operation_is_a_function(document: Json) -> None:
    for _, operation in operations(document):
        tag = operation["tags"][0].replace("-", "_")
        called = module(f"api.{tag}.{operation['operationId']}")
        assert callable(called.asyncio_detailed)


async def test_an_order_is_placed_and_completed(app: AppUnderTest) -> None:
    models = module("models")
    buyer_id, seller_id = somebody("buyer"), somebody("seller")
    buyer, seller, operator = (Caller(app, one) for one in (buyer_id, seller_id, OPERATOR))
    money = models.NewTopUp(amount=2000, currency=models.NewTopUpCurrency.EUR)
    await operator("wallets.top_up_wallet", buyer_id.id, body=money, idempotency_key=buyer_id.id)
    price = models.NewPrice(amount=2000, currency=models.NewPriceCurrency.EUR)
    service = await seller(
        "services.offer_service",
        body=models.NewService(title="A logo", price=price, delivery_time="P3D"),
    )
    order = await buyer(
        "orders.place_order",
        body=models.NewOrder(service_id=service.id, brief="A blue fish."),
        idempotency_key=buyer_id.id,
    )
    assert ("pending", [], UUID) == (order.state, order.extras, type(order.id))

    order = await seller("actions.accept", order.id)
    assert "in_progress" == order.state
    order = await seller("actions.deliver", order.id, body=models.Deliver(message="Here it is."))
    assert "delivered" == order.state
    preview = await buyer("previews.preview_complete", order.id)
    assert {1600, -2000, 400} == {one.amount.amount for one in preview.money}
    order = await buyer("actions.complete", order.id, if_match=f'"{order.version}"')
    assert ("completed", 1600) == (order.state, order.outcome.paid_to_seller.amount)
    assert [1600] == [one.amount for one in (await seller("wallets.get_wallet")).balances]

    journal = await buyer("orders.list_order_events", order.id)
    actions = ["place", "accept", "deliver", "complete"]
    assert actions == [one.action for one in journal.items]


async def test_a_body_may_be_sent_where_none_is_needed(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    seller, order_id = Caller(app, in_play.seller), UUID(in_play.order["id"])
    order = await seller("actions.accept", order_id, body=module("models").Accept())
    assert "in_progress" == order.state
    order = await seller("actions.cancel", order_id)
    assert "cancelled" == order.state


async def test_a_refusal_is_read_as_one(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    buyer = Caller(app, in_play.buyer)
    problem = await buyer("actions.complete", UUID(in_play.order["id"]))
    assert (409, "action-not-allowed", "pending") == (problem.status, problem.code, problem.state)
    assert "cancel" in problem.actions
