"""What is wrong with Temporal is told as what it is: away, refusing, or without the namespace."""

from uuid import uuid4

import pytest
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from api.gateway import Away, Gateway
from infra import order_workflows, temporal
from reconcile.workflow_status import workflow_status

NOBODY_LETS_IN = (
    "Failed client connect: `get_system_info` call error after connection: Status { code: {code},"
    ' message: "{said}", source: None }'
)


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [
        ("PermissionDenied", "bad key", "Temporal refuses: bad key"),
        ("Unauthenticated", "who are you?", "Temporal refuses: who are you?"),
        ("Unavailable", "shutting down", temporal.AWAY),
        ("Unknown", "transport error", temporal.AWAY),
    ],
)
def test_a_door_that_is_shut_is_no_silence(code: str, said: str, told: str) -> None:
    text = NOBODY_LETS_IN.replace("{code}", code).replace("{said}", said)
    assert told == temporal.trouble(RuntimeError(text))


async def test_a_namespace_that_is_not_there_says_nothing_of_any_workflow(
    temporal_server: WorkflowEnvironment,
) -> None:
    where = temporal_server.client.service_client.config.target_host
    client = await temporal.connect(target_host=where, namespace="nowhere")
    with pytest.raises(RPCError) as refused:
        await order_workflows.latest_run(client, str(uuid4()))
    assert refused.value.status is RPCStatusCode.NOT_FOUND
    assert not temporal.is_unknown(refused.value)
    assert temporal.trouble(refused.value) == "Temporal refuses: Namespace nowhere is not found."
    with pytest.raises(RPCError):  # and not: it is missing, start it again
        await workflow_status(client, str(uuid4()))
    with pytest.raises(Away, match="Namespace nowhere is not found"):
        await Gateway(client).latest_run(f"order-{uuid4()}")
