"""Traces, switched on by OpenTelemetry's own variables. Without them nothing of its SDK is loaded.

Which variables are followed, and what a trace tells: docs/operations.md.
"""

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from temporalio.client import Interceptor

EXPORTER = "OTEL_TRACES_EXPORTER"
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
SAMPLER = "OTEL_TRACES_SAMPLER"
SAMPLERS = ("always_on", "always_off", "traceidratio")
RATIO = "OTEL_TRACES_SAMPLER_ARG"

_NOT_HERE = (
    "traces need what this installation was made without: install sequestre[telemetry], or set"
    f" {EXPORTER}=none"
)


def is_on() -> bool:
    """Return whether traces are asked for: an exporter is named, or where a collector is."""
    if _said("OTEL_SDK_DISABLED").lower() == "true" or _said(EXPORTER) == "none":
        return False
    return any(_said(name) for name in (EXPORTER, *ENDPOINTS))


def wrong_variables() -> Mapping[str, str]:
    """Return which of the variables cannot be followed, and what each must be."""
    if not is_on():
        return {}
    wrong = {name: "must be http/protobuf" for name in PROTOCOLS if not _is(name, "http/protobuf")}
    wrong |= {name: "must be an http or https URL" for name in ENDPOINTS if not _is_url(name)}
    if not _is(EXPORTER, "otlp"):
        wrong[EXPORTER] = "must be otlp or none"
    if not _is(SAMPLER, *SAMPLERS, *(f"parentbased_{one}" for one in SAMPLERS)):
        wrong[SAMPLER] = f"must be one of {', '.join(SAMPLERS)}, also with parentbased_ before it"
    if not _is_share(RATIO):
        wrong[RATIO] = "must be a number from 0 to 1"
    if find_spec("opentelemetry.sdk") is None:
        wrong[next(name for name in (EXPORTER, *ENDPOINTS) if _said(name))] = _NOT_HERE
    return wrong


def begin(service: str) -> None:
    """Trace this process, which is called `service` unless the variables say otherwise; do nothing
    where traces are not asked for."""
    if is_on():
        _forget_what_is_empty()
        from infra import spans

        spans.begin(service)


def end() -> None:
    """Hand over what is still here, for as long as a moment: no end waits for a collector."""
    if is_on():
        from infra import spans

        spans.end()


def interceptors() -> Sequence["Interceptor"]:
    """Return what a Temporal client is to have for traces; nothing where none are asked for."""
    if not is_on():
        return ()
    from infra.trace_interceptors import INTERCEPTORS

    return INTERCEPTORS


def _forget_what_is_empty() -> None:
    """Take variables without a value for unset, as OpenTelemetry says; its SDK warns of some."""
    for name in [one for one in os.environ if one.startswith("OTEL_") and not _said(one)]:
        del os.environ[name]


def _said(name: str) -> str:
    return os.environ.get(name, "").strip()


def _is(name: str, *allowed: str) -> bool:
    return _said(name) in ("", *allowed)


def _is_url(name: str) -> bool:
    try:
        url = urlsplit(_said(name))
        return not _said(name) or (url.scheme in ("http", "https") and bool(url.hostname))
    except ValueError:
        return False


def _is_share(name: str) -> bool:
    try:
        return 0 <= float(_said(name) or 1) <= 1
    except ValueError:
        return False
