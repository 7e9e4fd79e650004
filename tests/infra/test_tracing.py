"""OpenTelemetry's own variables: what switches traces on, what is refused, what leaves the process,
and what it costs where they are off."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from socket import create_server

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

from infra import tracing
from infra.spans import LAST_SECONDS, Bare
from tests.app_under_test import PATIENCE_SECONDS

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}

ON: list[dict[str, str]] = [
    ENDPOINT,
    {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector.example/v1/traces"},
    {"OTEL_TRACES_EXPORTER": "otlp"},
    ENDPOINT | {"OTEL_SDK_DISABLED": "false", "OTEL_TRACES_SAMPLER": "parentbased_traceidratio"},
    ENDPOINT | {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"},
    ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_TRACES_EXPORTER": ""},
]
OFF: list[dict[str, str]] = [
    {},
    {"OTEL_SERVICE_NAME": "ours"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
    ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"},
    ENDPOINT | {"OTEL_SDK_DISABLED": "true"},
    {"OTEL_TRACES_EXPORTER": "jaeger", "OTEL_SDK_DISABLED": "TRUE"},
]
WRONG: list[tuple[dict[str, str], str]] = [
    ({"OTEL_TRACES_EXPORTER": "jaeger"}, "OTEL_TRACES_EXPORTER"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://[::1"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
    (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL"),
    (ENDPOINT | {"OTEL_TRACES_SAMPLER": "sometimes"}, "OTEL_TRACES_SAMPLER"),
    (ENDPOINT | {"OTEL_TRACES_SAMPLER_ARG": "half"}, "OTEL_TRACES_SAMPLER_ARG"),
    (ENDPOINT | {"OTEL_TRACES_SAMPLER_ARG": "1.5"}, "OTEL_TRACES_SAMPLER_ARG"),
]


@pytest.fixture(autouse=True)
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them is set."""
    for name in [one for one in os.environ if one.startswith("OTEL_")]:
        monkeypatch.delenv(name)


def setting(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("variables", ON)
def test_they_switch_it_on(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    setting(monkeypatch, variables)
    assert tracing.is_on()
    assert tracing.wrong_variables() == {}


@pytest.mark.parametrize("variables", OFF)
def test_without_them_it_is_off(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    setting(monkeypatch, variables)
    assert not tracing.is_on()
    assert tracing.wrong_variables() == {}
    assert tracing.interceptors() == ()


@pytest.mark.parametrize(("variables", "name"), WRONG)
def test_what_cannot_be_followed_is_named(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
) -> None:
    setting(monkeypatch, variables)
    assert [name] == list(tracing.wrong_variables())


def test_an_installation_without_the_packages_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, ENDPOINT)
    monkeypatch.setattr(tracing, "find_spec", lambda _name: None)
    (said,) = tracing.wrong_variables().values()
    assert "install sequestre[telemetry]" in said


SCRIPT = """
import sys
import cli.main, worker
from api.app import create_app
from infra import tracing
from infra.settings import Settings

KEY = "c2VjcmV0cyBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE="
tracing.begin("a-test")
app = create_app(Settings(database_url="postgresql://x/y", jwt_secret="s" * 32, secrets_key=KEY))
print([one.cls.__name__ for one in app.user_middleware if "Trace" in one.cls.__name__])
print(sorted({name for name in sys.modules if name.startswith(
    ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.instrumentation"))})[:1])
"""


def ran(script: str, **variables: str) -> str:
    """What a process of its own prints."""
    found = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout


def test_where_it_is_off_nothing_of_it_is_loaded_and_nothing_stands_in_the_way() -> None:
    assert ran(SCRIPT).splitlines() == ["[]", "[]"]
    assert ran(SCRIPT, **ENDPOINT).splitlines()[0] == "['TraceIds']"


def test_what_leaves_is_what_is_listed(recorder: InMemorySpanExporter) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(Bare(recorder)))
    with provider.get_tracer("test").start_as_current_span("GET /v1/orders") as span:
        span.set_attributes({"http.route": "/v1/orders", "url.query": "q=secret"})
        span.record_exception(ValueError("secret"))
        span.set_status(Status(StatusCode.ERROR, "secret"))
    (told,) = recorder.get_finished_spans()
    assert dict(told.attributes or {}) == {"http.route": "/v1/orders"}
    assert (told.status.status_code, told.status.description) == (StatusCode.ERROR, None)
    assert "secret" not in told.to_json()
    assert span.get_span_context() == told.context


@pytest.fixture
def recorder() -> InMemorySpanExporter:
    """Keeps what leaves."""
    return InMemorySpanExporter()


MANY = """
import time
from infra import spans, tracing
from opentelemetry import trace

tracing.begin("a-test")
tracer = trace.get_tracer("test")
took = []
for _ in range(5_000):
    begun = time.perf_counter()
    with tracer.start_as_current_span("one"):
        pass
    took.append(time.perf_counter() - begun)
begun = time.perf_counter()
tracing.end()
print(sorted(took)[-5], time.perf_counter() - begun)
"""


@pytest.fixture(params=["refuses", "never answers"])
def collector(request: pytest.FixtureRequest) -> Iterator[str]:
    """One that is of no use."""
    with create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        if request.param == "refuses":
            listener.close()
        yield f"http://127.0.0.1:{port}"


def test_nobody_waits_for_a_collector(collector: str) -> None:
    shell = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_BSP_SCHEDULE_DELAY": "10"}
    begun = time.monotonic()
    long, ending = (float(one) for one in ran(MANY, **shell).split())
    assert long < 1  # of the four that took longer, this machine may have kept some waiting
    assert ending < LAST_SECONDS + 5
    assert time.monotonic() - begun < PATIENCE_SECONDS
