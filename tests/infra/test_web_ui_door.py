"""The door before Temporal's Web UI: what a page elsewhere could send is refused."""

import pytest
from starlette.datastructures import Headers

from infra.web_ui_door import OWN_NAMES, refusal

HERE = ("host", "127.0.0.1:8233")
ELSEWHERE = "A page elsewhere"
ANOTHER_NAME = "called by another name"


def judged(method: str, *headers: tuple[str, str], names: frozenset[str] = OWN_NAMES) -> str | None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return refusal(method, Headers(raw=raw), names)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8233", "127.0.0.1", "localhost:9000", "LocalHost:8233", "[::1]:8233"]
)
def test_it_answers_as_this_machine_at_whatever_port(host: str) -> None:
    assert judged("GET", ("host", host)) is None


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8233", "127.0.0.1.evil.example", "localhost.evil.example"),
        *("evil-localhost", "localhost.", "127.0.0.1@evil.example", "evil.example/127.0.0.1"),
        *("localhost:8233:1", "127.0.0.1:8233 ", "127.0.0.1,evil.example", "", ":8233", "é"),
        *("0.0.0.0:8233", "127.1:8233", "2130706433", "192.168.1.7:8233", "[::ffff:127.0.0.1]"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_answers_by_no_other_name(host: str, method: str) -> None:
    said = judged(method, ("host", host))
    assert said is not None
    assert ANOTHER_NAME in said


def test_a_call_without_a_name_or_with_two_is_refused() -> None:
    for headers in ([], [HERE, HERE], [HERE, ("host", "evil.example")]):
        assert ANOTHER_NAME in (judged("GET", *headers) or "")


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "null", "", "http://127.0.0.1:3000", "http://127.0.0.1"),
        *("http://localhost:8233", "http://127.0.0.1:8233.evil.example", "file://"),
        *("http://127.0.0.1:8233/", "http://127.0.0.1:8233, http://evil.example"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])
def test_a_page_of_another_origin_is_refused(origin: str, method: str) -> None:
    assert ELSEWHERE in (judged(method, HERE, ("origin", origin)) or "")


def test_a_second_origin_does_not_hide_the_first() -> None:
    own = ("origin", "http://127.0.0.1:8233")
    assert ELSEWHERE in (judged("POST", HERE, own, ("origin", "http://evil.example")) or "")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_its_own_page_is_served(scheme: str) -> None:
    assert judged("POST", HERE, ("origin", f"{scheme}://127.0.0.1:8233")) is None
    assert judged("POST", HERE, ("sec-fetch-site", "same-origin")) is None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "another"])
def test_what_a_browser_says_comes_from_elsewhere_is_refused(site: str) -> None:
    for method, mode, where in (
        ("GET", "no-cors", "script"),
        ("GET", "navigate", "iframe"),
        ("POST", "navigate", "document"),
    ):
        fetched = (("sec-fetch-mode", mode), ("sec-fetch-dest", where))
        assert ELSEWHERE in (judged(method, HERE, ("sec-fetch-site", site), *fetched) or "")


def test_a_link_from_elsewhere_can_be_followed() -> None:
    followed = (("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"))
    assert judged("GET", HERE, ("sec-fetch-site", "cross-site"), *followed) is None


def test_what_is_no_browser_is_served() -> None:
    assert judged("POST", HERE) is None


def test_an_operators_own_name_can_be_added() -> None:
    names = OWN_NAMES | {"temporal.example.org"}
    at = ("host", "temporal.example.org")
    assert judged("POST", at, ("origin", "https://temporal.example.org"), names=names) is None
    assert ANOTHER_NAME in (judged("POST", at) or "")
