"""What Temporal's server was asked, by its own count."""

import asyncio
import re
from collections import Counter
from urllib.parse import urlsplit

from bench.http_client import HttpClient

ASKED = re.compile(r"^service_requests\{(?P<labels>[^}]*)\} (?P<count>\S+)", re.MULTILINE)
OPERATION = re.compile(r'\boperation="(\w+)"')
REPORT_SECONDS = 1.5
"""The server adds up what it was asked about once a second."""

ALL_THE_TIME = frozenset(
    {
        *("GetSystemInfo", "GetClusterInfo", "DescribeNamespace", "RecordWorkerHeartbeat"),
        *("DescribeTaskQueue", "OperatorListSearchAttributes"),
        *("ListSchedules", "CreateSchedule", "DescribeSchedule"),
        # The measurement's own.
        *("DescribeWorkflowExecution", "GetWorkflowExecutionHistory", "CountWorkflowExecutions"),
    }
)
"""What is asked whatever orders do, and by who measures."""


async def calls(metrics_url: str, namespace: str) -> Counter[str]:
    """Return how often each operation was asked of the server for orders' sake, since it runs."""
    await asyncio.sleep(REPORT_SECONDS)
    parts = urlsplit(metrics_url)
    client = HttpClient(f"http://{parts.hostname}:{parts.port}")
    try:
        text = (await client.ask("GET", parts.path)).body.decode()
    finally:
        await client.aclose()
    return counted(text, namespace)


def counted(metrics: str, namespace: str) -> Counter[str]:
    """Return the calls to a namespace in a text of Prometheus'."""
    found: Counter[str] = Counter()
    wanted = ('service_name="frontend"', f'namespace="{namespace}"')
    for line in ASKED.finditer(metrics):
        operation = OPERATION.search(line["labels"])
        if operation and all(label in line["labels"] for label in wanted):
            found[operation[1]] += int(float(line["count"]))
    return Counter({name: n for name, n in found.items() if name not in ALL_THE_TIME})
