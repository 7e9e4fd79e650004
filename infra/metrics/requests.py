"""What the API is asked, and how it answers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from domain.vocabulary import Code

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER, NONE = "other", "none"
"""What stands for a method that a caller made up, and for a route or an answer that was none: no
caller adds to the series that there are."""


class RequestMetrics:
    """The requests of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answered = Counter(
            "sequestre_http_requests",
            "Requests that were answered, by their route's template; the code is none where the"
            " caller was gone before.",
            ["route", "method", "code"],
            registry=registry,
        )
        self._seconds = Histogram(
            "sequestre_http_request_duration_seconds",
            "Seconds from a request's head to the end of its answer; of streams to its beginning.",
            ["route", "method"],
            buckets=SECONDS,
            registry=registry,
        )
        self._under_way = Gauge(
            "sequestre_http_requests_in_progress",
            "Requests that are under way, streams among them.",
            registry=registry,
        )
        self._streams = Gauge(
            "sequestre_http_streams", "Streams that somebody reads.", registry=registry
        )
        self._refused = Counter(
            "sequestre_http_refusals",
            "Requests that were refused, by the code of their problem document.",
            ["code"],
            registry=registry,
        )
        for code in Code:
            self._refused.labels(code.value)

    @contextmanager
    def under_way(self, *, is_stream: bool) -> Iterator[None]:
        """Count a request as under way until the block ends."""
        with ExitStack() as counted:
            counted.enter_context(self._under_way.track_inprogress())
            if is_stream:
                counted.enter_context(self._streams.track_inprogress())
            yield

    def answered(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered; status 0 where nobody was there any more."""
        where, how = route or NONE, method if method in METHODS else OTHER
        self._answered.labels(where, how, str(status or NONE)).inc()
        self._seconds.labels(where, how).observe(seconds)

    def refused(self, code: Code) -> None:
        """Count a refusal."""
        self._refused.labels(code.value).inc()
