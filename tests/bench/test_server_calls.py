"""Calls to Temporal are counted for orders' sake alone."""

from bench.server_calls import counted

METRICS = """\
# TYPE service_requests counter
service_requests{namespace="_unknown_",operation="GetSystemInfo",service_name="frontend"} 9
service_requests{namespace="default",operation="RecordWorkerHeartbeat",service_name="frontend"} 1
service_requests{namespace="default",operation="SignalWorkflowExecution",service_name="frontend"} 15
service_requests{namespace="default",operation="SignalWorkflowExecution",service_name="history"} 15
service_requests{namespace="default",operation="Start",priority="3",service_name="frontend"} 2
service_requests{namespace="default",operation="Start",priority="1",service_name="frontend"} 1e+00
service_requests{namespace="temporal_system",operation="Start",service_name="frontend"} 2
"""


def test_each_operation_of_the_namespace_is_counted_once() -> None:
    assert counted(METRICS, "default") == {"SignalWorkflowExecution": 15, "Start": 3}
