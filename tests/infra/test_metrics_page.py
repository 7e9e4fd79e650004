"""docs/metrics.md: written from what the processes show, and up to date."""

import re
from pathlib import Path

import temporalio.bridge

from scripts.metrics_page import SDK, api, described, page, worker


def test_the_page_in_the_repository_is_what_is_shown_now(repository: Path) -> None:
    written = (repository / "docs/metrics.md").read_text(encoding="utf-8")
    assert page() == written, "docs/metrics.md is out of date: run `make docs`"


def test_names_keep_to_what_prometheus_wants() -> None:
    for one in {*described(api().registry), *described(worker().registry)}:
        assert re.fullmatch(r"sequestre_[a-z_]+", one.name)
        assert one.name.endswith("_total") is (one.kind == "counter")
        if one.name.endswith("_seconds"):
            assert one.says.startswith("Seconds ") or "in Unix time" in one.says
        assert one.says.endswith(".")


def test_the_sdk_knows_what_the_page_says_of_it() -> None:
    """What has not happened yet is shown nowhere: the names are in its library."""
    (library,) = Path(temporalio.bridge.__file__).parent.glob("temporal_sdk_bridge*.so")
    code = library.read_bytes()
    for name in SDK:
        assert name.removeprefix("temporal_").encode() in code, name
