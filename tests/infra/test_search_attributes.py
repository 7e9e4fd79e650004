"""A namespace of before learns what orders are found by, or it is said who has to see to it."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from infra import search_attributes, temporal
from infra.search_attributes import Unregistered, add, missing, register
from tests.app_under_test import eventually
from tests.domain.examples import pending
from workflows import attributes

BEFORE = ("OrderState", "OrderWaitsFor", "OrderDeadline", "BuyerId", "SellerId")
"""What the first release had."""


async def namespace_on(server: WorkflowEnvironment) -> Client:
    """A client of a namespace that was just made, once it is there."""
    name = f"shop-{uuid4()}"
    await server.client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=name, workflow_execution_retention_period=Duration(seconds=86_400)
        )
    )
    target = server.client.service_client.config.target_host
    client = await Client.connect(target, namespace=name, plugins=[temporal.PLUGIN])

    async def is_there() -> bool:
        try:
            return bool(await missing(client))
        except RPCError:
            return False

    await eventually(is_there)
    return client


async def test_a_new_namespace_learns_all_of_them(temporal_server: WorkflowEnvironment) -> None:
    client = await namespace_on(temporal_server)
    assert await register(client) == attributes.TYPES
    await eventually(lambda: missing(client), lambda left: left == {})

    async def begun() -> bool:
        try:
            await client.start_workflow(
                "OrderWorkflow",
                id=str(uuid4()),
                task_queue="nobody",
                search_attributes=attributes.of(pending()),
            )
        except RPCError:
            return False
        return True

    await eventually(begun)


async def test_a_namespace_of_before_learns_what_is_new(
    temporal_server: WorkflowEnvironment,
) -> None:
    client = await namespace_on(temporal_server)
    await add(client, {name: attributes.TYPES[name] for name in BEFORE})
    await eventually(lambda: missing(client), lambda left: len(left) == 2)
    new = {"OrderSince": "Datetime", "MediatorId": "Keyword"}
    assert new == await register(client)
    await eventually(lambda: register(client), lambda added: added == {})


async def test_several_workers_that_start_at_once_do_not_hinder_each_other(
    temporal_server: WorkflowEnvironment,
) -> None:
    client = await namespace_on(temporal_server)
    await asyncio.gather(*(register(client) for _ in range(4)))
    await eventually(lambda: missing(client), lambda left: left == {})


@dataclass
class Refusing:
    """Temporal's operator service for an account that may not add search attributes."""

    knows: dict[str, Any] = field(default_factory=dict)
    tells: bool = True

    async def list_search_attributes(self, *_: Any, **__: Any) -> Any:
        if not self.tells:
            raise RPCError("not for you", RPCStatusCode.PERMISSION_DENIED, b"")
        return SimpleNamespace(custom_attributes=self.knows)

    async def add_search_attributes(self, *_: Any, **__: Any) -> None:
        raise RPCError("not for you", RPCStatusCode.PERMISSION_DENIED, b"")


def client_of(service: Refusing) -> Client:
    """A client that meets it."""
    return cast("Client", SimpleNamespace(namespace="shop", operator_service=service))


async def test_who_may_not_add_them_is_told_what_has_to_be_typed() -> None:
    client = client_of(Refusing(dict.fromkeys(BEFORE)))
    with pytest.raises(Unregistered) as refused:
        await register(client)
    said = str(refused.value)
    assert "namespace shop lacks" in said
    create = "temporal operator search-attribute create --name"
    assert f"{create} OrderSince --type Datetime; {create} MediatorId --type Keyword" in said
    assert "BuyerId" not in said


async def test_a_namespace_that_has_them_all_is_left_alone() -> None:
    assert await register(client_of(Refusing(dict(attributes.TYPES)))) == {}


async def test_a_temporal_that_does_not_say_what_it_has_is_believed() -> None:
    assert await search_attributes.register(client_of(Refusing(tells=False))) == {}
